// Bulk import: how a generated organisation, a restore or a migration arrives.
import { z } from 'zod'
import { isInternal } from '../classification.ts'
import { decisionRecord } from '../decision.ts'
import { anyDocument } from '../documents.ts'
import { defineRoute, json } from '../route.ts'
import { signInRecord } from '../sign-in-record.ts'

/** Most lines in one import call; a larger one goes in several. */
export const importMaxLines = 5_000

const importLine = z.union([
  anyDocument,
  z.strictObject({ kind: z.literal('decision'), document: decisionRecord }),
  z.strictObject({ kind: z.literal('sign-in'), document: signInRecord }),
])
export type ImportLine = z.infer<typeof importLine>

export const automationApi = {
  import: defineRoute({
    method: 'POST',
    path: '/api/automation/import',
    permission: 'automation.import',
    summary: 'add or change many documents at once, all or nothing',
    body: z.strictObject({ lines: z.array(importLine).max(importMaxLines) }),
    bodyMaxBytes: 64 * 1024 * 1024,
    output: json(
      z.strictObject({
        changed: isInternal(z.int()),
        decisions: isInternal(z.int()),
        signIns: isInternal(z.int()),
        sequence: isInternal(z.int()),
      }),
    ),
    problems: ['automation.import_invalid'],
  }),
} as const
