// What a client gets whose bytes are no HTTP/1.1. Requests that were whole before them keep their
// answers, and nothing comes in the place of another's.
import type { Duplex } from 'node:stream'
import { type ProblemCode, problemDetails } from '@countersign/contract/problems'
import { awaitedOn } from './in-turn.routes.ts'
import type { Metrics } from '#operate/metrics'
import { endFirmly } from '#streams/linger'

/** Answers what Node's parser refused, and ends the connection. */
export function answerBroken(
  error: Error & { readonly code?: string },
  socket: Duplex,
  metrics: Pick<Metrics, 'malformed'>,
): void {
  const fault = parserFaults[error.code ?? ''] ?? 'request.malformed'
  if (error.code !== 'ECONNRESET') metrics.malformed(error.code ?? 'unknown')
  // Requests that are whole keep their answers, whatever follows them (RFC 9112 §9.6).
  const awaited = awaitedOn(socket)
  const isBehindThem = awaited.length > 0 && awaited.every(({ req }) => req.complete)
  if (isBehindThem && socket.writable) awaited.at(-1)?.once('close', () => endFirmly(socket))
  else answerRaw(socket, fault, 'the request is not HTTP/1.1 as RFC 9112 defines it')
}

const parserFaults: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'request.headers_too_large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'request.too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request.timeout',
}

function answerRaw(socket: Duplex, code: ProblemCode, detail: string): void {
  // Nothing may come between the parts of an answer that has begun, nor in the place of another's.
  const isTaken = awaitedOn(socket).some(({ headersSent, req }) => headersSent || req.complete)
  if (!socket.writable || isTaken) {
    socket.destroy()
    return
  }
  const details = problemDetails(code, { detail })
  const body = JSON.stringify(details)
  socket.end(
    [
      `HTTP/1.1 ${details.status} ${code}`,
      'content-type: application/problem+json',
      'cache-control: no-store',
      'connection: close',
      `content-length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
    () => socket.destroy(),
  )
}
