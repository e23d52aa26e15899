// A WebAuthn challenge proves that an answer was made now, for us, and for this purpose. It is
// kept on our side, so it can be used once; a client only names it.
import { tokenHash } from '@countersign/contract/session'
import type { IdSource } from '@countersign/contract/ids'
import { z } from 'zod'
import { newSecret } from './secrets.ts'

/** How long a challenge may be answered, in milliseconds. */
export const challengeMaxAgeMs = 5 * 60_000

/** What a challenge was issued for, with what its answer will need. */
export const boundTo = z.discriminatedUnion('purpose', [
  /** Signing in with a passkey that is registered. */
  z.strictObject({ purpose: z.literal('signin') }),
  /** Registering the first administrator's passkey with the setup link of this hash. */
  z.strictObject({
    purpose: z.literal('link'),
    link: z.string(),
    name: z.string(),
    userHandle: z.string(),
  }),
  /** Registering a passkey within this session. */
  z.strictObject({ purpose: z.literal('passkey'), session: z.string(), userHandle: z.string() }),
  /** Registering a passkey with the enrolment link of this hash. */
  z.strictObject({ purpose: z.literal('enrol'), link: z.string(), userHandle: z.string() }),
])
export type BoundTo = z.infer<typeof boundTo>
export type Purpose = BoundTo['purpose']

/** What is kept of a challenge. */
export interface KeptChallenge {
  /** SHA-256 of the challenge, in hex. */
  readonly id: string
  readonly bound: BoundTo
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/** A challenge for the browser, and what to keep of it. */
export function newChallenge(
  bound: BoundTo,
  source: IdSource,
): { readonly challenge: string; readonly kept: KeptChallenge } {
  const challenge = newSecret(source)
  const expiresAt = source.now() + challengeMaxAgeMs
  return { challenge, kept: { id: tokenHash(challenge), bound, expiresAt } }
}

/** What the challenge was bound to, if it was issued for this purpose and is not too old. */
export function accepted<P extends Purpose>(
  kept: KeptChallenge | undefined,
  purpose: P,
  now: number,
): Extract<BoundTo, { readonly purpose: P }> | undefined {
  return kept && kept.expiresAt > now && hasPurpose(kept.bound, purpose) ? kept.bound : undefined
}

function hasPurpose<P extends Purpose>(
  bound: BoundTo,
  purpose: P,
): bound is Extract<BoundTo, { readonly purpose: P }> {
  return bound.purpose === purpose
}
