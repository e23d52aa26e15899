// The moment a request is decided: by the same estate that gateways use, with the facts as they
// were then. The record is what a gateway would have written.
import type { AccessAction } from '@countersign/contract/actions'
import type { DecisionRecord } from '@countersign/contract/decision'
import { uid } from '@countersign/contract/entities'
import type { Estate, Judgement } from '@countersign/contract/estate'
import { newId } from '@countersign/contract/ids'
import type { Subject } from '@countersign/contract/request'
import type { SignInRecord } from '@countersign/contract/sign-in-record'
import type { Random } from '#organisation/random'
import type { Ask } from './places.ts'

/** Where decisions are made and written down. */
export interface Recorder {
  readonly estate: Estate
  readonly gateway: string
  readonly random: Random
  /** Nothing is decided at or after this moment, in milliseconds since the epoch. */
  readonly until: number
  readonly keep: (record: DecisionRecord) => void
  readonly signedIn: (record: SignInRecord) => void
}

export interface Visit {
  readonly at: number
  readonly subject: Subject
  readonly application: string
  readonly ask: Ask
  readonly address: string
}

/** Decides a visit and keeps its record. Undefined where the moment lies outside the recording. */
export function decideVisit(recorder: Recorder, visit: Visit): DecisionRecord | undefined {
  const { estate, gateway, random, until, keep } = recorder
  const { at, subject, ask, address } = visit
  const application = estate.get('application', visit.application)
  if (application === undefined || at >= until) return undefined
  const action: AccessAction = application.kind === 'api' ? 'invoke' : 'access'
  const resource = uid('application', application.id)
  const inside = address.startsWith('10.')
  const judgement = estate.judge({
    subject,
    action,
    resource,
    circumstances: {
      ...ask,
      host: application.hosts[0] ?? '',
      address,
      ...(inside ? { zone: { name: 'hospital', observedAt: at } } : {}),
    },
    now: at,
  })
  const name = nameOf(estate, subject)
  const record: DecisionRecord = {
    id: newId('decision', { now: () => at, randomBytes: (count) => random.bytes(count) }),
    at,
    gateway,
    principal: judgement.principal,
    ...(name === undefined ? {} : { principalName: name }),
    action,
    resource,
    resourceName: application.name,
    verdict: judgement.verdict,
    effective: answerOf(judgement.decision.effective),
    wouldBe: answerOf(judgement.decision.wouldBe),
    explanation:
      judgement.verdict === 'allow' ? [] : [...estate.explain(judgement, action, resource)],
    context: judgement.context,
    ...(subject.kind === 'person' ? { session: subject.session.id } : {}),
    release: judgement.release,
    sequence: judgement.sequence,
    tookNs: 1_500 + Math.floor(40_000 * random.fraction() ** 4),
  }
  keep(record)
  return record
}

function answerOf(answer: Judgement['decision']['effective']): DecisionRecord['effective'] {
  return {
    effect: answer.effect,
    determining: [...answer.determining],
    errors: answer.errors.map(({ policy, message }) => ({ policy, message })),
  }
}

function nameOf(estate: Estate, subject: Subject): string | undefined {
  switch (subject.kind) {
    case 'anonymous':
      return undefined
    case 'person':
      return estate.get('person', subject.session.person)?.name
    case 'workload':
      return estate.get('workload', subject.id)?.name
  }
}
