// A judgement: the decision of the policies, what it means for whoever asked, and why.
import {
  type CompiledPolicies,
  decide,
  type DecideOptions,
  type Decision,
  type Query,
} from '@countersign/policy/engine'
import type { EntityStore } from '@countersign/policy/entities'
import { explain } from '@countersign/policy/explain'
import { DataError, type RecordJson, type ValueJson } from '@countersign/policy/json'
import type { EntityUid } from '@countersign/policy/syntax'
import { appliesTo } from './actions.ts'
import type { NearMiss, Verdict } from './decision.ts'
import {
  type Circumstances,
  contextOf,
  principalOf,
  type Subject,
  freshHardwareKey,
  freshPasskey,
  withFresh,
} from './request.ts'

/** What is asked: someone, an action, a resource, and the circumstances of the moment. */
export interface Question {
  readonly subject: Subject
  readonly action: string
  readonly resource: EntityUid
  readonly circumstances: Circumstances
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** An answer with everything it rested on. */
export interface Judgement {
  readonly verdict: Verdict
  readonly decision: Decision
  readonly principal: EntityUid
  readonly context: RecordJson
  readonly release: string
  readonly sequence: number
}

/** What a question is judged on. */
export interface Ground {
  readonly policies: CompiledPolicies
  readonly entities: EntityStore
  readonly options: DecideOptions
  /** Whether the person who asks has a hardware key; for anyone else it does not matter. */
  readonly hasHardwareKey: boolean
}

/** Judges a question. */
export function judgeOn(
  ground: Ground,
  { subject, action, resource, circumstances, now }: Question,
): Omit<Judgement, 'release' | 'sequence'> {
  const principal = principalOf(subject)
  const context = contextOf(subject, circumstances, now)
  const query = { principal, action: { type: 'Action', id: action }, resource, context }
  const decision = answer(ground, query)
  return { verdict: verdictOf(ground, subject, decision, query), decision, principal, context }
}

/** Whether policies could be asked at all; where they could not, the only error says why. */
export function isAnswerable({ effective }: Decision): boolean {
  return effective.errors[0]?.policy !== noPolicy
}

const nearMissesMaxCount = 32
const observationsMaxCount = 64
const conditionMaxCharacters = 8_192
const valueMaxCharacters = 2_048

/**
 * Why a refusal is one: what forbade it, what could not be evaluated, and each permit that was
 * near, with the first condition that failed. A forbid that did not hold had no part in it, and
 * neither had a policy that is only observed.
 */
export function nearMisses(
  { policies, entities }: Ground,
  { principal, context, decision }: Pick<Judgement, 'principal' | 'context' | 'decision'>,
  action: string,
  resource: EntityUid,
): readonly NearMiss[] {
  if (!isAnswerable(decision)) return []
  const observed = new Set(
    policies.policies.flatMap(({ binds, policy }) => (binds === 'no-one' ? policy.id : [])),
  )
  const determining = new Set(decision.effective.determining)
  const query = { principal, action: { type: 'Action', id: action }, resource, context }
  return explain(policies, entities, query)
    .filter(
      ({ policy, effect, outcome }) =>
        !observed.has(policy) &&
        (outcome === 'satisfied'
          ? determining.has(policy)
          : effect === 'permit' || outcome === 'errored'),
    )
    .slice(0, nearMissesMaxCount)
    .map(({ policy, effect, outcome, failing, observed: read = [] }) => ({
      policy,
      effect,
      outcome,
      ...(failing?.text === undefined
        ? {}
        : { condition: failing.text.slice(0, conditionMaxCharacters) }),
      observed: (failing?.observed ?? read)
        .slice(0, observationsMaxCount)
        .map(({ path, value }) => ({
          path,
          value: valueText(value).slice(0, valueMaxCharacters),
        })),
    }))
}

/** In place of a policy's id, for a question that no policy could be asked. */
const noPolicy = ''

// A question whose facts are missing or malformed is refused, and the refusal names them.
function answer({ policies, entities, options }: Ground, query: Query): Decision {
  try {
    return decide(policies, entities, query, options)
  } catch (error) {
    if (!(error instanceof DataError)) throw error
    const refusal = {
      effect: 'deny',
      determining: [],
      errors: [{ policy: noPolicy, message: error.message }],
    } as const
    return { effective: refusal, wouldBe: refusal }
  }
}

// A step-up is a refusal that nothing but a fresh, strong sign-in would turn.
function verdictOf(
  { policies, entities, options, hasHardwareKey }: Ground,
  subject: Subject,
  decision: Decision,
  query: Query & { readonly context: RecordJson },
): Verdict {
  // What an action is not made for is refused, however wide a policy is written.
  if (!isAnswerable(decision) || !appliesTo(query.action.id, query.principal.type)) return 'deny'
  if (decision.effective.effect === 'allow') return 'allow'
  if (subject.kind !== 'person') return 'deny'
  const signIns = hasHardwareKey ? [freshPasskey, freshHardwareKey] : [freshPasskey]
  const helps = signIns.some((signIn) => {
    const fresh = { ...query, context: withFresh(query.context, signIn) }
    return decide(policies, entities, fresh, options).effective.effect === 'allow'
  })
  return helps ? 'step-up' : 'deny'
}

/** A value as people read it; a fact that was not there is `absent`. */
function valueText(value: ValueJson | undefined): string {
  if (value === undefined) return 'absent'
  return JSON.stringify(value, (_, it: unknown) => (typeof it === 'bigint' ? it.toString() : it))
}
