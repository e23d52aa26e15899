// A port of this machine, each of whose connections becomes a tunnel.
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { Address } from '@countersign/contract/setting-value'
import { Failure } from '#failure'
import { tearOff } from './join.ts'

export interface Listening {
  readonly address: AddressInfo
  /** Takes no more connections, and ends those there are. */
  close(): Promise<void>
}

/** Beyond it, connections are refused until others end. */
const connectionsMaxCount = 1_000

/** Listens, and hands over each connection, which waits until it is read. */
export async function listenAt(
  { host, port }: Address,
  onConnection: (socket: Socket) => void,
): Promise<Listening> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true })
  server.maxConnections = connectionsMaxCount
  const connections = new Set<Socket>()
  server.on('connection', (socket) => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
    // The join tells of it; without a listener an error would end the process.
    socket.on('error', () => {})
    onConnection(socket)
  })
  await begin(server, { host, port })
  // INVARIANT: it listens on TCP.
  const address = server.address() as AddressInfo
  return {
    address,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of connections) tearOff(socket)
      await closed
    },
  }
}

function begin(server: Server, { host, port }: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: Error & { code?: string }) => {
      const isTaken = error.code === 'EADDRINUSE'
      reject(
        new Failure(
          isTaken ? 'inUse' : 'usage',
          `cannot listen on \`${host}:${port}\` (${error.code ?? error.message})`,
          isTaken ? 'name another port with `--listen`, or none for a free one' : undefined,
        ),
      )
    })
    server.listen({ host, port }, () => resolve())
  })
}
