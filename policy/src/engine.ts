// The decision. Policies are compiled once; a decision then finds the policies whose scope fits the
// question, evaluates their conditions and answers twice in one pass: what holds now, and what
// would hold if every policy were enforced.
import { readPolicy } from './ast.ts'
import type { Expr, Policy } from './ast.ts'
import { compileExpr } from './compile.ts'
import type { Compiled, Env } from './compile.ts'
import type { EntityStore } from './entities.ts'
import { ExprPool } from './expr-pool.ts'
import { detached, recordFromJson } from './json.ts'
import type { EntityResolver, RecordJson } from './json.ts'
import { ScopeIndex } from './scope-index.ts'
import type { EntityUid, PolicySyntax } from './syntax.ts'
import { checkRecord, typedRecordFromJson } from './typed-json.ts'
import { Entity, Failure, RecordValue } from './values.ts'
import type { Result } from './values.ts'

/** A question: may this principal perform this action on this resource, given these facts? */
export interface Query {
  readonly principal: EntityUid
  readonly action: EntityUid
  readonly resource: EntityUid
  /**
   * Plain JSON in Cedar's convention, or a record built beforehand, which is not read again; a
   * schema checks either.
   */
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
  const literal = literalPool()
  const pool = new ExprPool<Compiled>()
  const compiled = policies.map((syntax, order) =>
    compilePolicy(readPolicy(syntax, literal), order, pool),
  )
  return { policies: compiled, index: new ScopeIndex(compiled.map(({ policy }) => policy)) }
}

export interface DecideOptions {
  /**
   * A forbid that cannot be evaluated denies. A departure from Cedar, which skips it: for what must
   * rather be closed by a mistake than open.
   */
  readonly strict?: boolean
}

/** Answers a question. Throws `DataError` when the context is not legal Cedar data. */
export function decide(
  policies: CompiledPolicies,
  entities: EntityStore,
  query: Query,
  options?: DecideOptions,
): Decision {
  return decideIn(policies, environment(entities, query), options)
}

/** Answers a question whose names were looked up already. */
export function decideIn(policies: CompiledPolicies, env: Env, options?: DecideOptions): Decision {
  const strict = options?.strict === true
  const effective = new Tally()
  let wouldBe: Tally | undefined
  for (const order of policies.index.candidates(env)) {
    const each = policies.policies[order]
    if (each === undefined) continue
    const result = each.condition === undefined ? true : each.condition(env)
    if (result === false) continue
    const binding = each.binds === 'everyone' || isBound(each.binds, env)
    if (!binding && wouldBe === undefined) wouldBe = effective.copy()
    if (binding) effective.add(each, result, strict)
    wouldBe?.add(each, result, strict)
  }
  const now = effective.answer()
  return { effective: now, wouldBe: wouldBe === undefined ? now : wouldBe.answer() }
}

/** Looks up the names of a question in the store, and checks it against its schema. Throws `DataError`. */
export function environment(store: EntityStore, query: Query): Env {
  return {
    store,
    principal: lookUp(store, query.principal),
    action: lookUp(store, query.action),
    resource: lookUp(store, query.resource),
    context: contextOf(store, query),
  }
}

function contextOf({ schema }: EntityStore, query: Query): RecordValue {
  const { context, action } = query
  schema?.checkQuery(query)
  const type = schema?.action(action)?.context
  if (schema === undefined || type === undefined) {
    return context instanceof RecordValue ? context : recordFromJson(context, detached, 'context')
  }
  if (!(context instanceof RecordValue)) {
    return typedRecordFromJson(context, type, schema, detached, 'context')
  }
  checkRecord(context, type, schema, 'context')
  return context
}

const NO_ONE: readonly string[] = Object.freeze([])
const NO_ERRORS: readonly PolicyError[] = Object.freeze([])

/** What the policies said, gathered without allocating for what nobody said. */
class Tally {
  #permits: string[] | undefined
  #forbids: string[] | undefined
  #errors: PolicyError[] | undefined

  add({ permits, policy }: CompiledPolicy, result: Result, strict: boolean): void {
    const failed = result instanceof Failure
    if (failed) (this.#errors ??= []).push({ policy: policy.id, message: result.message })
    if (failed && (permits || !strict)) return
    if (permits) (this.#permits ??= []).push(policy.id)
    else (this.#forbids ??= []).push(policy.id)
  }

  copy(): Tally {
    const copy = new Tally()
    if (this.#permits !== undefined) copy.#permits = [...this.#permits]
    if (this.#forbids !== undefined) copy.#forbids = [...this.#forbids]
    if (this.#errors !== undefined) copy.#errors = [...this.#errors]
    return copy
  }

  answer(): Answer {
    const errors = this.#errors ?? NO_ERRORS
    if (this.#forbids !== undefined) return { effect: 'deny', determining: this.#forbids, errors }
    if (this.#permits !== undefined) return { effect: 'allow', determining: this.#permits, errors }
    return { effect: 'deny', determining: NO_ONE, errors }
  }
}

// One object for each entity that the policies name, so that what is looked up for one policy serves
// the others.
function literalPool(): EntityResolver {
  const pool = new Map<string, Entity>()
  return (type, id) => {
    const key = `${type}"${id}`
    let entity = pool.get(key)
    if (entity === undefined) pool.set(key, (entity = new Entity(type, id)))
    return entity
  }
}

function compilePolicy(policy: Policy, order: number, pool: ExprPool<Compiled>): CompiledPolicy {
  const { stage } = policy.syntax
  const terms = conditionTerms(policy)
  return {
    order,
    policy,
    permits: policy.effect === 'permit',
    condition: terms.length === 0 ? undefined : compileExpr({ kind: 'and', items: terms }, pool),
    binds:
      stage.kind === 'pilot'
        ? stage.populations.map(({ type, id }) => new Entity(type, id))
        : stage.kind === 'enforce'
          ? 'everyone'
          : 'no-one',
  }
}

/** All that must be true for a policy whose scope fits, in order, as the terms of one `&&`. */
export function conditionTerms({ clauses }: Policy): readonly Expr[] {
  return clauses.flatMap(({ kind, body }): readonly Expr[] => {
    if (kind === 'unless') return [{ kind: 'not', arg: body }]
    return body.kind === 'and' ? body.items : [body]
  })
}

/** Whether a policy's stage makes it binding for the principal. */
export function isBound(binds: CompiledPolicy['binds'], env: Env): boolean {
  if (typeof binds === 'string') return binds === 'everyone'
  return binds.some((population) => env.store.isIn(env.principal, population))
}

function lookUp(store: EntityStore, uid: EntityUid): Entity {
  return store.find(uid) ?? new Entity(uid.type, uid.id)
}
