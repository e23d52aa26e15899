// Two gateways that write the same decision log would destroy its chain. Whoever holds the socket
// in the state directory owns the directory; the operating system lets go of it when the process
// ends, however it ends.
import { createHash } from 'node:crypto'
import { unlinkSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** Longest path of a Unix domain socket on the systems we run on, in bytes, with its end. */
const socketPathMaxBytes = 103

export interface Claim {
  readonly release: () => Promise<void>
}

/** Claims a directory; undefined where another process holds it. Rejects with what the disk says. */
export async function claim(directory: string): Promise<Claim | undefined> {
  const path = socketPath(directory)
  const first = await listenAt(path)
  if (first) return first
  if (await isAnswered(path)) return undefined
  // Left behind by a process that was killed.
  unlinkSync(path)
  return listenAt(path)
}

/** Resolves when no process holds a directory, with whether that was so within `timeoutMs`. */
export async function unclaimed(directory: string, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const held = await claim(directory)
    await held?.release()
    if (held || Date.now() >= deadline) return held !== undefined
    await new Promise((resolve) => setTimeout(resolve, askAgainMs))
  }
}

const askAgainMs = 20

function socketPath(directory: string): string {
  const path = join(directory, 'gateway.sock')
  if (Buffer.byteLength(path) <= socketPathMaxBytes) return path
  const name = createHash('sha256').update(resolve(directory)).digest('hex').slice(0, 32)
  return join(tmpdir(), `countersign-gateway-${name}.sock`)
}

function listenAt(path: string): Promise<Claim | undefined> {
  const server = createServer((socket) => socket.end())
  return new Promise((resolve, reject) => {
    server.once('error', (error: Error & { code?: string }) => {
      if (error.code === 'EADDRINUSE') resolve(undefined)
      else reject(error)
    })
    // Not shared with the other processes of a gateway, as its ports are.
    server.listen({ path, exclusive: true }, () => {
      server.unref()
      resolve({ release: () => new Promise((done) => server.close(() => done())) })
    })
  })
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
