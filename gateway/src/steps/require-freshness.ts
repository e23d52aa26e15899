// Facts that nobody has confirmed for too long are not facts. How long that is depends on what
// could be lost: the more critical an application, the sooner it closes.
import { problem } from '@countersign/contract/problems'
import type { Arrival, Routed } from '#exchange'
import type { Gateway } from '#gateway'

/** Refuses where the facts are too old for the tier of the application. */
export function requireFreshness(
  {
    application,
    now,
  }: Pick<Arrival, 'now'> & { readonly application: Pick<Routed['application'], 'tier'> },
  { facts }: Pick<Gateway, 'facts'>,
): void {
  if (!facts.isStale(now, application.tier)) return
  throw problem(
    'access.stale',
    `the control plane was last heard ${Math.round(facts.ageMs(now) / 1000)} seconds ago, which is too long for an application of tier ${application.tier}`,
  )
}
