// What it takes to change what one signs in with. A factor is a way in that stays, so a stolen weak
// session must not leave one behind.
import type { Authentication } from '@countersign/contract/documents'
import { problem, type Problem } from '@countersign/contract/problems'

/** Changing factors needs a strong sign-in younger than this, in milliseconds. */
export const freshMaxAgeMs = 60 * 60_000
/** A recovery code opens the way to a new passkey for as long as this, in milliseconds. */
export const recoveryMaxAgeMs = 15 * 60_000

export interface Moment {
  readonly isDemo: boolean
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** Whether this sign-in is strong and fresh enough to change factors. */
export function mayChangeFactors(
  { method, phishingResistant, observedAt }: Authentication,
  { isDemo, now }: Moment,
): boolean {
  if (isDemo && method === 'persona') return true
  return phishingResistant && now - observedAt <= freshMaxAgeMs
}

/**
 * Whether this sign-in suffices to add a passkey. A password does not, also where there is no
 * passkey yet: whoever phished it would make something of it that nobody can phish. A link from an
 * administrator is the way then.
 */
export function mayAddPasskey(authentication: Authentication, moment: Moment): boolean {
  const { method, observedAt } = authentication
  return (
    mayChangeFactors(authentication, moment) ||
    (method === 'recovery-code' && moment.now - observedAt <= recoveryMaxAgeMs)
  )
}

/** What whoever may not is told. */
export function strongSignInNeeded(): Problem {
  return problem(
    'access.step_up_required',
    'sign in again with a passkey you have, before you change what you sign in with',
  )
}
