// From an arrival to its end. Whatever happens in between, the client gets an answer or loses the
// connection; nothing hangs.
import { Problem } from '@countersign/contract/problems'
import type { Arrival, ExternalArrival } from './exchange.ts'
import { flow } from './flow.ts'
import type { Gateway } from './gateway.ts'
import { detailsOf, replyWithProblem } from './reply.ts'

/** What comes in on a connection of its own, so that there is an answer to give up. */
export type Connected = Exclude<Arrival, ExternalArrival>

/** Sends an arrival through the flow. Never rejects. */
export async function enter(arrival: Connected, gateway: Gateway): Promise<void> {
  // Writing to a client that has just gone is no mistake of ours; `close` tells.
  arrival.response.on('error', () => {})
  try {
    await flow.run(arrival, gateway)
  } catch (error) {
    if (!(error instanceof Problem)) {
      gateway.log.error({ err: error }, 'a request failed unexpectedly and was refused')
    }
    refuseSafely(arrival, error, gateway)
  }
}

function refuseSafely(arrival: Connected, error: unknown, { log, metrics }: Gateway): void {
  const details = detailsOf(error)
  metrics.answeredWithProblem(details.code)
  try {
    if (arrival.response.headersSent) arrival.response.destroy()
    else replyWithProblem(arrival, details)
  } catch (failure) {
    log.error({ err: failure }, 'a refusal could not be sent; the connection is closed')
    arrival.response.destroy()
  }
}

/** IPv4 in its own form also where it came through an IPv6 socket; without a zone. */
export function clientAddress(remote: string | undefined): string {
  if (remote !== undefined && !remote.includes(':')) return remote
  return (remote ?? '').replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
}
