// Which application answers is decided by the host alone, and policies are asked about exactly
// the application the request will reach.
import { problem } from '@countersign/contract/problems'
import type { Arrival, Informed, Routed, Understood } from '#exchange'

/** Adds the application of the host, or refuses a host that nobody serves. */
export function findApplication({ authority, estate }: Arrival & Understood & Informed): Routed {
  const application = estate.applicationAt(authority.name)
  if (!application || application.upstream === undefined) {
    throw problem('route.unknown_host', `no application answers at \`${authority.name}\``)
  }
  return { application }
}
