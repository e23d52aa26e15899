// A client of tunnels, for tests, that can say anything.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface Connected {
  readonly socket: Socket
  readonly status: number
  /** The head of the answer. */
  readonly head: string
  /** What came behind the head: a problem, or the first bytes of the tunnel. */
  readonly rest: Buffer
  readonly decision: string | undefined
}

export interface ConnectOptions {
  readonly port: number
  /** `host:port`, or something hostile. */
  readonly target: string
  readonly token?: string
  /** Header lines instead of the usual ones. */
  readonly headers?: readonly string[]
  /** A connection to the gateway, where it is not a plain one. */
  readonly over?: Socket
}

/** Sends a `CONNECT` and reads the head of the answer; the whole answer where it is a refusal. */
export async function connectThrough(options: ConnectOptions): Promise<Connected> {
  const { port, target, token, headers } = options
  const socket = options.over ?? connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => {})
  const lines = headers ?? [
    `Host: ${target}`,
    ...(token === undefined ? [] : [`Proxy-Authorization: Bearer ${token}`]),
  ]
  socket.write([`CONNECT ${target} HTTP/1.1`, ...lines, '', ''].join('\r\n'), 'latin1')
  let bytes = Buffer.alloc(0)
  while (!bytes.includes('\r\n\r\n')) {
    const [chunk] = (await Promise.race([
      once(socket, 'data'),
      once(socket, 'close').then(() => {
        throw new Error('the connection ended without an answer')
      }),
    ])) as [Buffer]
    bytes = Buffer.concat([bytes, chunk])
  }
  socket.pause()
  const end = bytes.indexOf('\r\n\r\n')
  const head = bytes.subarray(0, end).toString('latin1')
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1])
  const first = bytes.subarray(end + 4)
  const decision = /^countersign-decision: (\S+)/im.exec(head)?.[1]
  const rest = status === 200 ? first : Buffer.concat([first, await everything(socket)])
  return { socket, status, head, rest, decision }
}

/** Everything a socket still gives until its end. */
export async function everything(socket: Socket): Promise<Buffer> {
  const parts: Buffer[] = []
  socket.on('data', (part: Buffer) => parts.push(part))
  socket.resume()
  if (!socket.readableEnded && !socket.closed) {
    await Promise.race([once(socket, 'end'), once(socket, 'close')])
  }
  return Buffer.concat(parts)
}

/** Whether a connection was torn off rather than ended; resolves when it is over. */
export async function howItEnded(socket: Socket): Promise<'ended' | 'torn'> {
  socket.resume()
  if (socket.readableEnded) socket.end()
  else socket.once('end', () => socket.end())
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))
  return socket.errored !== null || !socket.readableEnded ? 'torn' : 'ended'
}
