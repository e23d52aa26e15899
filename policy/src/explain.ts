// Why: for each policy that concerns a question, whether it was satisfied, and if not, the first
// part that failed, where that part stands in the source and what values it saw.
import type { Env } from './compile.ts'
import { environment } from './engine.ts'
import type { CompiledPolicies, Query } from './engine.ts'
import type { EntityStore } from './entities.ts'
import { ExplainedPolicies } from './explained-policy.ts'
import type { ExplainedPolicy, ExplainedTerm, ScopePart } from './explained-policy.ts'
import { observe, shown } from './observe.ts'
import type { Observation } from './observe.ts'
import { ruleHolds } from './scope-index.ts'
import type { Span } from './syntax.ts'
import { Failure } from './values.ts'

/** What one policy made of a question. */
export interface Explanation {
  readonly policy: string
  readonly effect: 'permit' | 'forbid'
  /** `not-applicable`: the scope speaks of something else. `failed`: a condition did not hold. */
  readonly outcome: 'satisfied' | 'not-applicable' | 'failed' | 'errored'
  /** The first part that did not hold, or could not be evaluated. */
  readonly failing?: FailingPart
  /** The facts that the conditions of a satisfied forbid read, each once. */
  readonly observed?: readonly Observation[]
}

export type { Observation } from './observe.ts'

export interface FailingPart {
  readonly kind: 'when' | 'unless' | 'scope'
  /** For `scope`, which part of it. */
  readonly part?: ScopePart
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
  const asked = new Asked(env, options.redact ?? [])
  const explained = explainedPoliciesOf(policies)
  const fitting = policies.index.candidates(env)
  const near = explained.forAnyone.candidates(env)
  const explanations: Explanation[] = []
  let fits = 0
  let nears = 0
  for (const order of options.includeNotApplicable === true ? policies.policies.keys() : near) {
    const policy = explained.at(order)
    const isNear = near[nears] === order
    if (isNear) nears += 1
    if (fitting[fits] === order) {
      fits += 1
      explanations.push(explainConditions(policy, asked))
    } else {
      explanations.push(explainMisfit(policy, isNear ? 'principal' : undefined, asked))
    }
  }
  return explanations
}

const prepared = new WeakMap<CompiledPolicies, ExplainedPolicies>()

function explainedPoliciesOf(policies: CompiledPolicies): ExplainedPolicies {
  let explained = prepared.get(policies)
  if (explained === undefined) prepared.set(policies, (explained = new ExplainedPolicies(policies)))
  return explained
}

/** A question under explanation, with what many policies will say about it. */
class Asked {
  readonly env: Env
  readonly redact: readonly string[]
  readonly #scopes = new Map<ScopePart, readonly Observation[]>()

  constructor(env: Env, redact: readonly string[]) {
    this.env = env
    this.redact = redact
  }

  /** Who or what a part of the scope was compared with. */
  observed(part: ScopePart): readonly Observation[] {
    let observed = this.#scopes.get(part)
    if (observed === undefined) {
      const { type, id } = this.env[part]
      const value = shown(part, { __entity: { type, id } }, this.redact)
      this.#scopes.set(part, (observed = [{ path: part, value }]))
    }
    return observed
  }
}

function explainMisfit(
  explained: ExplainedPolicy,
  known: ScopePart | undefined,
  asked: Asked,
): Explanation {
  const { id, effect, policy } = explained
  const { action, store } = asked.env
  const part = known ?? (ruleHolds(policy.action, action, store) ? 'resource' : 'action')
  return {
    policy: id,
    effect,
    outcome: 'not-applicable',
    failing: { kind: 'scope', part, text: explained.scope(part), observed: asked.observed(part) },
  }
}

function explainConditions(explained: ExplainedPolicy, asked: Asked): Explanation {
  const { id, effect } = explained
  for (const term of explained.terms) {
    const result = term.holds(asked.env)
    if (result === (term.kind === 'when')) continue
    const failing = failingTerm(term, asked)
    if (typeof result === 'boolean') return { policy: id, effect, outcome: 'failed', failing }
    const message = result instanceof Failure ? result.message : 'a condition must be a bool'
    return { policy: id, effect, outcome: 'errored', failing: { ...failing, message } }
  }
  if (effect === 'permit') return { policy: id, effect, outcome: 'satisfied' }
  const observed = observe(explained.observers, asked.env, asked.redact)
  return { policy: id, effect, outcome: 'satisfied', observed }
}

function failingTerm({ kind, source, observers }: ExplainedTerm, asked: Asked): FailingPart {
  return { kind, ...source, observed: observe(observers, asked.env, asked.redact) }
}
