// Asking backwards: who may do this, what may this person do, and what would another policy set
// change. Every known entity is asked about, with all that is the same for all of them worked out
// once; questions that no changed policy speaks of are skipped.
import type { Policy } from './ast.ts'
import type { Env } from './compile.ts'
import { environment } from './engine.ts'
import type { CompiledPolicies, DecideOptions, Query } from './engine.ts'
import type { EntityStore, EntityUid } from './entities.ts'
import { Prospect } from './prospect.ts'
import type { ProspectOptions } from './prospect.ts'
import { ScopeIndex, openIndex } from './scope-index.ts'
import type { Entity } from './values.ts'

/** Which of the two answers is asked for. */
export type Side = 'effective' | 'wouldBe'

export interface AccessOptions extends DecideOptions {
  /** `effective` unless told. */
  readonly side?: Side
}

/**
 * Every known principal of the given types that may do this. The store must stand still until the
 * last is taken. Throws `DataError`.
 */
export function* whoMay(
  policies: CompiledPolicies,
  entities: EntityStore,
  query: Omit<Query, 'principal'>,
  principalTypes: readonly string[],
  options: AccessOptions = {},
): Generator<EntityUid> {
  let env: Env | undefined
  for (const type of principalTypes) {
    let prospect: Prospect | undefined
    for (const principal of entities.ofType(type)) {
      env ??= environment(entities, { ...query, principal })
      prospect ??= new Prospect(policies, { ...env, principal }, 'principal', sideOf(options))
      if (prospect.allows(principal)) yield uidOf(principal)
    }
  }
}

export interface Grant {
  readonly action: EntityUid
  readonly resource: EntityUid
}

/**
 * Everything that a principal may do to known resources of the given types. The store must stand
 * still until the last is taken. Throws `DataError`.
 */
export function* whatMay(
  policies: CompiledPolicies,
  entities: EntityStore,
  query: Omit<Query, 'action' | 'resource'>,
  actions: readonly EntityUid[],
  resourceTypes: readonly string[],
  options: AccessOptions = {},
): Generator<Grant> {
  for (const type of resourceTypes) {
    for (const action of actions) {
      let prospect: Prospect | undefined
      for (const resource of entities.ofType(type)) {
        if (prospect === undefined) {
          const env = environment(entities, { ...query, action, resource })
          prospect = new Prospect(policies, env, 'resource', sideOf(options))
        }
        if (prospect.allows(resource)) yield { action, resource: uidOf(resource) }
      }
    }
  }
}

/** One cell of the access matrix in which two policy sets differ. */
export interface AccessChange {
  readonly principal: EntityUid
  readonly action: EntityUid
  readonly resource: EntityUid
  readonly change: 'gains' | 'loses'
}

export interface Matrix {
  readonly principalTypes: readonly string[]
  readonly actions: readonly EntityUid[]
  readonly resourceTypes: readonly string[]
  /** The facts under which the two are compared. */
  readonly context: Query['context']
}

/**
 * Every cell in which two policy sets differ. The store must stand still until the last is taken.
 * Throws `DataError`.
 */
export function* compareAccess(
  before: CompiledPolicies,
  after: CompiledPolicies,
  entities: EntityStore,
  matrix: Matrix,
  options: AccessOptions = {},
): Generator<AccessChange> {
  const policies = changedPolicies(before, after)
  const changed = new ScopeIndex(policies)
  const changedForAnyone = openIndex(policies, 'principal')
  for (const { env, principals } of rows(entities, matrix)) {
    if (changedForAnyone.candidates(env).length === 0) continue
    let sides: readonly [Prospect, Prospect] | undefined
    for (const principal of principals) {
      env.principal = principal
      if (changed.candidates(env).length === 0) continue
      const [old, fresh] = (sides ??= [
        new Prospect(before, env, 'principal', sideOf(options)),
        new Prospect(after, env, 'principal', sideOf(options)),
      ])
      const was = old.allows(principal)
      if (was === fresh.allows(principal)) continue
      yield {
        principal: uidOf(principal),
        action: uidOf(env.action),
        resource: uidOf(env.resource),
        change: was ? 'loses' : 'gains',
      }
    }
  }
}

// INVARIANT: an answer depends only on the policies whose scope fits, so where none of these fits,
// both sets answer alike.
function changedPolicies(before: CompiledPolicies, after: CompiledPolicies): Policy[] {
  const key = ({ policy }: CompiledPolicies['policies'][number]): string => {
    const { id, est, stage } = policy.syntax
    return JSON.stringify([id, est, stage])
  }
  const [old, fresh] = [new Set(before.policies.map(key)), new Set(after.policies.map(key))]
  return [
    ...before.policies.filter((each) => !fresh.has(key(each))).map(({ policy }) => policy),
    ...after.policies.filter((each) => !old.has(key(each))).map(({ policy }) => policy),
  ]
}

interface MatrixRow {
  /** The question, with the first of the principals. */
  readonly env: Env
  readonly principals: Iterable<Entity>
}

/** Every action on every resource, with the principals of each type. Throws `DataError`. */
function* rows(entities: EntityStore, matrix: Matrix): Generator<MatrixRow> {
  const { actions, resourceTypes, principalTypes, context } = matrix
  for (const action of actions) {
    for (const resourceType of resourceTypes) {
      for (const principalType of principalTypes) {
        const principals = [...entities.ofType(principalType)]
        const [principal] = principals
        if (principal === undefined) continue
        let env: Env | undefined
        for (const resource of entities.ofType(resourceType)) {
          env ??= environment(entities, { principal, action, resource, context })
          yield { env: { ...env, resource }, principals }
        }
      }
    }
  }
}

function sideOf({ side, strict }: AccessOptions): ProspectOptions {
  return { side: side ?? 'effective', strict: strict === true }
}

function uidOf({ type, id }: Entity): EntityUid {
  return { type, id }
}
