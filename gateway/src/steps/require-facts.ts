// Without facts there is nothing to decide with, and facts that nobody has confirmed for too long
// are not facts: then everything is refused.
import { problem } from '@countersign/contract/problems'
import type { Arrival, Informed } from '#exchange'
import type { Gateway } from '#gateway'

/** Adds the estate, or refuses where there is none or it is stale. */
export function requireFacts(
  { now }: Arrival,
  { facts, enrolment }: Pick<Gateway, 'facts' | 'enrolment'>,
): Informed {
  const estate = facts.current
  if (!estate || !enrolment.current) {
    throw problem(
      'access.stale',
      'the gateway has not received anything from the control plane yet',
    )
  }
  if (facts.isStale(now)) {
    throw problem(
      'access.stale',
      `the control plane was last heard ${Math.round(facts.ageMs(now) / 1000)} seconds ago`,
    )
  }
  return { estate, enrolment: enrolment.current }
}
