// Somebody who cannot sign in as strongly as a tier asks, for a reason, with an owner, until a date.
import type { Person } from '@countersign/contract/documents'
import { uid } from '@countersign/contract/entities'
import type { Estate } from '@countersign/contract/estate'
import { z } from 'zod'

export const exclusionKind = 'mfa-exclusion'

/** The longest time an exclusion may last, in milliseconds. */
export const exclusionMaxAgeMs = 366 * 24 * 60 * 60_000

export const exclusionDocument = z.strictObject({
  id: z.string(),
  subject: z.strictObject({ kind: z.enum(['person', 'group']), id: z.string() }),
  owner: z.string(),
  reason: z.string(),
  since: z.int(),
  endsAt: z.int(),
})
export type Exclusion = z.infer<typeof exclusionDocument>

/** Whether an exclusion covers a person, now or in the past. */
export function covers(
  { subject, since, endsAt }: Exclusion,
  person: Person['id'],
  at: number,
  { entities }: Pick<Estate, 'entities'>,
): boolean {
  if (at < since || at >= endsAt) return false
  if (subject.kind === 'person') return subject.id === person
  const member = entities.find(uid('person', person))
  const whole = entities.find(uid('group', subject.id))
  return member !== undefined && whole !== undefined && entities.isIn(member, whole)
}
