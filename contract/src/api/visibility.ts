// What happened, and what is happening.
import { z } from 'zod'
import { isInternal } from '../classification.ts'
import { decisionRecord, decisionSummary, verdicts } from '../decision.ts'
import { failingUpstream } from '../upstream-health.ts'
import { defineRoute, eventsOf, json } from '../route.ts'

const filter = {
  /** Principal by id, exact. */
  principal: z.string().max(256).optional(),
  application: z.string().max(256).optional(),
  verdict: z.enum(verdicts).optional(),
  /** `1` includes decisions about Countersign itself. */
  own: z.literal(['0', '1']).default('0'),
}

const decisionFilter = z.object(filter)
export type DecisionFilter = z.output<typeof decisionFilter>

const hourly = z.strictObject({
  /** Start of the hour, in milliseconds since the epoch. */
  at: z.int(),
  allow: z.int(),
  deny: z.int(),
  stepUp: z.int(),
})

export const visibilityApi = {
  decisions: defineRoute({
    method: 'GET',
    path: '/api/visibility/decisions',
    permission: 'visibility.read',
    summary: 'recorded decisions, newest first',
    query: z.object({
      ...filter,
      /** Decisions older than this id. */
      before: z.string().max(64).optional(),
      limit: z.coerce.number().int().min(1).max(500).default(50),
    }),
    output: json(
      z.strictObject({
        decisions: z.array(decisionSummary),
        next: isInternal(z.string()).optional(),
      }),
    ),
    problems: [],
  }),
  stream: defineRoute({
    method: 'GET',
    path: '/api/visibility/decisions/stream',
    permission: 'visibility.read',
    summary: 'decisions as they are recorded, as server-sent events',
    query: z.object(filter),
    output: eventsOf(decisionSummary),
    problems: [],
  }),
  decision: defineRoute({
    method: 'GET',
    path: '/api/visibility/decisions/:decision',
    permission: 'visibility.read',
    summary: 'one decision with everything it rested on',
    params: z.strictObject({ decision: z.string().max(64) }),
    output: json(
      z.strictObject({
        record: decisionRecord,
        /** Texts of the policies named in the record, from the release that decided. */
        policies: z.array(
          z.strictObject({
            id: isInternal(z.string()),
            text: isInternal(z.string()),
            annotations: isInternal(z.record(z.string(), z.string())),
          }),
        ),
      }),
    ),
    problems: ['visibility.decision_not_found'],
  }),
  overview: defineRoute({
    method: 'GET',
    path: '/api/visibility/overview',
    permission: 'visibility.read',
    summary: 'the organisation and its accesses in figures',
    output: json(
      z.strictObject({
        organisation: isInternal(z.string()),
        at: isInternal(z.int()),
        counts: isInternal(
          z.strictObject({
            people: z.int(),
            workloads: z.int(),
            groups: z.int(),
            devices: z.int(),
            applications: z.int(),
            hosts: z.int(),
            datasets: z.int(),
            sessions: z.int(),
            policies: z.int(),
            decisions: z.int(),
          }),
        ),
        release: isInternal(
          z.strictObject({ id: z.string(), number: z.int(), createdAt: z.int() }),
        ).optional(),
        gateways: isInternal(
          z.array(
            z.strictObject({
              id: z.string(),
              name: z.string(),
              sequence: z.int(),
              seenAt: z.int(),
              behind: z.int(),
              /** Applications that it found not to work, by id. */
              failing: z.array(failingUpstream),
            }),
          ),
        ),
        /** The last seven days, hour by hour, Countersign itself left out. */
        hours: isInternal(z.array(hourly)),
        /** Applications with most refusals in the last seven days. */
        refusedMost: isInternal(
          z.array(
            z.strictObject({
              application: z.string(),
              name: z.string(),
              deny: z.int(),
              total: z.int(),
            }),
          ),
        ),
      }),
    ),
    problems: [],
  }),
} as const
