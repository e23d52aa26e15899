// A request's body on its way to the application. It takes from the client only what the
// application takes from it, and the end of one side is not the end of the other: when the
// application breaks off, the client's connection stays, so that it can be told.
import { Readable } from 'node:stream'
import type { HttpRequest } from '#exchange'

export class UploadStalled extends Error {
  override readonly name = 'UploadStalled'
}

/** The body of `request`, with a bound on how long the client may pause. */
export function uploadOf(request: HttpRequest, idleTimeoutMs: number): Readable {
  let timer: NodeJS.Timeout | undefined
  const wait = (): void => {
    clearTimeout(timer)
    timer = setTimeout(() => body.destroy(new UploadStalled()), idleTimeoutMs)
  }
  const body = new Readable({
    read() {
      wait()
      request.resume()
    },
    destroy(error, done) {
      clearTimeout(timer)
      request.off('data', onData)
      request.off('end', onEnd)
      request.off('close', onClose)
      done(error)
    },
  })
  const onData = (chunk: Buffer): void => {
    if (body.push(chunk)) wait()
    else {
      // From here on the application is what we wait for.
      clearTimeout(timer)
      request.pause()
    }
  }
  const onEnd = (): void => {
    clearTimeout(timer)
    body.push(null)
  }
  const onClose = (): void => {
    if (!request.complete) body.destroy(new Error('the client went away'))
  }
  request.on('data', onData)
  request.on('end', onEnd)
  request.on('close', onClose)
  request.pause()
  return body
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
