// The end of an access is a decision like its beginning, and is on record like it.
import type { DecisionRecord } from '@countersign/contract/decision'
import type { Question } from '@countersign/contract/estate'
import { newId } from '@countersign/contract/ids'
import type { Gateway } from '#gateway'
import { toRecord } from './record.ts'

/**
 * Records the judgement that ended an open stream, and gives the record. Nothing is recorded where
 * nothing can be judged. Rejects where it cannot be written.
 */
export async function recordCut(
  question: Question,
  {
    facts,
    enrolment,
    decisions,
    clock,
    randomBytes,
  }: Pick<Gateway, 'facts' | 'enrolment' | 'decisions' | 'clock' | 'randomBytes'>,
): Promise<DecisionRecord | undefined> {
  const estate = facts.current
  if (!estate || !enrolment.current) return undefined
  const begun = clock.monotonicNs()
  const judgement = estate.judge(question)
  const record = toRecord({
    id: newId('decision', { now: clock.now, randomBytes }),
    gateway: enrolment.current.gateway,
    estate,
    question,
    judgement,
    application: estate.get('application', question.resource.id),
    tookNs: Number(clock.monotonicNs() - begun),
  })
  await decisions.append(record)
  return record
}
