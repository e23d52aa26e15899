// One request to an application and its answer back, streamed: neither side is read faster than
// the other takes, and when one goes away the other is told at once.
import type { Dispatcher } from 'undici'
import type { HttpRequest, HttpResponse } from '#exchange'
import { isWorthRepeating } from './failures.ts'
import { passedTrailers, takesTrailers } from './trailers.ts'
import { hasBody, uploadOf } from './upload.ts'

export interface Forwarding {
  readonly request: HttpRequest
  readonly response: HttpResponse
  readonly pool: Dispatcher
  /** The request target. */
  readonly path: string
  /** For the application, names and values in turn. */
  readonly headers: string[]
  readonly uploadIdleTimeoutMs: number
  readonly downloadIdleTimeoutMs: number
  /** From the application's headers to the client's; what it gives may be waited for. */
  readonly answer: (headers: readonly string[]) => readonly string[] | Promise<readonly string[]>
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

class Exchange implements Dispatcher.DispatchHandler {
  readonly #forwarding: Forwarding
  readonly #resolve: () => void
  readonly #reject: (error: Error) => void
  #controller: Dispatcher.DispatchController | undefined
  #ended: Error | undefined
  #repeated = false
  /** Runs while the client takes nothing. */
  #stalled: NodeJS.Timeout | undefined

  constructor(forwarding: Forwarding, resolve: () => void, reject: (error: Error) => void) {
    this.#forwarding = forwarding
    this.#resolve = resolve
    this.#reject = reject
  }

  begin(): void {
    const { response, onBegin } = this.#forwarding
    if (response.destroyed) {
      this.#resolve()
      return
    }
    response.on('close', this.#onClientClose)
    response.on('drain', this.#onDrain)
    onBegin((reason) => {
      this.#end(reason)
      response.destroy()
    })
    this.#dispatch()
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#ended) controller.abort(this.#ended)
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    // Interim answers (RFC 9110 §15.2) concern what is between us and the application.
    if (status < 200) return
    const headers = this.#forwarding.answer(textsOf(controller.rawHeaders))
    if (!(headers instanceof Promise)) {
      this.#writeHead(status, headers)
      return
    }
    controller.pause()
    this.#writeHeadLater(controller, status, headers).catch((error: unknown) =>
      controller.abort(error instanceof Error ? error : new Error(String(error))),
    )
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { response, downloadIdleTimeoutMs } = this.#forwarding
    if (response.write(chunk)) return
    controller.pause()
    this.#stalled = setTimeout(() => response.destroy(), downloadIdleTimeoutMs)
  }

  onResponseEnd(
    _controller: Dispatcher.DispatchController,
    trailers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    const { request, response } = this.#forwarding
    const passed = takesTrailers(request) ? passedTrailers(trailers) : []
    if (passed.length > 0) response.addTrailers(passed)
    response.end()
    this.#finish()
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const { request, response } = this.#forwarding
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
    if (!this.#repeated && isRepeatable(request) && isWorthRepeating(error)) {
      this.#repeated = true
      this.#dispatch()
      return
    }
    this.#detach()
    this.#reject(error)
  }

  #dispatch(): void {
    const { request, pool, path, headers, uploadIdleTimeoutMs } = this.#forwarding
    pool.dispatch(
      {
        path,
        method: request.method ?? 'GET',
        headers,
        body: hasBody(request) ? uploadOf(request, uploadIdleTimeoutMs) : null,
      },
      this,
    )
  }

  async #writeHeadLater(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Promise<readonly string[]>,
  ): Promise<void> {
    const ready = await headers
    if (this.#ended) return
    this.#writeHead(status, ready)
    controller.resume()
  }

  #writeHead(status: number, headers: readonly string[]): void {
    const { response } = this.#forwarding
    // INVARIANT: Node only reads the list.
    response.writeHead(status, headers as string[])
    // These have no body, whatever length they name (RFC 9110 §8.6); undici waits for it in vain.
    if (status === 204 || status === 304) response.end()
  }

  readonly #onDrain = (): void => {
    clearTimeout(this.#stalled)
    this.#controller?.resume()
  }

  readonly #onClientClose = (): void => {
    if (!this.#forwarding.response.writableFinished) this.#end(new Error('the client went away'))
  }

  #end(reason: Error): void {
    this.#ended ??= reason
    if (this.#controller) this.#controller.abort(reason)
    else this.#finish()
  }

  #finish(): void {
    this.#detach()
    this.#resolve()
  }

  #detach(): void {
    const { response } = this.#forwarding
    clearTimeout(this.#stalled)
    response.off('close', this.#onClientClose)
    response.off('drain', this.#onDrain)
  }
}

// RFC 9110 §9.2.2: a proxy repeats nothing by itself that is not idempotent; nor what has a body,
// because part of it is gone.
function isRepeatable(request: HttpRequest): boolean {
  return /^(?:GET|HEAD|OPTIONS)$/.test(request.method ?? '') && !hasBody(request)
}

function textsOf(raw: Dispatcher.DispatchController['rawHeaders']): readonly string[] {
  return Array.isArray(raw)
    ? raw.map((part) => (typeof part === 'string' ? part : part.toString('latin1')))
    : []
}
