// The body of a form that is about to be refused, read into memory: as few at once, as short and for
// as short a time as the bounds say.
import type { HttpRequest } from '#exchange'

export interface FormBodyLimits {
  readonly bodyMaxBytes: number
  readonly bodiesAtOnceMaxCount: number
  readonly timeoutMs: number
}

/** Reads bodies, a bounded number at once. */
export class FormBodies {
  readonly #limits: FormBodyLimits
  #reading = 0

  constructor(limits: FormBodyLimits) {
    this.#limits = limits
  }

  /** All of it; or why not. Never rejects. */
  read(request: HttpRequest): Promise<Buffer | 'too-large' | 'not-received'> {
    const { bodyMaxBytes, bodiesAtOnceMaxCount, timeoutMs } = this.#limits
    const length = Number(request.headers['content-length'] ?? 0)
    if (length > bodyMaxBytes) return Promise.resolve('too-large')
    if (this.#reading >= bodiesAtOnceMaxCount) return Promise.resolve('not-received')
    this.#reading += 1
    return new Promise((resolve) => {
      const parts: Buffer[] = []
      let bytes = 0
      const end = (result: Buffer | 'too-large' | 'not-received'): void => {
        clearTimeout(timer)
        request.off('data', onData)
        request.off('end', onEnd)
        request.off('close', onClose)
        this.#reading -= 1
        resolve(result)
      }
      const onData = (chunk: Buffer): void => {
        bytes += chunk.length
        if (bytes > bodyMaxBytes) end('too-large')
        else parts.push(chunk)
      }
      const onEnd = (): void => end(Buffer.concat(parts))
      const onClose = (): void => end('not-received')
      const timer = setTimeout(() => end('not-received'), timeoutMs)
      request.on('data', onData)
      request.on('end', onEnd)
      request.on('close', onClose)
      request.resume()
    })
  }
}
