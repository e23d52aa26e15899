// One connection to an application, with one request at a time on it. Whatever is not exactly one
// answer to exactly that request ends the connection, so that nothing of it reaches another client.
import type { Socket } from 'node:net'
import { type Asked, type Asking, UpstreamFailure } from './exchange.ts'
import { NotHttp } from './not-http.ts'
import { requestHead } from './request-head.ts'
import { type AnswerListener, ResponseReader } from './response-reader.ts'

export interface ConnectionLimits {
  readonly headMaxBytes: number
  readonly connectTimeoutMs: number
  readonly headTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly keepAliveTimeoutMs: number
}

/** What a connection tells the pool it belongs to. */
export interface ConnectionOwner {
  onFree(connection: Connection): void
  onClosed(connection: Connection): void
}

/** Makes the socket. `onBytes` gives bytes that are valid during the call only. */
export type Dial = (onReady: () => void, onBytes: (bytes: Buffer) => void) => Socket

export class Connection implements Asked, AnswerListener {
  readonly #limits: ConnectionLimits
  readonly #owner: ConnectionOwner
  readonly #reader: ResponseReader
  readonly #socket: Socket
  #asking: Asking | undefined
  #isReady = false
  #isClosed = false
  /** Bytes of the request's body that are still to be sent; undefined in chunks. */
  #toSend: number | undefined
  #isSending = false
  #isPaused = false
  #isTold = false
  /** When patience ends, by `performance.now()`, and with what. */
  #deadline = Infinity
  #failure: Error | undefined

  /** Throws what dialling throws. */
  constructor(dial: Dial, limits: ConnectionLimits, owner: ConnectionOwner) {
    this.#limits = limits
    this.#owner = owner
    this.#reader = new ResponseReader(this, limits)
    this.#wait(limits.connectTimeoutMs)
    this.#socket = dial(
      () => this.#onReady(),
      (bytes) => this.#onBytes(bytes),
    )
    this.#socket.on('drain', () => this.#onDrain())
    this.#socket.on('end', () => this.#onEnd())
    this.#socket.on('error', (error) => (this.#failure ??= error))
    this.#socket.on('close', () => this.#onClose())
  }

  get isConnected(): boolean {
    return this.#isReady && !this.#isClosed
  }

  /** Whether it can take a request now. */
  get isFree(): boolean {
    return this.isConnected && this.#asking === undefined
  }

  /** Sends a request, as soon as there is a connection. */
  ask(asking: Asking): void {
    this.#asking = asking
    if (this.#isReady) this.#send(asking)
  }

  /** Ends the request with a reason, and the connection with it. */
  abort(asking: Asking, reason: Error): void {
    if (this.#asking === asking) this.destroy(reason)
  }

  destroy(reason: Error): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#socket.destroy()
    const asking = this.#asking
    this.#asking = undefined
    this.#owner.onClosed(this)
    asking?.onError(this.#failure ?? reason)
  }

  /** Ends it where patience has ended. */
  checkPatience(now: number): void {
    if (now >= this.#deadline) this.destroy(this.#impatience())
  }

  write(chunk: Buffer): boolean {
    if (this.#isClosed) return false
    if (this.#toSend === undefined) {
      this.#socket.cork()
      this.#socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1')
      this.#socket.write(chunk)
      const takesMore = this.#socket.write('\r\n', 'latin1')
      this.#socket.uncork()
      return this.#hasWritten(takesMore)
    }
    this.#toSend -= chunk.length
    if (this.#toSend < 0) {
      this.destroy(new UpstreamFailure('ERR_UPSTREAM_BODY_LENGTH', 'the body is longer than said'))
      return false
    }
    return this.#hasWritten(this.#socket.write(chunk))
  }

  endBody(trailers: readonly string[]): void {
    if (this.#isClosed) return
    this.#isSending = false
    if (this.#toSend === undefined) this.#socket.write(lastChunk(trailers), 'latin1')
    else if (this.#toSend > 0) {
      this.destroy(new UpstreamFailure('ERR_UPSTREAM_BODY_LENGTH', 'the body is shorter than said'))
      return
    }
    if (this.#reader.meaning === undefined) this.#wait(this.#limits.headTimeoutMs)
  }

  pause(): void {
    if (this.#isClosed || this.#isPaused) return
    this.#isPaused = true
    this.#socket.pause()
    this.#deadline = Infinity
  }

  resume(): void {
    if (this.#isClosed || !this.#isPaused) return
    this.#isPaused = false
    this.#socket.resume()
    this.#wait(this.#limits.idleTimeoutMs)
  }

  onHead(status: number, headers: readonly string[]): void {
    this.#isTold = true
    this.#asking?.onHead(status, headers)
  }

  onData(chunk: Buffer): void {
    this.#asking?.onData(chunk)
  }

  // The connection is done with the request before the client is told, because with the last byte
  // the client may be gone, or its next request be here.
  onEnd(trailers: readonly string[]): void {
    const asking = this.#asking
    this.#asking = undefined
    this.#isTold = false
    this.resume()
    const keepMs = this.#isClosed ? 0 : this.#keepMs()
    this.#deadline = performance.now() + keepMs
    if (keepMs <= 0) this.destroy(ended)
    asking?.onEnd(trailers)
  }

  #onReady(): void {
    if (this.#isClosed) return
    this.#isReady = true
    if (this.#asking) this.#send(this.#asking)
    else this.#owner.onFree(this)
  }

  #send(asking: Asking): void {
    const { body } = asking
    this.#isSending = body.kind !== 'none'
    this.#toSend = body.kind === 'chunked' ? undefined : body.kind === 'length' ? body.bytes : 0
    // A body is waited for as long as its client may pause, which is for the client's side to say.
    if (this.#isSending) this.#deadline = Infinity
    else this.#wait(this.#limits.headTimeoutMs)
    try {
      this.#reader.expect(asking.method)
      this.#socket.write(requestHead(asking, body), 'latin1')
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error(String(error)))
      return
    }
    asking.onSent(this)
  }

  #onBytes(bytes: Buffer): void {
    if (this.#isClosed) return
    if (this.#reader.isIdle) {
      this.destroy(unasked)
      return
    }
    const asking = this.#asking
    this.#telling(asking, () => {
      if (!this.#reader.take(bytes)) this.destroy(unasked)
      if (this.#asking === undefined) return
      if (this.#isTold && !this.#isPaused) this.#wait(this.#limits.idleTimeoutMs)
      asking?.onPiece()
    })
    if (this.isFree) this.#owner.onFree(this)
  }

  // Also one that cannot be told of its answer is told of an end.
  #telling(asking: Asking | undefined, tell: () => void): void {
    try {
      tell()
    } catch (error) {
      const reason = error instanceof NotHttp ? error : new NotHttp(String(error))
      const isTheirs = this.#asking === asking
      this.destroy(reason)
      if (!isTheirs) asking?.onError(reason)
    }
  }

  #onDrain(): void {
    if (this.#isSending && this.#reader.meaning === undefined) this.#deadline = Infinity
    this.#asking?.onDrain()
  }

  #onEnd(): void {
    const asking = this.#asking
    if (!this.#isClosed && asking) this.#telling(asking, () => void this.#reader.end())
    this.destroy(lost())
  }

  #onClose(): void {
    this.destroy(lost())
  }

  // The application takes nothing: it is waited for like for its answer.
  #hasWritten(takesMore: boolean): boolean {
    if (!takesMore && this.#reader.meaning === undefined) this.#wait(this.#limits.headTimeoutMs)
    return takesMore
  }

  /** For how long it may wait for a further request, in milliseconds. */
  #keepMs(): number {
    const { keepsAlive = false, keepAliveSeconds } = this.#reader.meaning ?? {}
    // What is left of a request that was answered early would be taken for the next one.
    if (!keepsAlive || this.#isSending) return 0
    const { keepAliveTimeoutMs } = this.#limits
    return keepAliveSeconds === undefined
      ? keepAliveTimeoutMs
      : Math.min(keepAliveTimeoutMs, keepAliveSeconds * 1000 - keepAliveMarginMs)
  }

  #wait(ms: number): void {
    this.#deadline = performance.now() + ms
  }

  #impatience(): Error {
    if (!this.#isReady) {
      return new UpstreamFailure('ERR_UPSTREAM_CONNECT_TIMEOUT', 'no connection in time')
    }
    return this.#isTold
      ? new UpstreamFailure('ERR_UPSTREAM_BODY_TIMEOUT', 'the answer stopped')
      : new UpstreamFailure('ERR_UPSTREAM_HEAD_TIMEOUT', 'no answer in time')
  }
}

/** An application may close when its own time is over, while a request is on its way. */
const keepAliveMarginMs = 1_000

const ended = new Error('the application keeps the connection no longer')
const unasked = new Error('the application sent more than its answer')

function lost(): UpstreamFailure {
  return new UpstreamFailure('ERR_UPSTREAM_LOST', 'the application ended the connection')
}

function lastChunk(trailers: readonly string[]): string {
  let text = '0\r\n'
  for (let index = 0; index < trailers.length; index += 2) {
    const line = `${trailers[index] ?? ''}: ${trailers[index + 1] ?? ''}`
    if (!/[^\t\x20-\x7e\x80-\xff]/.test(line)) text += `${line}\r\n`
  }
  return `${text}\r\n`
}
