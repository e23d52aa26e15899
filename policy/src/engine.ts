// The decision. Policies are compiled once; a decision then finds the policies whose scope fits the
// question, evaluates their conditions and answers twice in one pass: what holds now, and what
// would hold if every policy were enforced.
import { readPolicy } from './ast.ts'
import type { Policy } from './ast.ts'
import { compileExpr } from './compile.ts'
import type { Compiled, Env } from './compile.ts'
import type { EntityStore } from './entities.ts'
import { recordFromJson } from './json.ts'
import type { RecordJson } from './json.ts'
import { ScopeIndex } from './scope-index.ts'
import type { EntityUid, PolicySyntax } from './syntax.ts'
import { Entity, Failure, RecordValue } from './values.ts'

/** A question: may this principal perform this action on this resource, given these facts? */
export interface Query {
  readonly principal: EntityUid
  readonly action: EntityUid
  readonly resource: EntityUid
  /** Plain JSON in Cedar's convention, or a record built beforehand, which costs nothing here. */
  readonly context: RecordJson | RecordValue
}

/** The answer that holds now, and the answer if every policy were enforced. */
export interface Decision {
  readonly effective: Answer
  readonly wouldBe: Answer
}

export interface Answer {
  readonly effect: 'allow' | 'deny'
  /** The policies that made it so, in policy order; empty when no policy permitted. */
  readonly determining: readonly string[]
  /** Every policy that could not be evaluated and was therefore skipped, in policy order. */
  readonly errors: readonly PolicyError[]
}

export interface PolicyError {
  readonly policy: string
  readonly message: string
}

/** A policy set, ready to decide. */
export interface CompiledPolicies {
  readonly policies: readonly CompiledPolicy[]
  readonly index: ScopeIndex
}

export interface CompiledPolicy {
  readonly order: number
  readonly policy: Policy
  readonly permits: boolean
  /** The conditions, in order, each answering a boolean or why it cannot. */
  readonly condition: Compiled | undefined
  /** For a pilot, the populations it binds; everyone or no one otherwise. */
  readonly binds: 'everyone' | 'no-one' | readonly Entity[]
}

/** Compiles a policy set. Throws `UnsupportedPolicy` for what could not be evaluated exactly. */
export function compilePolicies(policies: readonly PolicySyntax[]): CompiledPolicies {
  const compiled = policies.map((syntax, order) => compilePolicy(readPolicy(syntax), order))
  return { policies: compiled, index: new ScopeIndex(compiled.map(({ policy }) => policy)) }
}

/** Answers a question. Throws `DataError` when the context is not legal Cedar data. */
export function decide(policies: CompiledPolicies, entities: EntityStore, query: Query): Decision {
  return decideIn(policies, environment(entities, query))
}

/** Answers a question whose names were looked up already. */
export function decideIn(policies: CompiledPolicies, env: Env): Decision {
  const effective = new Tally()
  let wouldBe: Tally | undefined
  for (const order of policies.index.candidates(env)) {
    const each = policies.policies[order]
    if (each === undefined) continue
    const result = each.condition === undefined ? true : each.condition(env)
    if (result === false) continue
    const binding = each.binds === 'everyone' || isBound(each.binds, env)
    if (!binding && wouldBe === undefined) wouldBe = effective.copy()
    if (binding) effective.add(each, result)
    wouldBe?.add(each, result)
  }
  const now = effective.answer()
  return { effective: now, wouldBe: wouldBe === undefined ? now : wouldBe.answer() }
}

/** Looks up the names of a question in the store. Throws `DataError`. */
export function environment(store: EntityStore, query: Query): Env {
  const { context } = query
  return {
    store,
    principal: lookUp(store, query.principal),
    action: lookUp(store, query.action),
    resource: lookUp(store, query.resource),
    context:
      context instanceof RecordValue ? context : recordFromJson(context, undefined, 'context'),
  }
}

class Tally {
  permits: string[] = []
  forbids: string[] = []
  errors: PolicyError[] = []

  add(each: CompiledPolicy, result: unknown): void {
    if (result === true) (each.permits ? this.permits : this.forbids).push(each.policy.id)
    else if (result instanceof Failure) {
      this.errors.push({ policy: each.policy.id, message: result.message })
    }
  }

  copy(): Tally {
    const copy = new Tally()
    copy.permits = [...this.permits]
    copy.forbids = [...this.forbids]
    copy.errors = [...this.errors]
    return copy
  }

  answer(): Answer {
    const { permits, forbids, errors } = this
    if (forbids.length > 0) return { effect: 'deny', determining: forbids, errors }
    return { effect: permits.length > 0 ? 'allow' : 'deny', determining: permits, errors }
  }
}

function compilePolicy(policy: Policy, order: number): CompiledPolicy {
  const { stage } = policy.syntax
  const clauses = policy.clauses.map(({ kind, body }) =>
    compileExpr(kind === 'when' ? body : { kind: 'not', arg: body }),
  )
  return {
    order,
    policy,
    permits: policy.effect === 'permit',
    condition: clauses.length === 0 ? undefined : conditions(clauses),
    binds:
      stage.kind === 'pilot'
        ? stage.populations.map(({ type, id }) => new Entity(type, id))
        : stage.kind === 'enforce'
          ? 'everyone'
          : 'no-one',
  }
}

function conditions(clauses: readonly Compiled[]): Compiled {
  const items: readonly Compiled[] = clauses
  return (env) => {
    for (const item of items) {
      const value = item(env)
      if (value === false) return false
      if (value !== true) {
        return value instanceof Failure ? value : new Failure('a condition must be a bool')
      }
    }
    return true
  }
}

function isBound(binds: 'everyone' | 'no-one' | readonly Entity[], env: Env): boolean {
  if (typeof binds === 'string') return binds === 'everyone'
  return binds.some((population) => env.store.isIn(env.principal, population))
}

function lookUp(store: EntityStore, uid: EntityUid): Entity {
  return store.find(uid) ?? new Entity(uid.type, uid.id)
}
