// One request to an application and its answer back, streamed: neither side is read faster than
// the other takes, and when one goes away the other is told at once. An answer that comes in one
// piece, as most do, leaves in one piece.
import type { HttpRequest, HttpResponse } from '#exchange'
import { isWorthRepeating } from './failures.ts'
import type { Asked, Asking, Way } from './http1/exchange.ts'
import type { Pool } from './http1/pool.client.ts'
import type { BodyFraming } from './http1/request-head.ts'
import { passedTrailers, takesTrailers } from './trailers.ts'
import { bodyFramingOf, Upload } from './upload.ts'

export interface Forwarding {
  readonly request: HttpRequest
  readonly response: HttpResponse
  readonly pool: Pick<Pool, 'ask'>
  /** The request target. */
  readonly path: string
  /** For the application, names and values in turn. */
  readonly headers: readonly string[]
  readonly uploadIdleTimeoutMs: number
  readonly downloadIdleTimeoutMs: number
  /** What the client says behind the body, as far as it passes; names and values in turn. */
  readonly trailers: () => readonly string[]
  /** From the application's headers to the client's; what it gives may be waited for. */
  readonly answer: (headers: readonly string[]) => string[] | Promise<string[]>
  /** Receives the function that ends the exchange on both sides. */
  readonly onBegin: (cut: (reason: Error) => void) => void
}

/**
 * Forwards until the answer is complete or either side is gone.
 * Rejects with the upstream's error only while nothing has been sent to the client.
 */
export function forward(forwarding: Forwarding): Promise<void> {
  return new Promise((resolve, reject) => {
    new Exchange(forwarding, resolve, reject).begin()
  })
}

interface Head {
  readonly status: number
  readonly headers: string[]
}

/** What came of an answer whose head the client cannot have yet. */
interface Held {
  readonly parts: Buffer[]
  trailers: readonly string[] | undefined
}

const nothing = Buffer.alloc(0)

class Exchange implements Asking {
  readonly method: string
  readonly path: string
  readonly headers: readonly string[]
  readonly body: BodyFraming
  readonly #forwarding: Forwarding
  readonly #resolve: () => void
  readonly #reject: (error: Error) => void
  #way: Way | undefined
  #asked: Asked | undefined
  #upload: Upload | undefined
  /** Told, and not yet written: perhaps the whole answer comes in this piece. */
  #head: Head | undefined
  #first: Buffer = nothing
  #held: Held | undefined
  #ended: Error | undefined
  #isOver = false
  #repeated = false
  #isStalled = false
  /** Runs while the client takes nothing. */
  #stalled: NodeJS.Timeout | undefined

  constructor(forwarding: Forwarding, resolve: () => void, reject: (error: Error) => void) {
    this.#forwarding = forwarding
    this.#resolve = resolve
    this.#reject = reject
    this.method = forwarding.request.method ?? 'GET'
    this.path = forwarding.path
    this.headers = forwarding.headers
    this.body = bodyFramingOf(forwarding.request)
  }

  begin(): void {
    const { response, onBegin, pool } = this.#forwarding
    if (response.destroyed) {
      this.#resolve()
      return
    }
    response.on('close', this.#onClientClose)
    onBegin((reason) => {
      this.#end(reason)
      response.destroy()
    })
    this.#way = pool.ask(this)
  }

  onSent(asked: Asked): void {
    this.#asked = asked
    if (this.body.kind === 'none') return
    const { request, uploadIdleTimeoutMs } = this.#forwarding
    this.#upload = new Upload(request, asked, {
      idleTimeoutMs: uploadIdleTimeoutMs,
      onBroken: (reason) => this.#way?.abort(reason),
      trailers: () => this.#forwarding.trailers(),
    })
  }

  onDrain(): void {
    this.#upload?.continue()
  }

  onHead(status: number, raw: readonly string[]): void {
    const headers = this.#forwarding.answer(raw)
    if (headers instanceof Promise) void this.#holdFor(status, headers)
    else this.#head = { status, headers }
  }

  onData(chunk: Buffer): void {
    if (this.#held) this.#held.parts.push(Buffer.from(chunk))
    else if (this.#head && this.#first.length === 0) this.#first = chunk
    else {
      this.#writeHead()
      this.#write(chunk)
    }
  }

  onPiece(): void {
    if (this.#held) return
    const isBare = this.#head !== undefined && this.#first.length === 0
    this.#writeHead()
    // Without a body to come soon, a client that waits for the head would wait for nothing.
    if (isBare) this.#forwarding.response.flushHeaders()
  }

  onEnd(trailers: readonly string[]): void {
    if (this.#held) {
      this.#held.trailers = trailers
      return
    }
    this.#endAnswer(trailers)
  }

  onError(error: Error): void {
    if (this.#isOver) return
    const { response } = this.#forwarding
    this.#upload?.stop()
    if (response.writableEnded) {
      this.#finish()
      return
    }
    if (this.#ended || response.headersSent) {
      // The client must see that the answer is not whole.
      response.destroy()
      this.#finish()
      return
    }
    if (!this.#repeated && isRepeatable(this) && isWorthRepeating(error)) {
      this.#repeated = true
      this.#forget()
      this.#way = this.#forwarding.pool.ask(this)
      return
    }
    this.#detach()
    this.#reject(error)
  }

  // The head may be what waits: what follows it comes no faster, because nothing more is read.
  async #holdFor(status: number, headers: Promise<string[]>): Promise<void> {
    const held: Held = { parts: [], trailers: undefined }
    this.#held = held
    this.#asked?.pause()
    try {
      const ready = await headers
      if (this.#ended || this.#held !== held) return
      this.#held = undefined
      this.#head = { status, headers: ready }
      for (const part of held.parts) this.onData(part)
      if (held.trailers) this.#endAnswer(held.trailers)
      else {
        this.onPiece()
        if (!this.#isStalled) this.#asked?.resume()
      }
    } catch (error) {
      const reason = error instanceof Error ? error : new Error(String(error))
      this.#way?.abort(reason)
      this.onError(reason)
    }
  }

  #endAnswer(raw: readonly string[]): void {
    const { request, response } = this.#forwarding
    this.#upload?.stop()
    const trailers = raw.length > 0 && takesTrailers(request) ? passedTrailers(fieldsOf(raw)) : []
    if (this.#head && trailers.length === 0) {
      response.writeHead(this.#head.status, this.#head.headers)
      endWith(response, this.#first)
    } else {
      this.#writeHead()
      if (trailers.length > 0) response.addTrailers(trailers)
      response.end()
    }
    this.#finish()
  }

  #writeHead(): void {
    if (!this.#head) return
    const { status, headers } = this.#head
    this.#head = undefined
    this.#forwarding.response.writeHead(status, headers)
    if (this.#first.length > 0) this.#write(this.#first)
    this.#first = nothing
  }

  #write(chunk: Buffer): void {
    const { response, downloadIdleTimeoutMs } = this.#forwarding
    if (response.write(Buffer.from(chunk)) || this.#isStalled || this.#isOver) return
    this.#isStalled = true
    this.#asked?.pause()
    response.on('drain', this.#onDrainOfClient)
    this.#stalled = setTimeout(() => response.destroy(), downloadIdleTimeoutMs)
  }

  readonly #onDrainOfClient = (): void => {
    this.#unstall()
    this.#asked?.resume()
  }

  readonly #onClientClose = (): void => {
    if (!this.#forwarding.response.writableFinished) this.#end(new Error('the client went away'))
  }

  #unstall(): void {
    if (!this.#isStalled) return
    this.#isStalled = false
    clearTimeout(this.#stalled)
    this.#forwarding.response.off('drain', this.#onDrainOfClient)
  }

  #end(reason: Error): void {
    if (this.#isOver) return
    this.#ended ??= reason
    // It tells of the end, unless the answer is whole and only its client had to wait.
    this.#way?.abort(reason)
    if (!this.#isOver && this.#held?.trailers) this.onError(reason)
  }

  #forget(): void {
    this.#head = undefined
    this.#first = nothing
    this.#held = undefined
    this.#asked = undefined
  }

  #finish(): void {
    this.#detach()
    this.#resolve()
  }

  #detach(): void {
    this.#isOver = true
    this.#unstall()
    this.#forwarding.response.off('close', this.#onClientClose)
  }
}

// RFC 9110 §9.2.2: a proxy repeats nothing by itself that is not idempotent; nor what has a body,
// because part of it is gone.
function isRepeatable({ method, body }: Asking): boolean {
  return body.kind === 'none' && (method === 'GET' || method === 'HEAD' || method === 'OPTIONS')
}

/** A body up to this length is copied next to its head. */
const oneWriteMaxBytes = 16 * 1024

// Node puts text, but not bytes, next to the head; one write costs half of what two cost.
function endWith(response: HttpResponse, body: Buffer): void {
  if (body.length === 0) response.end()
  else if (body.length <= oneWriteMaxBytes) response.end(body.toString('latin1'), 'latin1')
  else response.end(Buffer.from(body))
}

function fieldsOf(raw: readonly string[]): Record<string, string[]> {
  const fields: Record<string, string[]> = {}
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] ?? '').toLowerCase()
    ;(fields[name] ??= []).push(raw[index + 1] ?? '')
  }
  return fields
}
