// Without facts there is nothing to decide with.
import { problem } from '@countersign/contract/problems'
import type { Informed } from '#exchange'
import type { Gateway } from '#gateway'

/** Adds the estate, or refuses where there is none yet. */
export function requireFacts(
  _: unknown,
  { facts, enrolment }: Pick<Gateway, 'facts' | 'enrolment'>,
): Informed {
  const estate = facts.current
  if (!estate || !enrolment.current) {
    throw problem(
      'access.stale',
      'the gateway has not received anything from the control plane yet',
    )
  }
  return { estate, enrolment: enrolment.current }
}
