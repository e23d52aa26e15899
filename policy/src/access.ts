// Asking backwards: who may do this, what may this person do, and what would another policy set
// change. Each answer comes from deciding, so it can be no different from what a request would get;
// what makes it fast is that a decision is, and that questions no changed policy speaks of are skipped.
import type { Env } from './compile.ts'
import { decideIn, environment } from './engine.ts'
import type { CompiledPolicies, DecideOptions, Query } from './engine.ts'
import type { EntityStore, EntityUid } from './entities.ts'
import { ScopeIndex } from './scope-index.ts'
import type { Entity } from './values.ts'

/** Which of the two answers is asked for. */
export type Side = 'effective' | 'wouldBe'

export interface AccessOptions extends DecideOptions {
  /** `effective` unless told. */
  readonly side?: Side
}

/** Every known principal of the given types that may do this. Throws `DataError`. */
export function* whoMay(
  policies: CompiledPolicies,
  entities: EntityStore,
  query: Omit<Query, 'principal'>,
  principalTypes: readonly string[],
  options: AccessOptions = {},
): Generator<EntityUid> {
  let env: Env | undefined
  for (const type of principalTypes) {
    for (const principal of entities.ofType(type)) {
      env ??= environment(entities, { ...query, principal })
      env.principal = principal
      if (isAllowed(policies, env, options)) yield uidOf(principal)
    }
  }
}

export interface Grant {
  readonly action: EntityUid
  readonly resource: EntityUid
}

/** Everything that a principal may do to known resources of the given types. Throws `DataError`. */
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
      let env: Env | undefined
      for (const resource of entities.ofType(type)) {
        env ??= environment(entities, { ...query, action, resource })
        env.resource = resource
        if (isAllowed(policies, env, options)) yield { action, resource: uidOf(resource) }
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

/** Every cell in which two policy sets differ. Throws `DataError`. */
export function* compareAccess(
  before: CompiledPolicies,
  after: CompiledPolicies,
  entities: EntityStore,
  matrix: Matrix,
  options: AccessOptions = {},
): Generator<AccessChange> {
  const changed = changedPolicies(before, after)
  for (const action of matrix.actions) {
    for (const [principal, resource] of pairs(entities, matrix)) {
      const env = environment(entities, { principal, action, resource, context: matrix.context })
      if (changed.candidates(env).length === 0) continue
      const was = isAllowed(before, env, options)
      if (was === isAllowed(after, env, options)) continue
      const change = was ? 'loses' : 'gains'
      yield { principal: uidOf(principal), action, resource: uidOf(resource), change }
    }
  }
}

// INVARIANT: an answer depends only on the policies whose scope fits, so where none of these fits,
// both sets answer alike.
function changedPolicies(before: CompiledPolicies, after: CompiledPolicies): ScopeIndex {
  const key = ({ policy }: CompiledPolicies['policies'][number]): string => {
    const { id, est, stage } = policy.syntax
    return JSON.stringify([id, est, stage])
  }
  const [old, fresh] = [new Set(before.policies.map(key)), new Set(after.policies.map(key))]
  return new ScopeIndex([
    ...before.policies.filter((each) => !fresh.has(key(each))).map(({ policy }) => policy),
    ...after.policies.filter((each) => !old.has(key(each))).map(({ policy }) => policy),
  ])
}

function* pairs(entities: EntityStore, matrix: Matrix): Generator<readonly [Entity, Entity]> {
  for (const resourceType of matrix.resourceTypes) {
    for (const resource of entities.ofType(resourceType)) {
      for (const principalType of matrix.principalTypes) {
        for (const principal of entities.ofType(principalType)) yield [principal, resource]
      }
    }
  }
}

function isAllowed(policies: CompiledPolicies, env: Env, options: AccessOptions): boolean {
  return decideIn(policies, env, options)[options.side ?? 'effective'].effect === 'allow'
}

function uidOf({ type, id }: Entity): EntityUid {
  return { type, id }
}
