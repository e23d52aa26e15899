// The result of an audit, as it is written to a file and compared with later. Its JSON form is a
// contract with whoever keeps reports: a member may be added, none changes its meaning.
import type { CheckResult, Finding } from './finding.ts'
import type { Class } from './classify.ts'

export const auditSchema = 'countersign.identity-audit'
export const auditVersion = 1

export type Confidence = 'high' | 'medium' | 'low'

interface SourceSummary {
  readonly name: string
  readonly kind: string
  /** When the source was read, or when its export was made, in milliseconds since the epoch. */
  readonly readAt: number
  readonly accounts: number
  readonly groups: number
  readonly applications: number
  readonly people: number
}

/** One of the headline figures. `count` of `of`; a share is their quotient. */
export type Figure = {
  readonly id: string
  readonly title: string
  /** What is counted, and among what. */
  readonly definition: string
} & (
  | {
      readonly state: 'known'
      readonly count: number
      readonly of: number
      readonly isShare: boolean
      /** What was left out of the denominator, with how many. */
      readonly exclusions: readonly { readonly what: string; readonly count: number }[]
      readonly confidence: Confidence
      readonly because: string
      /** What was counted, by name, or `account in group`. */
      readonly listed: readonly string[]
    }
  | { readonly state: 'cannot-tell'; readonly missing: readonly string[] }
)

export interface AuditTotals {
  readonly accountsRead: number
  readonly accountsClassified: number
  readonly enabled: number
  readonly byClass: Readonly<Record<Class, number>>
  readonly byActivity: Readonly<Record<'active' | 'dormant' | 'cannot-tell' | 'never', number>>
  readonly privileged: number
}

export interface AuditReport {
  readonly schema: typeof auditSchema
  readonly version: typeof auditVersion
  /** The moment that ages are counted from, in milliseconds since the epoch. */
  readonly at: number
  readonly sources: readonly SourceSummary[]
  readonly totals: AuditTotals
  readonly figures: readonly Figure[]
  readonly checks: readonly CheckResult[]
  readonly findings: readonly Finding[]
  /** What the reader has to know about the sources. */
  readonly notes: readonly string[]
}
