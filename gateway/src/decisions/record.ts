// What is written of a decision: everything needed to read it later without a lookup, and to
// decide it again.
import type { DecisionRecord, Verdict } from '@countersign/contract/decision'
import type { Application } from '@countersign/contract/documents'
import type { Estate, Judgement, Question } from '@countersign/contract/estate'
import type { DecisionId } from '@countersign/contract/ids'
import type { Subject } from '@countersign/contract/request'

export interface RecordInput {
  readonly id: DecisionId
  readonly gateway: string
  readonly estate: Estate
  readonly question: Question
  readonly judgement: Judgement
  readonly application: Application | undefined
  readonly tookNs: number
}

/** The record of a judgement. Refusals carry their explanation. */
export function toRecord(input: RecordInput): DecisionRecord {
  const { id, gateway, estate, question, judgement, application, tookNs } = input
  const { verdict, decision, principal, context, release, sequence } = judgement
  const { subject, action, resource, now } = question
  const name = principalName(estate, subject)
  const remedies = estate.remedies(judgement, question)
  return {
    id,
    at: now,
    gateway,
    principal,
    ...(name === undefined ? {} : { principalName: name }),
    action,
    resource,
    ...(application === undefined ? {} : { resourceName: application.name }),
    verdict,
    effective: answerOf(decision.effective),
    wouldBe: answerOf(decision.wouldBe),
    explanation: isRefusal(verdict) ? [...estate.explain(judgement, action, resource)] : [],
    ...(remedies === undefined ? {} : { remedies }),
    context,
    ...(subject.kind === 'person' ? { session: subject.session.id } : {}),
    release,
    sequence,
    tookNs,
  }
}

function isRefusal(verdict: Verdict): boolean {
  return verdict !== 'allow'
}

function principalName(estate: Estate, subject: Subject): string | undefined {
  switch (subject.kind) {
    case 'person':
      return estate.get('person', subject.session.person)?.name
    case 'workload':
      return estate.get('workload', subject.id)?.name
    case 'anonymous':
      return undefined
  }
}

const policyNameMaxCharacters = 256
const messageMaxCharacters = 4_096
const policiesMaxCount = 10_000

function answerOf({
  effect,
  determining,
  errors,
}: Judgement['decision']['effective']): DecisionRecord['effective'] {
  return {
    effect,
    determining: determining
      .slice(0, policiesMaxCount)
      .map((policy) => policy.slice(0, policyNameMaxCharacters)),
    errors: errors.slice(0, policiesMaxCount).map(({ policy, message }) => ({
      policy: policy.slice(0, policyNameMaxCharacters),
      message: message.slice(0, messageMaxCharacters),
    })),
  }
}
