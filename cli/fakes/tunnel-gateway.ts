// A gateway as `countersign connect` sees it: sign-in, questions and tunnels, each as a test wants it.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net'
import { tearOff } from '#connect/join'

export interface Asked {
  readonly authority: string
  readonly token: string | undefined
}

export type Verdict =
  | { readonly kind: 'open' }
  | { readonly kind: 'refuse'; readonly status: number; readonly problem: object }

export class TunnelGateway implements AsyncDisposable {
  readonly #server: Server
  readonly #application = createTcpServer({ allowHalfOpen: true })
  readonly asked: Asked[] = []
  /** The tokens it has given. */
  readonly given: string[] = []
  readonly ended: string[] = []
  readonly joined: Socket[] = []
  /** How programs' questions are answered until the last, which grants. */
  polls: (object | number)[] = []
  begun = 0
  verdict: (asked: Asked) => Verdict = ({ token }) =>
    token !== undefined && this.given.includes(token)
      ? { kind: 'open' }
      : {
          kind: 'refuse',
          status: 407,
          problem: { code: 'access.sign_in_required', status: 407, title: 'nobody is signed in' },
        }
  /** What it says of how a tunnel ended. */
  ending: object | undefined
  tunnels: readonly object[] = []

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy())
    })
    this.#server.on('connect', (request, socket: Socket) => this.#join(request, socket))
  }

  /** `onConnection` is the application at the end of its tunnels. */
  static async open(onConnection: (socket: Socket) => void): Promise<TunnelGateway> {
    const gateway = new TunnelGateway()
    gateway.#application.on('connection', (socket) => {
      socket.on('error', () => {})
      gateway.joined.push(socket)
      onConnection(socket)
    })
    for (const server of [gateway.#server, gateway.#application]) {
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
    }
    return gateway
  }

  get url(): string {
    return `http://countersign.localhost:${portOf(this.#server)}`
  }

  /** Cuts every tunnel, as when an access ends. */
  cut(): void {
    for (const socket of this.joined.splice(0)) tearOff(socket)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    this.#server.closeAllConnections()
    await Promise.all([
      new Promise((resolve) => this.#server.close(resolve)),
      new Promise((resolve) => this.#application.close(resolve)),
    ])
  }

  #join(request: IncomingMessage, socket: Socket): void {
    socket.on('error', () => {})
    const token = /^Bearer (.*)$/.exec(request.headers['proxy-authorization'] ?? '')?.[1]
    const asked = { authority: request.url ?? '', token }
    this.asked.push(asked)
    const verdict = this.verdict(asked)
    if (verdict.kind === 'refuse') {
      const body = JSON.stringify(verdict.problem)
      socket.end(
        `HTTP/1.1 ${verdict.status} Refused\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      )
      return
    }
    const upstream = connect({
      port: portOf(this.#application),
      host: '127.0.0.1',
      allowHalfOpen: true,
    })
    upstream.on('error', () => socket.destroy())
    this.joined.push(socket, upstream)
    socket.write(`HTTP/1.1 200 Connected\r\ncountersign-decision: dec_${this.asked.length}\r\n\r\n`)
    socket.pipe(upstream)
    upstream.pipe(socket)
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part)
    const path = request.url ?? ''
    if (path === '/api/signin/device') {
      this.begun++
      return json(response, 200, {
        deviceCode: 'd'.repeat(43),
        userCode: 'BCDF-GHJK',
        verificationUrl: `${this.url}/connect`,
        verificationUrlComplete: `${this.url}/connect?code=BCDF-GHJK`,
        expiresInSeconds: 600,
        intervalSeconds: 5,
      })
    }
    if (path === '/api/signin/device/token') {
      const next = this.polls.shift()
      if (typeof next === 'number') return json(response, next, {})
      if (next !== undefined) return json(response, 'status' in next ? 403 : 200, next)
      const token = String(this.given.length).padEnd(43, 't')
      this.given.push(token)
      return json(response, 200, { kind: 'granted', token, endsAt: farFuture, name: 'Ada' })
    }
    if (path === '/api/signin/device/end') {
      const { token } = JSON.parse(Buffer.concat(parts).toString()) as { token: string }
      this.ended.push(token)
      return json(response, 200, {})
    }
    if (path === '/.countersign/tunnels') return json(response, 200, { tunnels: this.tunnels })
    if (path.startsWith('/.countersign/tunnels/') && this.ending) {
      return json(response, 200, this.ending)
    }
    return json(response, 404, {})
  }
}

const farFuture = 8_000_000_000_000

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

function portOf(server: { address(): ReturnType<Server['address']> }): number {
  // INVARIANT: it listens on TCP.
  return (server.address() as AddressInfo).port
}
