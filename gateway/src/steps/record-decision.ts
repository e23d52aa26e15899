// The record comes before the effect: this step waits until the decision is written, and where it
// cannot be, nothing happens.
import { newId } from '@countersign/contract/ids'
import type { Arrival, Assembled, Informed, Judged, Recorded, Routed } from '#exchange'
import type { Gateway } from '#gateway'
import { toRecord } from '#decisions/record'

/** Adds the decision's id and record. Rejects with `access.not_recorded`. */
export async function recordDecision(
  known: Arrival & Informed & Routed & Assembled & Judged,
  { decisions, clock, randomBytes }: Pick<Gateway, 'decisions' | 'clock' | 'randomBytes'>,
): Promise<Recorded> {
  const decision = newId('decision', { now: clock.now, randomBytes })
  const record = toRecord({ ...known, id: decision, gateway: known.enrolment.gateway })
  await decisions.append(record)
  return { decision, record }
}
