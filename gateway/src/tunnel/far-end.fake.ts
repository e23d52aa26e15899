// An application that speaks TCP, for tests: it keeps its connections and lets a test act on them.
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

export class FarEnd {
  readonly #server: Server
  readonly connections: Socket[] = []

  private constructor(server: Server) {
    this.#server = server
    server.on('connection', (socket) => {
      this.connections.push(socket)
      socket.on('error', () => {})
    })
  }

  /** Listens on a free port of loopback, or on this one. */
  static async open(port = 0): Promise<FarEnd> {
    const server = createServer({ allowHalfOpen: true })
    const end = new FarEnd(server)
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return end
  }

  get port(): number {
    // INVARIANT: it listens on TCP.
    return (this.#server.address() as AddressInfo).port
  }

  /** Answers every connection with what it sends. */
  echoes(): this {
    this.#server.on('connection', (socket) => socket.pipe(socket))
    return this
  }

  /** The connection that a tunnel opens next. */
  async next(): Promise<Socket> {
    const [socket] = (await once(this.#server, 'connection')) as [Socket]
    return socket
  }

  async close(): Promise<void> {
    for (const socket of this.connections) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
