// The decision: fresh, every time, with the facts of this moment.
import { problem } from '@countersign/contract/problems'
import type { Arrival, Assembled, Informed, Judged } from '#exchange'
import type { Gateway } from '#gateway'

/** Adds the judgement. Whatever goes wrong while deciding is a refusal. */
export function decideAccess(
  { estate, question }: Arrival & Informed & Assembled,
  { clock, metrics, log }: Pick<Gateway, 'clock' | 'metrics' | 'log'>,
): Judged {
  const begun = clock.monotonicNs()
  try {
    const judgement = estate.judge(question)
    const tookNs = Number(clock.monotonicNs() - begun)
    metrics.decided(judgement.verdict, tookNs)
    return { judgement, tookNs }
  } catch (error) {
    log.error({ err: error }, 'a decision failed, so access is refused; report this with the log')
    throw problem('access.undecidable')
  }
}
