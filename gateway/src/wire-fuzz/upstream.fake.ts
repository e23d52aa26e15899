// An application that writes down every byte it is sent, and answers each request it reads with
// what it understood.
import { createServer, type Server, type Socket } from 'node:net'
import { addressOf } from '#serving.process'
import { readRequests, type ReadRequest } from './reader.fake.ts'

/** Marks the answers of this application; the gateway has no reason to say it. */
export const echoHeader = 'x-echo'

export interface Connection {
  /** What came, one byte per character (latin1). */
  text: string
  answered: number
  isOpen: boolean
}

export class RecordingUpstream {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** Connections that carried something since `takeAway`, or are open. */
  #connections = new Set<Connection>()

  constructor() {
    this.#server = createServer((socket) => this.#serve(socket))
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${addressOf(this.#server).port}`
  }

  get openCount(): number {
    return this.#sockets.size
  }

  /** Requests whose heads came since the last time. */
  get headsCount(): number {
    const reads = [...this.#connections].map(({ text }) => readRequests(text))
    return reads.reduce(
      (sum, { requests, unfinished }) => sum + requests.length + (unfinished ? 1 : 0),
      0,
    )
  }

  /** Gives what was sent since the last time. */
  takeAway(): readonly Readonly<Connection>[] {
    const taken = [...this.#connections].filter(({ text }) => text !== '').map((it) => ({ ...it }))
    this.#connections = new Set([...this.#connections].filter(({ isOpen }) => isOpen))
    for (const connection of this.#connections) {
      connection.text = ''
      connection.answered = 0
    }
    return taken
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  #serve(socket: Socket): void {
    const connection: Connection = { text: '', answered: 0, isOpen: true }
    this.#connections.add(connection)
    this.#sockets.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => {
      connection.isOpen = false
      this.#sockets.delete(socket)
    })
    socket.on('data', (chunk: Buffer) => {
      connection.text += chunk.toString('latin1')
      const { requests } = readRequests(connection.text)
      for (const request of requests.slice(connection.answered)) socket.write(answerTo(request))
      connection.answered = requests.length
    })
  }
}

/** What the application understood of a request, in one line. */
export function echoOf({
  method,
  target,
  body,
}: Pick<ReadRequest, 'method' | 'target' | 'body'>): string {
  return JSON.stringify([method, target, body])
}

function answerTo(request: ReadRequest): Buffer {
  const echo = Buffer.from(echoOf(request), 'latin1').toString('base64')
  const head = `HTTP/1.1 200 OK\r\n${echoHeader}: ${echo}\r\ncontent-length: 2\r\n\r\n`
  return Buffer.from(request.method === 'HEAD' ? head : `${head}ok`)
}
