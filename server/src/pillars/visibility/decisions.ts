// Which decisions someone asked to see.
import { ownApplication } from '@countersign/contract/actions'
import type { DecisionFilter } from '@countersign/contract/api/visibility'
import type { DecisionRecord, DecisionSummary } from '@countersign/contract/decision'

/** Whether a summary fits a filter: the same question as `listDecisions`, for the live stream. */
export function fits(summary: DecisionSummary, filter: DecisionFilter): boolean {
  const { principal, application, verdict, own } = filter
  return (
    (principal === undefined || summary.principal.id === principal) &&
    (verdict === undefined || summary.verdict === verdict) &&
    (application === undefined ||
      (summary.resource.type === 'Application' && summary.resource.id === application)) &&
    (own === '1' || summary.resource.id !== ownApplication)
  )
}

/** The policies that a record names: those that determined it, failed in it, or came near. */
export function policiesNamed(record: DecisionRecord): ReadonlySet<string> {
  const { effective, wouldBe, explanation } = record
  return new Set([
    ...[effective, wouldBe].flatMap(({ determining, errors }) => [
      ...determining,
      ...errors.map(({ policy }) => policy),
    ]),
    ...explanation.map(({ policy }) => policy),
  ])
}
