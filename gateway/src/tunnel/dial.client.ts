// The connection of a tunnel to its destination.
import { connect, type Socket } from 'node:net'
import type { Destination } from './destination.ts'

export interface DialOptions {
  readonly timeoutMs: number
  /** Silence after which the operating system asks whether the other side is still there. */
  readonly keepAliveDelayMs: number
  readonly signal: AbortSignal
}

/** Connects. Rejects with a system error, with `ETIMEDOUT` where it takes too long, or when aborted. */
export function dial(
  { host, port }: Destination,
  { timeoutMs, keepAliveDelayMs, signal }: DialOptions,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port,
      // Each direction of a tunnel ends by itself.
      allowHalfOpen: true,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveDelayMs,
      noDelay: true,
    })
    const fail = (error: Error): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      socket.destroy()
      reject(error)
    }
    const onAbort = (): void => fail(new Error('the tunnel ended before it was open'))
    const timer = setTimeout(() => {
      fail(Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT' }))
    }, timeoutMs)
    signal.addEventListener('abort', onAbort, { once: true })
    socket.once('error', fail)
    socket.once('connect', () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      socket.off('error', fail)
      resolve(socket)
    })
    if (signal.aborted) onAbort()
  })
}
