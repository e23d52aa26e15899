// Whether something accepts connections where an application is said to be. Not a byte is sent.
import { connect } from 'node:net'

export type Reach =
  | { readonly kind: 'accepts' }
  | {
      readonly kind: 'silent'
      /** The system's word for it, or `timeout`. */
      readonly why: string
    }

const timeoutMs = 3_000

/** Connects to the host and port of a URL, as seen from the server. Never rejects. */
export function reach(upstream: string): Promise<Reach> {
  const { hostname, port, protocol } = new URL(upstream)
  return new Promise((resolve) => {
    const socket = connect({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
      timeout: timeoutMs,
    })
    const end = (found: Reach): void => {
      socket.destroy()
      resolve(found)
    }
    socket.once('connect', () => end({ kind: 'accepts' }))
    socket.once('timeout', () => end({ kind: 'silent', why: 'timeout' }))
    socket.once('error', (error) =>
      end({ kind: 'silent', why: 'code' in error ? String(error.code) : error.message }),
    )
  })
}
