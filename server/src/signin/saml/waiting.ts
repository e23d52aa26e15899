// A browser that posts to us from another site brings no cookie of ours (`SameSite=Lax`). So what it
// posts is checked and kept, and the browser is sent on to fetch it by a secret; then it has them.
import { z } from 'zod'
import { tokenHash } from '@countersign/contract/session'
import type { IdSource } from '@countersign/contract/ids'
import { newSecret } from '#signin/secrets'
import { samlQuestion } from './question.ts'

/** How long a verified answer waits for its browser, in milliseconds. */
export const arrivalMaxAgeMs = 60_000
/** How long a question waits for someone to sign in, in milliseconds. */
export const questionMaxAgeMs = 15 * 60_000

const arrival = z.strictObject({
  purpose: z.literal('arrival'),
  provider: z.string(),
  /** The request that it answers. */
  requestId: z.string(),
  /** What tells the journey that it ends (`RelayState`). */
  state: z.string(),
  subject: z.string(),
  /** The name in the subject, for the end of the session, as JSON. */
  nameId: z.string(),
  sid: z.string().optional(),
  acr: z.string().optional(),
  /** Milliseconds since the epoch. */
  authTime: z.int(),
  claims: z.record(z.string(), z.array(z.string())),
})

export const waitingBody = z.discriminatedUnion('purpose', [
  arrival,
  samlQuestion.extend({ purpose: z.literal('question') }),
])
export type WaitingBody = z.infer<typeof waitingBody>

export interface Waiting {
  /** SHA-256 of what only the browser has, in hex. */
  readonly id: string
  readonly body: WaitingBody
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/** Something to keep, and the secret that finds it again. */
export function newWaiting(
  body: WaitingBody,
  maxAgeMs: number,
  source: IdSource,
): { readonly waiting: Waiting; readonly secret: string } {
  const secret = newSecret(source)
  return { waiting: { id: tokenHash(secret), body, expiresAt: source.now() + maxAgeMs }, secret }
}
