// Two joined connections. Neither is read faster than the other takes, and the end of one is the
// end of both.
import type { Duplex } from 'node:stream'
import { closeFrame, type Closing, FrameTracker } from './frames.ts'
import { endFirmly } from './linger.ts'

export interface TunnelOptions {
  readonly client: Duplex
  readonly upstream: Duplex
  /** Without a byte in either direction. */
  readonly idleTimeoutMs: number
  readonly randomBytes: (count: number) => Uint8Array
}

/** A WebSocket between a client and an application. */
export class WebSocketTunnel {
  readonly #client: Duplex
  readonly #upstream: Duplex
  readonly #randomBytes: (count: number) => Uint8Array
  readonly #fromClient = new FrameTracker()
  readonly #fromUpstream = new FrameTracker()
  readonly #idle: NodeJS.Timeout
  /** Resolves when both sides are gone. */
  readonly ended: Promise<void>

  constructor({ client, upstream, idleTimeoutMs, randomBytes }: TunnelOptions) {
    this.#client = client
    this.#upstream = upstream
    this.#randomBytes = randomBytes
    this.#idle = setTimeout(() => this.#destroy(), idleTimeoutMs)
    this.#join(client, upstream, this.#fromClient)
    this.#join(upstream, client, this.#fromUpstream)
    this.ended = Promise.all([closed(client), closed(upstream)]).then(() =>
      clearTimeout(this.#idle),
    )
  }

  /** Gives the client what the application sent together with its handshake. */
  begin(head: Buffer): void {
    if (head.length === 0) return
    this.#fromUpstream.see(head)
    this.#client.write(head)
  }

  /** Ends both sides, each with a Close frame if it is between two frames, and then for good. */
  cut(why: Closing): void {
    this.#client.removeAllListeners('data').resume()
    this.#upstream.removeAllListeners('data').resume()
    if (this.#fromUpstream.isBetweenFrames) this.#client.write(closeFrame(why))
    if (this.#fromClient.isBetweenFrames) {
      this.#upstream.write(closeFrame(why, this.#randomBytes(4)))
    }
    endFirmly(this.#client)
    endFirmly(this.#upstream)
  }

  #join(from: Duplex, to: Duplex, tracker: FrameTracker): void {
    from.on('data', (chunk: Buffer) => {
      this.#idle.refresh()
      tracker.see(chunk)
      if (!to.write(chunk)) from.pause()
    })
    to.on('drain', () => from.resume())
    from.on('end', () => endFirmly(to))
    from.on('error', () => this.#destroy())
    from.on('close', () => endFirmly(to))
  }

  #destroy(): void {
    this.#client.destroy()
    this.#upstream.destroy()
  }
}

function closed(socket: Duplex): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve()
    else socket.once('close', () => resolve())
  })
}
