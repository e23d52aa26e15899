// One HTTP/2 stream, as the request and the response that the steps know.
import type { ServerHttp2Stream } from 'node:http2'
import type { HttpRequest, HttpResponse, RequestHead } from '#exchange'

type Listener = Parameters<ServerHttp2Stream['on']>[1]

class StreamSide {
  protected readonly stream: ServerHttp2Stream

  constructor(stream: ServerHttp2Stream) {
    this.stream = stream
  }

  on(event: string, listener: Listener): void {
    this.stream.on(event, listener)
  }

  once(event: string, listener: Listener): void {
    this.stream.once(event, listener)
  }

  off(event: string, listener: Listener): void {
    this.stream.off(event, listener)
  }
}

export class Http2Request extends StreamSide implements HttpRequest {
  readonly method
  readonly url
  readonly httpVersion
  readonly headers
  readonly rawHeaders
  readonly bodyFollows: boolean
  #rawTrailers: readonly string[] = []

  constructor(stream: ServerHttp2Stream, head: RequestHead) {
    super(stream)
    this.method = head.method
    this.url = head.url
    this.httpVersion = head.httpVersion
    this.headers = head.headers
    this.rawHeaders = head.rawHeaders
    this.bodyFollows = !stream.endAfterHeaders
    stream.once('trailers', (_trailers: object, _flags: number, raw: readonly string[]) => {
      this.#rawTrailers = raw
    })
  }

  get rawTrailers(): readonly string[] {
    return this.#rawTrailers
  }

  get complete(): boolean {
    return !this.bodyFollows || this.stream.readableEnded
  }

  pause(): void {
    this.stream.pause()
  }

  resume(): void {
    this.stream.resume()
  }
}

export interface AnswerOptions {
  /** Sent with every answer, names and values in turn. */
  readonly always: readonly string[]
  /** Whether the client said that it understands trailers (RFC 9110 §6.5.1). */
  readonly takesTrailers: boolean
}

export class Http2Response extends StreamSide implements HttpResponse {
  readonly #options: AnswerOptions
  #isEnded = false
  #trailers: readonly [string, string][] = []

  constructor(stream: ServerHttp2Stream, options: AnswerOptions) {
    super(stream)
    this.#options = options
  }

  get headersSent(): boolean {
    return this.stream.headersSent
  }

  get destroyed(): boolean {
    return this.stream.destroyed || this.stream.closed
  }

  get writableEnded(): boolean {
    return this.#isEnded
  }

  // Node ends and finishes a stream that the client took back as well.
  get writableFinished(): boolean {
    return this.#isEnded && this.stream.writableFinished && !this.stream.aborted
  }

  writeHead(status: number, headers: string[] | Record<string, number | string | string[]>): void {
    if (this.destroyed) return
    const { always, takesTrailers } = this.#options
    const list = Array.isArray(headers) ? headers : pairsOf(headers)
    const all = [':status', String(status), ...always, ...list]
    this.stream.respond(
      all.map((text, index) => (index % 2 === 0 ? text.toLowerCase() : text)),
      {
        waitForTrailers: takesTrailers,
      },
    )
    if (takesTrailers) {
      this.stream.once('wantTrailers', () => this.#sendTrailers())
    }
  }

  // What an application says may be what HTTP/2 forbids (RFC 9113 §8.2): then the answer is not whole.
  #sendTrailers(): void {
    try {
      this.stream.sendTrailers(fieldsOf(this.#trailers))
    } catch {
      this.destroy()
    }
  }

  writeContinue(): void {
    if (!this.destroyed && !this.headersSent) this.stream.additionalHeaders({ ':status': 100 })
  }

  write(chunk: Buffer): boolean {
    return this.stream.write(chunk)
  }

  end(chunk?: Buffer | string, encoding: BufferEncoding = 'utf8'): void {
    this.#isEnded = true
    if (chunk === undefined) this.stream.end()
    else this.stream.end(chunk, encoding)
  }

  /** A head never waits for a body here. */
  flushHeaders(): void {}

  addTrailers(trailers: [string, string][]): void {
    this.#trailers = trailers
  }

  // `close` would end the body first, as if it were whole; this resets the stream at once.
  destroy(): void {
    this.stream.destroy(new Error('the answer broke off'))
  }
}

function pairsOf(headers: Readonly<Record<string, number | string | string[]>>): string[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    Array.isArray(value) ? value.flatMap((each) => [name, each]) : [name, String(value)],
  )
}

function fieldsOf(trailers: readonly [string, string][]): Record<string, string[]> {
  const fields: Record<string, string[]> = {}
  for (const [name, value] of trailers) (fields[name.toLowerCase()] ??= []).push(value)
  return fields
}
