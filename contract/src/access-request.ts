// Asking for access: a refusal that a group's owner could turn becomes a question to that owner.
import { z } from 'zod'
import { isInternal, isPersonal } from './classification.ts'
import { entityId } from './document-shapes.ts'

/** A question that nobody answered is over after this long, in milliseconds. */
export const accessRequestMaxAgeMs = 14 * 86_400_000
/** The refusal that a question rests on is no older, in milliseconds. */
export const refusalMaxAgeMs = 86_400_000
/** Open questions of one person. */
export const openRequestsMaxCount = 20
/** Longest membership with an end, in milliseconds. */
export const membershipMaxAgeMs = 366 * 86_400_000

const instant = isInternal(z.int().nonnegative())
/** Why somebody asks, or answers as they do. */
export const accessReason = isPersonal(z.string().trim().min(1).max(1_000))

const accessAnswers = ['approved', 'declined', 'expired', 'withdrawn'] as const

/** One question: a person, a group, and how it was answered. The server keeps it. */
export const accessRequest = z.strictObject({
  id: isInternal(z.string().max(64)),
  person: entityId,
  group: entityId,
  /** The application that refused, and the decision with which it did. */
  application: entityId,
  decision: isInternal(z.string().max(64)),
  reason: accessReason,
  askedAt: instant,
  expiresAt: instant,
  answer: z
    .strictObject({
      kind: isInternal(z.enum(accessAnswers)),
      at: instant,
      /** Who answered; absent where time did. */
      by: entityId.optional(),
      reason: accessReason.optional(),
      /** When the membership ends; absent where it does not by itself. */
      endsAt: instant.optional(),
    })
    .optional(),
})
export type AccessRequest = z.infer<typeof accessRequest>

/** A membership that an owner gave. Where it has an end, it is taken back then. */
export const membership = z.strictObject({
  id: isInternal(z.string().max(64)),
  person: entityId,
  group: entityId,
  /** Who gave it, when, and on which question. */
  givenBy: entityId,
  givenAt: instant,
  request: isInternal(z.string().max(64)),
  endsAt: instant.optional(),
})
export type Membership = z.infer<typeof membership>
