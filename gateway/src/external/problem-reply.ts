// What a proxy is answered whose question could not be asked.
import type { ProblemCode } from '@countersign/contract/problems'
import { detailsOf, type Reply } from '#reply'

/** A problem as a reply; counted. */
export function problemReply(
  error: unknown,
  metrics: { answeredWithProblem(code: ProblemCode): void },
): Reply {
  const details = detailsOf(error)
  metrics.answeredWithProblem(details.code)
  return {
    status: details.status,
    headers: { 'content-type': 'application/problem+json', 'x-content-type-options': 'nosniff' },
    body: JSON.stringify(details),
  }
}
