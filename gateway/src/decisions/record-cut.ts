// The end of an access is a decision like its beginning, and is on record like it.
import type { Question } from '@countersign/contract/estate'
import { newId } from '@countersign/contract/ids'
import type { Gateway } from '#gateway'
import { toRecord } from './record.ts'

/** Records the judgement that ended an open stream. Nothing is recorded where nothing can be judged. */
export async function recordCut(
  question: Question,
  {
    facts,
    enrolment,
    decisions,
    clock,
    randomBytes,
  }: Pick<Gateway, 'facts' | 'enrolment' | 'decisions' | 'clock' | 'randomBytes'>,
): Promise<void> {
  const estate = facts.current
  if (!estate || !enrolment.current) return
  const begun = clock.monotonicNs()
  const judgement = estate.judge(question)
  await decisions.append(
    toRecord({
      id: newId('decision', { now: clock.now, randomBytes }),
      gateway: enrolment.current.gateway,
      estate,
      question,
      judgement,
      application: estate.get('application', question.resource.id),
      tookNs: Number(clock.monotonicNs() - begun),
    }),
  )
}
