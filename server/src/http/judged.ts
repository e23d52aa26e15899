// A question that the server itself asks its policies, and the record of the answer, which is kept
// before the answer takes effect.
import type { DecisionRecord, NearMiss, Verdict } from '@countersign/contract/decision'
import { type Estate, type Judgement, type Question } from '@countersign/contract/estate'
import { entityTypes } from '@countersign/contract/entities'
import { type IdSource, newId } from '@countersign/contract/ids'
import { problem } from '@countersign/contract/problems'
import type { Remedies } from '@countersign/contract/remedies'
import type { Subject } from '@countersign/contract/request'
import { meaningOf } from '#store/fault'

export interface JudgeOptions {
  readonly estate: Estate
  readonly ids: IdSource
  /** Keeps the record; resolves once it is kept. */
  readonly keep: (record: DecisionRecord) => Promise<void>
  /** A clock that only measures, in nanoseconds. */
  readonly clockNs: () => bigint
}

/** An answer, under the id that its record has if there is one. */
export interface Judged {
  readonly verdict: Verdict
  readonly id: string
  /** Near misses, for refusals. */
  readonly explanation: readonly NearMiss[]
  readonly remedies: Remedies | undefined
}

/**
 * Judges a question about an application with the facts of this moment.
 * @throws access.not_recorded where the answer must be recorded and cannot be.
 */
export async function judged(
  question: Question,
  { estate, ids, keep, clockNs }: JudgeOptions,
  { isRecorded }: { readonly isRecorded: boolean },
): Promise<Judged> {
  const { subject, action, resource, now } = question
  const startedNs = clockNs()
  const judgement = estate.judge(question)
  const tookNs = Number(clockNs() - startedNs)
  const explanation =
    judgement.verdict === 'allow' ? [] : estate.explain(judgement, action, resource)
  const remedies = estate.remedies(judgement, question)
  const id = newId('decision', ids)
  if (isRecorded) {
    await keepOrRefuse(keep, {
      id,
      at: now,
      gateway: 'server',
      ...principalName(estate, subject),
      ...recorded(judgement),
      action,
      resource,
      resourceName: nameOf(estate, resource),
      explanation: [...explanation],
      ...(remedies === undefined ? {} : { remedies }),
      tookNs,
    })
  }
  return { verdict: judgement.verdict, id, explanation, remedies }
}

function nameOf(estate: Estate, { type, id }: Question['resource']): string {
  const application = type === entityTypes.application ? estate.get('application', id) : undefined
  return application?.name ?? id
}

async function keepOrRefuse(keep: JudgeOptions['keep'], record: DecisionRecord): Promise<void> {
  try {
    await keep(record)
  } catch (error) {
    if (meaningOf(error) === 'unavailable') throw error
    throw Object.assign(problem('access.not_recorded'), { cause: error })
  }
}

function recorded(
  judgement: Judgement,
): Pick<
  DecisionRecord,
  'principal' | 'verdict' | 'effective' | 'wouldBe' | 'context' | 'release' | 'sequence'
> {
  const { principal, verdict, decision, context, release, sequence } = judgement
  return {
    principal,
    verdict,
    effective: answer(decision.effective),
    wouldBe: answer(decision.wouldBe),
    context,
    release,
    sequence,
  }
}

function answer({
  effect,
  determining,
  errors,
}: Judgement['decision']['effective']): DecisionRecord['effective'] {
  return { effect, determining: [...determining], errors: [...errors] }
}

function principalName(
  estate: Estate,
  subject: Subject,
): Pick<DecisionRecord, 'principalName' | 'session'> {
  switch (subject.kind) {
    case 'anonymous':
      return {}
    case 'person': {
      const name = estate.get('person', subject.session.person)?.name
      return { ...(name === undefined ? {} : { principalName: name }), session: subject.session.id }
    }
    case 'workload': {
      const name = estate.get('workload', subject.id)?.name
      return name === undefined ? {} : { principalName: name }
    }
  }
}
