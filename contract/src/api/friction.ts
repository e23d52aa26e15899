// How often people are asked to sign in, and how well those sign-ins hold: figures that are
// computed from what is recorded, so that anybody can compute them again.
import { z } from 'zod'
import { isInternal, isPersonal } from '../classification.ts'
import { entityId, tiers } from '../document-shapes.ts'
import { defineRoute, json } from '../route.ts'
import { promptCauses } from './sessions.ts'

const count = isInternal(z.int().nonnegative())
const instant = isInternal(z.int().nonnegative())
const tier = isInternal(z.literal(tiers))
const period = z.object({ days: z.coerce.number().int().min(1).max(92).default(28) })

/** Prompts a workday, by the most critical tier that somebody used on it. */
const budget = z.strictObject({
  tiers: z.tuple([count, count, count, count]),
})
export type FrictionBudget = z.infer<typeof budget>
export const defaultBudget: FrictionBudget = { tiers: [8, 3, 1, 1] }

/** Figures of prompts on workdays. */
const spread = {
  workdays: count,
  prompts: count,
  p50: isInternal(z.number()),
  p95: isInternal(z.number()),
}

const satisfaction = {
  signIns: count,
  /** Proved with two factors, or with something that cannot be phished. */
  satisfied: count,
  phishingResistant: count,
}

const exclusion = z.strictObject({
  id: isInternal(z.string()),
  subject: z.strictObject({ kind: isInternal(z.enum(['person', 'group'])), id: entityId }),
  subjectName: isPersonal(z.string()),
  owner: entityId,
  ownerName: isPersonal(z.string()),
  reason: isInternal(z.string()),
  since: instant,
  endsAt: instant,
  /** Sign-ins of the period that it covers and that were not satisfied. */
  signIns: count,
})

export const frictionApi = {
  friction: defineRoute({
    method: 'GET',
    path: '/api/identity/friction',
    permission: 'identity.read',
    summary: 'how often people are asked to sign in on a workday, why, and who too often',
    query: period,
    output: json(
      z.strictObject({
        from: instant,
        to: instant,
        ...spread,
        mean: isInternal(z.number()),
        byCause: z.array(
          z.strictObject({
            cause: isInternal(z.enum(promptCauses)),
            tier: tier.optional(),
            prompts: count,
          }),
        ),
        /** By the most critical tier used on the workday. */
        byTier: z.array(z.strictObject({ tier, budget: count, ...spread, overBudget: count })),
        /** By day, oldest first. */
        trend: z.array(z.strictObject({ at: instant, people: count, prompts: count })),
        /** People who were asked more often than their budget on a workday at least. */
        peopleOverBudget: count,
        /** The worst fifty of them: those with most such workdays first. */
        overBudget: z.array(
          z.strictObject({
            person: entityId,
            name: isPersonal(z.string()),
            tier,
            budget: count,
            /** Workdays over the budget, and all of them. */
            workdaysOver: count,
            workdays: count,
            /** On the worst of them. */
            most: count,
          }),
        ),
        budget,
      }),
    ),
    problems: [],
  }),
  setFrictionBudget: defineRoute({
    method: 'PUT',
    path: '/api/identity/friction/budget',
    permission: 'identity.write',
    summary: 'change how often people may be asked on a workday, by tier',
    body: budget,
    output: json(budget),
    problems: [],
    event: 'identity.friction.budget-changed',
  }),
  coverage: defineRoute({
    method: 'GET',
    path: '/api/identity/coverage',
    permission: 'identity.read',
    summary: 'sign-ins that were strong, of all sign-ins: by tier, population, method and day',
    query: period,
    output: json(
      z.strictObject({
        from: instant,
        to: instant,
        ...satisfaction,
        /** Not satisfied, and covered by an exclusion. */
        excluded: count,
        people: z.strictObject({
          signedIn: count,
          /** All of whose sign-ins were satisfied. */
          alwaysSatisfied: count,
          /** All of whose sign-ins could not be phished. */
          alwaysPhishingResistant: count,
        }),
        byMethod: z.array(z.strictObject({ method: isInternal(z.string()), signIns: count })),
        /** By the tiers that were used in the session; a sign-in may count at several. */
        byTier: z.array(z.strictObject({ tier, ...satisfaction })),
        byPopulation: z.array(
          z.strictObject({ population: isInternal(z.string()), people: count, ...satisfaction }),
        ),
        /** By day, oldest first. */
        trend: z.array(z.strictObject({ at: instant, ...satisfaction })),
        exclusions: z.array(exclusion),
      }),
    ),
    problems: [],
  }),
  addExclusion: defineRoute({
    method: 'POST',
    path: '/api/identity/mfa-exclusions',
    permission: 'policies.release',
    summary:
      'exclude a person or group from the strength that tiers 1 to 3 ask for, until a date; makes a release',
    body: z.strictObject({
      subject: z.strictObject({ kind: isInternal(z.enum(['person', 'group'])), id: entityId }),
      owner: entityId,
      reason: isInternal(z.string().trim().min(1).max(1024)),
      endsAt: instant,
    }),
    output: json(z.strictObject({ id: isInternal(z.string()) })),
    problems: ['identity.exclusion_refused', 'policies.invalid'],
    event: 'identity.mfa-exclusion.put',
  }),
  endExclusion: defineRoute({
    method: 'DELETE',
    path: '/api/identity/mfa-exclusions/:exclusion',
    permission: 'policies.release',
    summary: 'end an exclusion before its date',
    params: z.strictObject({ exclusion: isInternal(z.string().min(1).max(64)) }),
    output: json(z.strictObject({})),
    problems: ['identity.not_found', 'policies.invalid'],
    event: 'identity.mfa-exclusion.ended',
  }),
} as const
