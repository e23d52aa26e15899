// A WebSocket to an application: the handshake is made for the client, and only when both sides
// have agreed are their bytes joined. An application that does not agree has answered an ordinary
// request, and nothing behind that answer is ever taken for its continuation.
import { createHash } from 'node:crypto'
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import type { UpstreamTls } from './trust.ts'

export interface Handshake {
  /** Scheme, host and port. */
  readonly upstream: string
  readonly tls: UpstreamTls
  readonly path: string
  /** Names and values in turn, without the headers of the handshake. */
  readonly headers: readonly string[]
  /** The client's `Sec-WebSocket-Key`. */
  readonly key: string
  readonly headMaxBytes: number
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

export type HandshakeResult =
  | {
      readonly kind: 'agreed'
      readonly answer: IncomingMessage
      readonly socket: Duplex
      /** What the application sent right behind its answer. */
      readonly head: Buffer
    }
  | { readonly kind: 'answered'; readonly answer: IncomingMessage }

/** Rejects where the application cannot be reached or breaks the protocol. */
export function shakeHands(handshake: Handshake): Promise<HandshakeResult> {
  const { upstream, tls, path, headers, key, headMaxBytes, timeoutMs, signal } = handshake
  const url = new URL(upstream)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const request = (url.protocol === 'https:' ? requestHttps : requestHttp)({
    host,
    // Otherwise Node would ask for, and verify, the name in the visitor's `Host` header.
    servername: isIP(host) === 0 ? host : '',
    ...tls,
    port: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port),
    path,
    method: 'GET',
    agent: false,
    maxHeaderSize: headMaxBytes,
    signal,
    headers: [...headers, 'connection', 'Upgrade', 'upgrade', 'websocket'],
  })
  return new Promise((resolve, reject) => {
    request.setTimeout(timeoutMs, () => {
      request.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' }))
    })
    request.on('error', reject)
    request.on('response', (answer) => resolve({ kind: 'answered', answer }))
    request.on('upgrade', (answer, socket, head) => {
      request.setTimeout(0)
      if (answer.headers['sec-websocket-accept'] === acceptOf(key)) {
        resolve({ kind: 'agreed', answer, socket, head })
      } else {
        socket.destroy()
        reject(new Error('the application did not agree to this handshake'))
      }
    })
    request.end()
  })
}

/** RFC 6455 §4.2.2: the proof that the other side understood the handshake. */
function acceptOf(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
}
