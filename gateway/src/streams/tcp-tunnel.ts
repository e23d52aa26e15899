// Two joined connections whose bytes nobody understands. Each direction ends by itself, neither is
// read faster than the other takes, and what ends before its time is torn off, so that nobody
// takes the stump for the whole.
import type { Socket } from 'node:net'

/** How a tunnel ended. `closed`: both directions came to their end. `broken`: one side was lost. */
export type TunnelEnd = 'closed' | 'broken' | 'idle' | 'expired' | 'access-ended' | 'stopping'

export interface TcpTunnelLimits {
  /** Without a byte in either direction, in milliseconds. */
  readonly idleTimeoutMs: number
  /** Without a byte once one direction has ended, in milliseconds. */
  readonly halfClosedTimeoutMs: number
  readonly maxAgeMs: number
}

export type Direction = 'to-application' | 'to-client'

export interface TcpTunnelOptions extends TcpTunnelLimits {
  readonly client: Socket
  readonly upstream: Socket
  /** Told of bytes as they pass. */
  readonly onBytes: (direction: Direction, bytes: number) => void
}

export class TcpTunnel {
  readonly #client: Socket
  readonly #upstream: Socket
  readonly #options: TcpTunnelOptions
  readonly #old: NodeJS.Timeout
  #idle: NodeJS.Timeout
  #why: TunnelEnd = 'closed'
  #isOver = false
  /** Resolves when both sides are gone. Never rejects. */
  readonly ended: Promise<TunnelEnd>

  constructor(options: TcpTunnelOptions) {
    const { client, upstream, idleTimeoutMs, maxAgeMs } = options
    this.#options = options
    this.#client = client
    this.#upstream = upstream
    this.#idle = setTimeout(() => this.end('idle'), idleTimeoutMs)
    this.#old = setTimeout(() => this.end('expired'), maxAgeMs)
    this.ended = Promise.all([closed(client), closed(upstream)]).then(() => {
      clearTimeout(this.#idle)
      clearTimeout(this.#old)
      return this.#why
    })
    this.#join(client, upstream, 'to-application')
    this.#join(upstream, client, 'to-client')
  }

  /** Tears both sides off now. The first reason counts. */
  end(why: Exclude<TunnelEnd, 'closed'>): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#why = why
    tearOff(this.#client)
    tearOff(this.#upstream)
  }

  #join(from: Socket, to: Socket, direction: Direction): void {
    const { onBytes } = this.#options
    from.on('data', (chunk: Buffer) => {
      this.#idle.refresh()
      onBytes(direction, chunk.length)
      if (!to.write(chunk)) from.pause()
    })
    to.on('drain', () => from.resume())
    from.on('end', () => {
      to.end()
      this.#halfClosed()
    })
    from.on('error', () => this.end('broken'))
    from.on('close', () => {
      // Closed without an end: what the other side has is not all there was to be.
      if (!from.readableEnded) this.end('broken')
    })
    // A connection that was lost before we listened says so to nobody else.
    if (from.destroyed) this.end('broken')
  }

  #halfClosed(): void {
    if (this.#isOver) return
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => this.end('idle'), this.#options.halfClosedTimeoutMs)
  }
}

/** A reset tells the peer that this is no proper end (RFC 9293 §3.10.7). TLS has none of its own. */
function tearOff(socket: Socket): void {
  if (socket.destroyed) return
  // Node cannot reset a connection while its end is on the way, and would never close it.
  const isEnding = socket.writableEnded && !socket.writableFinished
  if ('encrypted' in socket || isEnding) socket.destroy()
  else socket.resetAndDestroy()
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve()
    else socket.once('close', () => resolve())
  })
}
