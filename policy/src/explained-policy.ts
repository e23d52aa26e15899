// What explanations of a policy have in common whatever is asked: its terms, ready to be evaluated
// one by one, their places in the source, the facts they read, and its scope as text. Made for a
// policy when it is first explained.
import type { Policy, ScopeRule } from './ast.ts'
import type { Compiled } from './compile.ts'
import type { CompiledPolicies } from './engine.ts'
import { ExprPool } from './expr-pool.ts'
import { observersOf } from './observe.ts'
import type { Observer } from './observe.ts'
import { openIndex } from './scope-index.ts'
import type { ScopeIndex } from './scope-index.ts'
import type { Span } from './syntax.ts'
import { clauseTerms, locate } from './terms.ts'
import type { Term } from './terms.ts'

export type ScopePart = 'principal' | 'action' | 'resource'

/** A policy set, prepared to be explained. */
export class ExplainedPolicies {
  /** Finds the policies whose action and resource fit, whoever the principal is. */
  readonly forAnyone: ScopeIndex
  readonly #policies: CompiledPolicies['policies']
  readonly #explained: ExplainedPolicy[] = []
  readonly #pool = new ExprPool<Compiled>()

  constructor({ policies }: CompiledPolicies) {
    this.#policies = policies
    this.forAnyone = openIndex(
      policies.map(({ policy }) => policy),
      'principal',
    )
  }

  /** The policy at this place of the set. */
  at(order: number): ExplainedPolicy {
    const known = this.#explained[order]
    if (known !== undefined) return known
    const compiled = this.#policies[order]
    if (compiled === undefined) throw new RangeError(`no policy at ${order}`)
    return (this.#explained[order] = new ExplainedPolicy(compiled.policy, this.#pool))
  }
}

export class ExplainedPolicy {
  readonly id: string
  readonly effect: Policy['effect']
  readonly policy: Policy
  /** The principal's part of the scope, as its source says it: by far the most wanted. */
  readonly principal: string
  readonly terms: readonly ExplainedTerm[]
  #observers: readonly Observer[] | undefined

  constructor(policy: Policy, pool: ExprPool<Compiled>) {
    this.id = policy.id
    this.effect = policy.effect
    this.policy = policy
    this.principal = scopeText('principal', policy.principal)
    this.terms = clauseTerms(policy, pool).flatMap(({ kind, terms }) =>
      terms.map((term) => new ExplainedTerm(policy, kind, term, pool)),
    )
  }

  /** The facts that all its terms read, each once. */
  get observers(): readonly Observer[] {
    return (this.#observers ??= [
      ...new Map(
        this.terms.flatMap(({ observers }) => observers.map((each) => [each.path, each])),
      ).values(),
    ])
  }

  /** A part of the scope, as its source says it. */
  scope(part: ScopePart): string {
    return part === 'principal' ? this.principal : scopeText(part, this.policy[part])
  }
}

export class ExplainedTerm {
  readonly kind: 'when' | 'unless'
  readonly holds: Compiled
  readonly #policy: Policy
  readonly #term: Term
  readonly #pool: ExprPool<Compiled>
  #observers: readonly Observer[] | undefined
  #source: { readonly text?: string; readonly span?: Span } | undefined

  constructor(policy: Policy, kind: 'when' | 'unless', term: Term, pool: ExprPool<Compiled>) {
    this.kind = kind
    this.holds = term.holds
    this.#policy = policy
    this.#term = term
    this.#pool = pool
  }

  /** The facts that the term reads. */
  get observers(): readonly Observer[] {
    return (this.#observers ??= observersOf(this.#term.expr, this.#pool))
  }

  /** The term's text and place, as far as they can be told. */
  get source(): { readonly text?: string; readonly span?: Span } {
    const { place } = this.#term
    return (this.#source ??= place === undefined ? {} : locate(this.#policy, place))
  }
}

function scopeText(part: ScopePart, rule: ScopeRule): string {
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
