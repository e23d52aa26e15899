// What passes between a connection and whoever asks over it. Neither knows more of the other.
import type { BodyFraming, RequestLineAndHeaders } from './request-head.ts'

/** A request, and what is to be told of its answer. */
export interface Asking extends RequestLineAndHeaders {
  readonly body: BodyFraming
  /** The head was sent; a body, if there is one, is to be written to `connection` from now on. */
  onSent(connection: Asked): void
  /** The connection takes more of the body. */
  onDrain(): void
  /** The head of the answer; `headers` are names and values in turn. */
  onHead(status: number, headers: readonly string[]): void
  /** A part of its body. The bytes are valid until `onPiece`, `onEnd` or `onError` returns. */
  onData(chunk: Buffer): void
  /** What came in one piece has been told, and the answer is not whole yet. */
  onPiece(): void
  /** The answer is whole; `trailers` are names and values in turn. */
  onEnd(trailers: readonly string[]): void
  /** Instead of an end. */
  onError(error: Error): void
}

/** The connection that a request has for itself until its answer is whole. */
export interface Asked {
  /** Writes a part of the body. Gives false where `onDrain` is to be waited for. */
  write(chunk: Buffer): boolean
  /** Ends the body; `trailers` are names and values in turn, and go behind chunks only. */
  endBody(trailers: readonly string[]): void
  /** Stops reading the answer. */
  pause(): void
  resume(): void
}

/** A request under way. */
export interface Way {
  /** Ends it with a reason, unless it has ended. */
  abort(reason: Error): void
}

/** Why an exchange failed, where neither the system nor TLS has a code for it. */
export class UpstreamFailure extends Error {
  override readonly name = 'UpstreamFailure'
  readonly code: UpstreamFailureCode

  constructor(code: UpstreamFailureCode, message: string) {
    super(message)
    this.code = code
  }
}

export type UpstreamFailureCode =
  /** The connection ended before the answer did. */
  | 'ERR_UPSTREAM_LOST'
  | 'ERR_UPSTREAM_CONNECT_TIMEOUT'
  | 'ERR_UPSTREAM_HEAD_TIMEOUT'
  | 'ERR_UPSTREAM_BODY_TIMEOUT'
  /** The body is not as long as it was said to be. */
  | 'ERR_UPSTREAM_BODY_LENGTH'
  | 'ERR_UPSTREAM_CLOSED'
