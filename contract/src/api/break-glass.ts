// Accounts of the last resort: which there are, how each stands, and what became of their use.
import { z } from 'zod'
import { isInternal, isPersonal } from '../classification.ts'
import { entityId } from '../document-shapes.ts'
import { defineRoute, json } from '../route.ts'

const instant = isInternal(z.int().nonnegative())
const useId = isInternal(z.string().min(1).max(64))

/** What is wrong with them. */
const breakGlassFindings = [
  'too-few',
  'no-way-in',
  'weak-method',
  'daily-method',
  'federated',
  'not-present',
  'drill-overdue',
  'use-not-acknowledged',
] as const
export type BreakGlassFinding = (typeof breakGlassFindings)[number]

const use = z.strictObject({
  id: useId,
  person: entityId,
  session: isInternal(z.string()),
  at: instant,
  method: isInternal(z.string()),
  /** The identity provider elsewhere that saw it; absent where it happened here. */
  provider: isInternal(z.string()).optional(),
  /** Whether it was declared a drill beforehand. */
  isDrill: isInternal(z.boolean()),
  acknowledged: z
    .strictObject({
      by: isInternal(z.string()),
      at: instant,
      postMortem: isInternal(z.string()),
    })
    .optional(),
})

export const breakGlassApi = {
  breakGlass: defineRoute({
    method: 'GET',
    path: '/api/identity/break-glass',
    permission: 'identity.read',
    summary: 'the accounts of the last resort, their uses, and what is wrong with them',
    output: json(
      z.strictObject({
        accounts: z.array(
          z.strictObject({
            person: entityId,
            name: isPersonal(z.string()),
            since: instant,
            /** The ways in that are registered for it. */
            methods: isInternal(z.array(z.string())),
            lastDrillAt: instant.optional(),
            /** A drill that was declared and not made yet. */
            drillDeclaredUntil: instant.optional(),
          }),
        ),
        /** Newest first, of the last year. */
        uses: z.array(use),
        /** Most pressing first. */
        findings: z.array(
          z.strictObject({
            kind: isInternal(z.enum(breakGlassFindings)),
            person: entityId.optional(),
            use: useId.optional(),
            /** What is wrong, and what to do. */
            words: isInternal(z.string()),
          }),
        ),
      }),
    ),
    problems: [],
  }),
  addBreakGlass: defineRoute({
    method: 'PUT',
    path: '/api/identity/break-glass/:person',
    permission: 'identity.write',
    summary: 'make an account one of the last resort',
    params: z.strictObject({ person: entityId }),
    body: z.strictObject({}),
    output: json(z.strictObject({})),
    problems: ['identity.not_found'],
    event: 'identity.person.put',
  }),
  removeBreakGlass: defineRoute({
    method: 'DELETE',
    path: '/api/identity/break-glass/:person',
    permission: 'identity.write',
    summary: 'make it an ordinary account again',
    params: z.strictObject({ person: entityId }),
    output: json(z.strictObject({})),
    problems: ['identity.not_found'],
    event: 'identity.person.put',
  }),
  declareDrill: defineRoute({
    method: 'POST',
    path: '/api/identity/break-glass/:person/drill',
    permission: 'identity.write',
    summary: 'declare that the next sign-in within a day is a drill',
    params: z.strictObject({ person: entityId }),
    body: z.strictObject({}),
    output: json(z.strictObject({ until: instant })),
    problems: ['identity.not_found'],
    event: 'identity.break-glass.drill-declared',
  }),
  acknowledgeUse: defineRoute({
    method: 'POST',
    path: '/api/identity/break-glass/uses/:use/acknowledgement',
    permission: 'identity.write',
    summary: 'say what a use was about; somebody else than who used it',
    params: z.strictObject({ use: useId }),
    body: z.strictObject({
      /** What happened, and what follows from it. */
      postMortem: isInternal(z.string().trim().min(20).max(16_384)),
    }),
    output: json(use),
    problems: ['identity.not_found', 'identity.break_glass_own', 'request.conflict'],
    event: 'identity.break-glass.acknowledged',
  }),
} as const
