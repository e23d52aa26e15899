// Requests on one connection enter one after another: a client may send the next before it has the
// answer, but what it means by it can depend on that answer, which may be the connection's last.
import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { pipelinedMaxCount } from './limits.ts'

/** Answers that are awaited or in progress, by connection. */
const awaited = new WeakMap<Duplex, Set<ServerResponse>>()

/** The answers that are awaited or in progress on a connection, in the order of the requests. */
export function awaitedOn(connection: Duplex): readonly ServerResponse[] {
  return [...(awaited.get(connection) ?? [])]
}

/** Notes that an answer is in progress on its connection, until it is closed. */
export function awaitAnswer(response: ServerResponse): void {
  const connection = response.req.socket
  const others = awaited.get(connection) ?? new Set()
  awaited.set(connection, others.add(response))
  response.once('close', () => others.delete(response))
}

/**
 * Calls `begin` when all earlier answers on the connection are whole; never if the connection ends
 * with one of them.
 */
export function inTurn(response: ServerResponse, begin: () => void): void {
  const connection = response.req.socket
  const earlier = awaitedOn(connection)
  awaitAnswer(response)
  if (earlier.length >= pipelinedMaxCount) connection.destroy()
  const beginUnlessEnded = (): void => {
    if (connection.writable && !response.destroyed) begin()
  }
  const previous = earlier.at(-1)
  if (previous) previous.once('close', beginUnlessEnded)
  else beginUnlessEnded()
}
