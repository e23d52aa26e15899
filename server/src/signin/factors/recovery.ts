// The recovery of somebody who lost what they signed in with, as a machine of few states. Someone
// starts it, another person confirms to have recognised them, and after a wait a link opens. Any
// strong sign-in of the person stops it on the way: then nothing was lost, or it was not them.
import { isInternal } from '@countersign/contract/classification'
import { entityId } from '@countersign/contract/document-shapes'
import { type IdSource, newId } from '@countersign/contract/ids'
import { problem } from '@countersign/contract/problems'
import { z } from 'zod'

/** How long a recovery waits for the second person, in milliseconds. */
export const confirmationMaxAgeMs = 3 * 24 * 60 * 60_000

/** The kind of its document. The server's own: no gateway hears of it. */
export const recoveryKind = 'recovery'

const instant = isInternal(z.int().nonnegative())
const actor = isInternal(z.string().max(512))

export const recovery = z.strictObject({
  id: isInternal(z.string().max(64)),
  person: entityId,
  state: isInternal(z.enum(['started', 'confirmed', 'completed', 'cancelled', 'expired'])),
  startedAt: instant,
  startedBy: actor,
  /** The passkeys that are lost. */
  lost: z.array(z.strictObject({ id: isInternal(z.string()), name: z.string() })).max(32),
  endsAt: instant,
  confirmedAt: instant.optional(),
  confirmedBy: actor.optional(),
  /** When its link opens. */
  opensAt: instant.optional(),
  endedAt: instant.optional(),
  endedBy: actor.optional(),
})
export type Recovery = z.infer<typeof recovery>
type State = Recovery['state']

const moves: Readonly<Record<State, readonly State[]>> = {
  started: ['confirmed', 'cancelled', 'expired'],
  confirmed: ['completed', 'cancelled', 'expired'],
  completed: [],
  cancelled: [],
  expired: [],
}

/** A recovery that begins now. */
export function newRecovery(
  what: Pick<Recovery, 'person' | 'startedBy' | 'lost'>,
  source: IdSource,
): Recovery {
  const startedAt = source.now()
  return {
    ...what,
    id: newId('recovery', source),
    state: 'started',
    startedAt,
    endsAt: startedAt + confirmationMaxAgeMs,
  }
}

/** A recovery that a second person confirms now. The link may be used until `endsAt`. */
export function confirmed(
  before: Recovery,
  confirmedBy: string,
  {
    now,
    opensAt,
    endsAt,
  }: { readonly now: number; readonly opensAt: number; readonly endsAt: number },
): Recovery {
  const state = moved(before, 'confirmed', now)
  return { ...before, state, confirmedAt: now, confirmedBy, opensAt, endsAt }
}

/** A recovery that is over. */
export function ended(
  before: Recovery,
  state: 'completed' | 'cancelled' | 'expired',
  endedBy: string,
  now: number,
): Recovery {
  return { ...before, state: moved(before, state, now), endedAt: now, endedBy }
}

/** Whether it still goes on: not over, and not past its time. */
export function isUnderWay({ state, endsAt }: Recovery, now: number): boolean {
  return moves[state].length > 0 && now < endsAt
}

function moved(before: Recovery, to: State, now: number): State {
  if (moves[before.state].includes(to) && (to === 'expired' || now < before.endsAt)) return to
  throw problem('request.conflict', `this recovery is ${before.state}, so it cannot be ${to}`)
}
