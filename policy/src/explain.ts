// Why: for each policy that concerns a question, whether it was satisfied, and if not, the first
// part that failed, where that part stands in the source and what values it saw.
import type { Policy, ScopeRule } from './ast.ts'
import type { Env } from './compile.ts'
import { environment } from './engine.ts'
import type { CompiledPolicies, Query } from './engine.ts'
import type { EntityStore } from './entities.ts'
import { observations } from './observe.ts'
import type { Observation } from './observe.ts'
import { ScopeIndex, ruleHolds } from './scope-index.ts'
import type { Span } from './syntax.ts'
import { clauseTerms, locate } from './terms.ts'
import type { ClauseTerms } from './terms.ts'
import { Failure } from './values.ts'

/** What one policy made of a question. */
export interface Explanation {
  readonly policy: string
  readonly effect: 'permit' | 'forbid'
  /** `not-applicable`: the scope speaks of something else. `failed`: a condition did not hold. */
  readonly outcome: 'satisfied' | 'not-applicable' | 'failed' | 'errored'
  /** The first part that did not hold, or could not be evaluated. */
  readonly failing?: FailingPart
}

export type { Observation } from './observe.ts'

export interface FailingPart {
  readonly kind: 'when' | 'unless' | 'scope'
  /** For `scope`, which part of it. */
  readonly part?: 'principal' | 'action' | 'resource'
  /** The source of the failing term, as far as it can be told apart. */
  readonly text?: string
  /** Where `text` stands in the policy's file. */
  readonly span?: Span
  /** Each fact that the failing term reads, as it was at that moment. */
  readonly observed: readonly Observation[]
  /** Why the term could not be evaluated. */
  readonly message?: string
}

export interface ExplainOptions {
  /** Paths whose values are withheld (`[redacted]`); a path covers everything below it. */
  readonly redact?: readonly string[]
  /** Also list policies whose scope speaks of something else. */
  readonly includeNotApplicable?: boolean
}

/**
 * Explains a question, one entry for each relevant policy in policy order: every policy whose action
 * and resource fit, so that a permit for someone else is shown as a near miss. Throws `DataError`.
 */
export function explain(
  policies: CompiledPolicies,
  entities: EntityStore,
  query: Query,
  options: ExplainOptions = {},
): Explanation[] {
  const env = environment(entities, query)
  const { index, terms } = preparationOf(policies)
  const all = options.includeNotApplicable === true
  const relevant = all ? policies.policies.keys() : index.candidates(env)
  const explanations: Explanation[] = []
  for (const order of relevant) {
    const compiled = policies.policies[order]
    if (compiled === undefined) continue
    const { policy } = compiled
    let clauses = terms.get(policy)
    if (clauses === undefined) terms.set(policy, (clauses = clauseTerms(policy)))
    explanations.push(explainPolicy(policy, clauses, env, options))
  }
  return explanations
}

/** What is needed to explain a policy set again and again: made when it is first explained. */
interface Preparation {
  /** Finds the policies whose action and resource fit, whoever the principal is. */
  readonly index: ScopeIndex
  readonly terms: Map<Policy, readonly ClauseTerms[]>
}

const preparations = new WeakMap<CompiledPolicies, Preparation>()

function preparationOf(policies: CompiledPolicies): Preparation {
  let preparation = preparations.get(policies)
  if (preparation === undefined) {
    const forAnyone = policies.policies.map(({ policy }) => {
      return { ...policy, principal: { kind: 'any' } } satisfies Policy
    })
    preparation = { index: new ScopeIndex(forAnyone), terms: new Map() }
    preparations.set(policies, preparation)
  }
  return preparation
}

function explainPolicy(
  policy: Policy,
  clauses: readonly ClauseTerms[],
  env: Env,
  options: ExplainOptions,
): Explanation {
  const head = { policy: policy.id, effect: policy.effect }
  const misfit = SCOPE_PARTS.find((part) => !ruleHolds(policy[part], env[part], env.store))
  if (misfit !== undefined) {
    return { ...head, outcome: 'not-applicable', failing: scopeFailure(policy, misfit, env) }
  }
  for (const clause of clauses) {
    const failing = explainClause(policy, clause, env, options)
    if (failing === undefined) continue
    return { ...head, outcome: failing.message === undefined ? 'failed' : 'errored', failing }
  }
  return { ...head, outcome: 'satisfied' }
}

// The principal comes last: a policy about this action and this resource is a near miss.
const SCOPE_PARTS = ['action', 'resource', 'principal'] as const

function scopeFailure(
  policy: Policy,
  part: 'principal' | 'action' | 'resource',
  env: Env,
): FailingPart {
  const entity = env[part]
  const value = { __entity: { type: entity.type, id: entity.id } }
  const text = scopeText(part, policy[part])
  return { kind: 'scope', part, text, observed: [{ path: part, value }] }
}

function scopeText(part: string, rule: ScopeRule): string {
  switch (rule.kind) {
    case 'any':
      return part
    case 'is':
      return `${part} is ${rule.type}`
    case 'equals':
      return `${part} == ${rule.entity.shown}`
    case 'in': {
      const groups = rule.entities.map((entity) => entity.shown)
      const shown = groups.length === 1 ? groups[0] : `[${groups.join(', ')}]`
      return `${part}${rule.type === undefined ? '' : ` is ${rule.type}`} in ${shown}`
    }
  }
}

function explainClause(
  policy: Policy,
  { kind, terms }: ClauseTerms,
  env: Env,
  options: ExplainOptions,
): FailingPart | undefined {
  for (const { expr, holds, place } of terms) {
    const result = holds(env)
    if (result === (kind === 'when')) continue
    const located = place === undefined ? {} : locate(policy, place)
    const observed = observations(expr, env, options.redact ?? [])
    if (typeof result === 'boolean') return { kind, ...located, observed }
    const message = result instanceof Failure ? result.message : 'a condition must be a bool'
    return { kind, ...located, observed, message }
  }
  return undefined
}
