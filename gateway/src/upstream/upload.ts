// A request's body on its way to the application. It takes from the client only what the
// application takes from it, and the end of one side is not the end of the other: when the
// application breaks off, the client's connection stays, so that it can be told.
import type { HttpRequest } from '#exchange'
import type { Asked } from './http1/exchange.ts'
import type { BodyFraming } from './http1/request-head.ts'

export class UploadStalled extends Error {
  override readonly name = 'UploadStalled'
}

export interface UploadOptions {
  /** How long the client may pause, in milliseconds. */
  readonly idleTimeoutMs: number
  /** Told once where the body does not come to its end. */
  readonly onBroken: (reason: Error) => void
  /** What the client says behind the body, names and values in turn. */
  readonly trailers: () => readonly string[]
}

/** Passes the body of `request` on to `to`. */
export class Upload {
  readonly #request: HttpRequest
  readonly #to: Asked
  readonly #options: UploadOptions
  /** Runs while the client is waited for. */
  readonly #patience: NodeJS.Timeout
  #isTaken = true
  #isDone = false

  constructor(request: HttpRequest, to: Asked, options: UploadOptions) {
    this.#request = request
    this.#to = to
    this.#options = options
    this.#patience = setTimeout(() => this.#onPatienceEnd(), options.idleTimeoutMs)
    request.on('data', this.#onData)
    request.on('end', this.#onEnd)
    request.on('close', this.#onClose)
    request.resume()
  }

  /** The application takes more. */
  continue(): void {
    if (this.#isDone || this.#isTaken) return
    this.#isTaken = true
    this.#patience.refresh()
    this.#request.resume()
  }

  /** Passes nothing more on. What the client still sends is dropped. */
  stop(): void {
    if (this.#isDone) return
    this.#isDone = true
    clearTimeout(this.#patience)
    this.#request.off('data', this.#onData)
    this.#request.off('end', this.#onEnd)
    this.#request.off('close', this.#onClose)
    this.#request.resume()
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#isTaken = this.#to.write(chunk)
    if (this.#isDone) return
    // From here on the application is what we wait for.
    if (this.#isTaken) this.#patience.refresh()
    else this.#request.pause()
  }

  readonly #onEnd = (): void => {
    this.stop()
    this.#to.endBody(this.#options.trailers())
  }

  readonly #onClose = (): void => {
    if (!this.#request.complete) this.#break(new Error('the client went away'))
  }

  #onPatienceEnd(): void {
    if (this.#isTaken) this.#break(new UploadStalled())
  }

  #break(reason: Error): void {
    if (this.#isDone) return
    this.stop()
    this.#options.onBroken(reason)
  }
}

/** Whether a request carries a body (RFC 9112 §6.3: by one of two headers; RFC 9113 §8.1: by its frames). */
export function hasBody({
  headers,
  bodyFollows,
}: Pick<HttpRequest, 'headers' | 'bodyFollows'>): boolean {
  return (
    bodyFollows ??
    (headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0')
  )
}

/** How an application is told where the body ends. */
export function bodyFramingOf(request: HttpRequest): BodyFraming {
  if (!hasBody(request)) return { kind: 'none' }
  const length = request.headers['content-length']
  return length !== undefined && /^\d{1,15}$/.test(length)
    ? { kind: 'length', bytes: Number(length) }
    : { kind: 'chunked' }
}
