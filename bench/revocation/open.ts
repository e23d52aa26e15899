// What one person has open at one gateway, and when each of it ends.
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { System } from './system.ts'

/** When each ended, by `performance.now()`. */
interface Ends {
  readonly request: number
  readonly webSocket: number
  readonly tunnel: number
}

export interface Open {
  /** Resolves when the next request is refused and both streams are gone. */
  readonly ended: Promise<Ends>
  /** Begins to ask, one request after another. */
  readonly ask: () => void
}

/** Between the answer to one request and the next. */
const pauseMs = 1

/** Opens a WebSocket and a tunnel. Rejects where either is refused. */
export async function open(port: number, system: System): Promise<Open> {
  const [webSocket, tunnel] = await Promise.all([
    handshake(port, 101, [
      'GET /live HTTP/1.1',
      `Host: live.localhost:${port}`,
      `Cookie: ${system.cookie}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ]),
    handshake(port, 200, [
      `CONNECT ${system.target} HTTP/1.1`,
      `Host: ${system.target}`,
      `Proxy-Authorization: Bearer ${system.token}`,
    ]),
  ])
  const refused = Promise.withResolvers<number>()
  const ends = [firstByteOrEnd(webSocket), end(tunnel)] as const
  return {
    ask: () => void askUntilRefused(port, system).then(refused.resolve, refused.reject),
    ended: Promise.all([refused.promise, ...ends]).then(([next, first, second]) => ({
      request: next,
      webSocket: first,
      tunnel: second,
    })),
  }
}

/** Resolves when requests are answered again. */
export async function untilAllowed(port: number, system: System): Promise<void> {
  const agent = new Agent({ keepAlive: true })
  while ((await status(port, system, agent)) !== 200) await pause()
  agent.destroy()
}

async function askUntilRefused(port: number, system: System): Promise<number> {
  const agent = new Agent({ keepAlive: true })
  while ((await status(port, system, agent)) === 200) await pause()
  const at = performance.now()
  agent.destroy()
  return at
}

function status(port: number, { cookie }: System, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    request(
      { host: '127.0.0.1', port, agent, headers: { host: `live.localhost:${port}`, cookie } },
      (response) => {
        response.resume().once('end', () => resolve(response.statusCode ?? 0))
      },
    )
      .once('error', reject)
      .end()
  })
}

async function handshake(port: number, status: number, lines: readonly string[]): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.setNoDelay(true)
  socket.write([...lines, '', ''].join('\r\n'))
  const [head] = (await once(socket, 'data')) as [Buffer]
  const text = head.toString('latin1')
  if (!text.startsWith(`HTTP/1.1 ${status} `)) throw new Error(`refused: ${text}`)
  socket.on('error', () => {})
  return socket
}

// A WebSocket is told that it ends; from then on nothing passes.
async function firstByteOrEnd(socket: Socket): Promise<number> {
  return new Promise((resolve) => {
    const over = (): void => {
      resolve(performance.now())
      socket.destroy()
    }
    socket.once('data', over).once('close', over)
  })
}

async function end(socket: Socket): Promise<number> {
  return new Promise((resolve) => {
    socket.resume()
    const over = (): void => {
      resolve(performance.now())
      socket.destroy()
    }
    socket.once('end', over).once('close', over)
  })
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, pauseMs))
}
