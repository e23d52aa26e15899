// A link with which one person registers one passkey. It is bound to them, short-lived and good for
// one use; it begins no session by itself, so there is nothing else that it could open.
import { isInternal } from '@countersign/contract/classification'
import { entityId } from '@countersign/contract/document-shapes'
import type { IdSource } from '@countersign/contract/ids'
import { tokenHash } from '@countersign/contract/session'
import { z } from 'zod'
import { newSecret } from '#signin/secrets'

/** How long a link may be used unless said otherwise, in milliseconds. */
export const enrolmentMaxAgeMs = 24 * 60 * 60_000

/** The kind of the document that is kept of a link. The server's own: no gateway hears of it. */
export const enrolmentKind = 'enrolment'

const instant = isInternal(z.int().nonnegative())
const actor = isInternal(z.string().max(512))

export const enrolment = z.strictObject({
  /** SHA-256 of the link's secret, in hex. */
  id: z.string().regex(/^[0-9a-f]{64}$/),
  person: entityId,
  /** The recovery it belongs to; absent for the first passkey of someone. */
  recovery: isInternal(z.string().max(64)).optional(),
  /** Whether a second administrator has to confirm it first. */
  waiting: isInternal(z.boolean()),
  issuedAt: instant,
  issuedBy: actor,
  confirmedBy: actor.optional(),
  opensAt: instant,
  endsAt: instant,
})
export type Enrolment = z.infer<typeof enrolment>

/** A new link's secret and what is kept of it. */
export function newEnrolment(
  what: Pick<Enrolment, 'person' | 'recovery' | 'waiting' | 'issuedBy'>,
  { opensAt, validMs }: { readonly opensAt: number; readonly validMs: number },
  source: IdSource,
): { readonly secret: string; readonly document: Enrolment } {
  const secret = newSecret(source)
  const issuedAt = source.now()
  return {
    secret,
    document: { ...what, id: tokenHash(secret), issuedAt, opensAt, endsAt: opensAt + validMs },
  }
}

/** Whether a link lets someone in at this moment. */
export function isUsable({ waiting, opensAt, endsAt }: Enrolment, now: number): boolean {
  return !waiting && opensAt <= now && now < endsAt
}

/** The link as it is shown, once. A fragment is never sent, so the secret stays out of every log. */
export function enrolmentUrl(publicUrl: URL, secret: string): string {
  return `${publicUrl.origin}/signin/enrol#${secret}`
}
