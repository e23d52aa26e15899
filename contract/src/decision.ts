// The record of one decision: who asked what, what was answered and why, and everything needed
// to decide it again. It is written before the answer takes effect.
import { z } from 'zod'
import { isInternal, isPersonal } from './classification.ts'
import { remedies } from './remedies.ts'

export const verdicts = ['allow', 'deny', 'step-up'] as const
/** `step-up` is a deny that a fresh or stronger sign-in would turn into an allow. */
export type Verdict = (typeof verdicts)[number]

const entityUid = z.strictObject({ type: z.string().max(64), id: z.string().max(256) })

const policyError = z.strictObject({ policy: z.string().max(256), message: z.string().max(4096) })

const answer = z.strictObject({
  effect: z.enum(['allow', 'deny']),
  /** Ids of the policies that determined the answer. */
  determining: z.array(z.string().max(256)).max(10_000),
  errors: z.array(policyError).max(10_000),
})

/** Why a policy that could have mattered did not hold, with what was seen. */
const nearMiss = z.strictObject({
  policy: z.string().max(256),
  effect: z.enum(['permit', 'forbid']),
  outcome: z.enum(['satisfied', 'not-applicable', 'failed', 'errored']),
  /** The first failing condition's source text. */
  condition: z.string().max(8192).optional(),
  observed: z
    .array(z.strictObject({ path: z.string().max(512), value: z.string().max(2048) }))
    .max(64),
})
export type NearMiss = z.infer<typeof nearMiss>

export const decisionRecord = z.strictObject({
  id: isInternal(z.string().max(64)),
  /** Milliseconds since the epoch. */
  at: isInternal(z.int().nonnegative()),
  /** The enforcement point that asked: a gateway's id, or `server` for administrative actions. */
  gateway: isInternal(z.string().max(64)),
  principal: isInternal(entityUid),
  /** The name the principal had then, so that a record reads without a lookup. */
  principalName: isPersonal(z.string().max(256)).optional(),
  action: isInternal(z.string().max(64)),
  resource: isInternal(entityUid),
  resourceName: isInternal(z.string().max(256)).optional(),
  verdict: isInternal(z.enum(verdicts)),
  effective: isInternal(answer),
  /** The answer if every policy were enforced, whatever its stage. */
  wouldBe: isInternal(answer),
  /** Near misses, for refusals. */
  explanation: isInternal(z.array(nearMiss).max(256)),
  /** What would have made a refusal of a person an allow. */
  remedies: remedies.optional(),
  /** The full Cedar context, facts with age and provenance. */
  context: isInternal(z.record(z.string(), z.unknown())),
  session: isInternal(z.string().max(64)).optional(),
  /** The release and the feed position it was decided with. */
  release: isInternal(z.string().max(64)),
  sequence: isInternal(z.int().nonnegative()),
  /** How long deciding took, in nanoseconds. */
  tookNs: isInternal(z.int().nonnegative()),
})
export type DecisionRecord = z.infer<typeof decisionRecord>

/** What a list shows of a decision. */
export const decisionSummary = decisionRecord
  .pick({
    id: true,
    at: true,
    gateway: true,
    principal: true,
    principalName: true,
    action: true,
    resource: true,
    resourceName: true,
    verdict: true,
  })
  .extend({
    method: isInternal(z.string().max(32)),
    path: isInternal(z.string().max(8192)),
    wouldBe: isInternal(z.enum(['allow', 'deny'])),
  })
export type DecisionSummary = z.infer<typeof decisionSummary>

// A schema is compiled when it is first used, so it is made once.
const requestLine = z.object({ method: z.string(), path: z.string() })

/** The summary of a full record. */
export function summarise(record: DecisionRecord): DecisionSummary {
  const {
    id,
    at,
    gateway,
    principal,
    principalName,
    action,
    resource,
    resourceName,
    verdict,
    context,
  } = record
  const request = requestLine.safeParse(context['request'])
  return {
    id,
    at,
    gateway,
    principal,
    ...(principalName === undefined ? {} : { principalName }),
    action,
    resource,
    ...(resourceName === undefined ? {} : { resourceName }),
    verdict,
    method: request.data?.method ?? '',
    path: request.data?.path ?? '',
    wouldBe: record.wouldBe.effect,
  }
}
