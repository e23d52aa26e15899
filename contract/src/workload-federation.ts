// Whose tokens stand for a workload: those that another system, such as a cluster or a CI service,
// issues to it. Exact texts, all three, because a pattern that is too wide lets a stranger in.
import { z } from 'zod'
import { isInternal } from './classification.ts'

/** Who vouches for programs: the `iss` of their tokens, compared character by character. */
export const tokenIssuer = isInternal(
  z
    .string()
    .max(512)
    .regex(/^https?:\/\/[^\s?#@]+$/, 'an issuer such as `https://token.example.org`'),
)

export const workloadFederation = z.strictObject({
  issuer: tokenIssuer,
  /** The `sub` of its tokens. */
  subject: isInternal(z.string().min(1).max(512)),
  /** The one `aud` of its tokens; name us in it, so that no other service can use what it was shown. */
  audience: isInternal(z.string().min(1).max(512)),
})
export type WorkloadFederation = z.infer<typeof workloadFederation>

const federationsMaxItems = 16
export const workloadFederations = z.array(workloadFederation).max(federationsMaxItems)

/** Whether two say the same. */
export function isSameFederation(a: WorkloadFederation, b: WorkloadFederation): boolean {
  return a.issuer === b.issuer && a.subject === b.subject && a.audience === b.audience
}
