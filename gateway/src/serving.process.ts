// Opening the gateway's listeners, and closing them so that what is in progress may finish.
import type { Server as HttpServer } from 'node:http'
import type { AddressInfo, Server, Socket } from 'node:net'
import type { Address } from '@countersign/contract/setting-value'
import { drainTimeoutMs } from './limits.ts'
import { StartFault } from './start-fault.ts'
import type { OpenStreams } from '#streams/open-streams'

/** Open connections of each listener; Node's own list leaves out those that became WebSockets. */
const connectionsOf = new WeakMap<Server, Set<Socket>>()

/** Listens. Rejects with `StartFault`, naming the setting to change. */
export function listen(server: Server, { host, port }: Address, setting: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: Error & { code?: string }) => {
      const why = error.code === 'EADDRINUSE' ? 'the port is taken' : error.message
      reject(
        new StartFault(
          `cannot listen on \`${host}:${port}\` (${why}): stop the program that uses it, or change ${setting}`,
        ),
      )
    })
    const connections = new Set<Socket>()
    connectionsOf.set(server, connections)
    server.on('connection', (connection: Socket) => {
      connections.add(connection)
      connection.once('close', () => connections.delete(connection))
    })
    server.listen(port, host, () => resolve())
  })
}

/** Where a listening server listens. */
export function addressOf(server: Server): AddressInfo {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not listening on TCP')
  return address
}

interface Drained {
  readonly server: HttpServer
  /** Tells connections that stay open by themselves to end. */
  readonly retire: () => void
}

/** Takes no more requests, and waits a bounded time for those in progress. */
export async function drain({ server, retire }: Drained, streams: OpenStreams): Promise<void> {
  const closed = closeServer(server)
  const connections = connectionsOf.get(server) ?? new Set()
  streams.stop()
  retire()
  const sweeping = setInterval(() => server.closeIdleConnections(), 50)
  const deadline = setTimeout(() => {
    for (const connection of connections) connection.destroy()
  }, drainTimeoutMs)
  await closed
  clearInterval(sweeping)
  clearTimeout(deadline)
}

/** Closes a server when its last connection has ended. */
export function closeServer(server: HttpServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeIdleConnections()
  })
}
