// Finds the policies whose scope fits a question. A scope never fails, so leaving out a policy
// whose scope is false can hide neither a reason nor an error: that is all this index relies on.
//
// Two steps. The action and the two types pick a bucket, built when it is first asked for: in it are
// only policies whose action fits and whose types do. The entities they name are then looked up.
// Nothing is remembered about the entities of a question, so a change to one shows at the next.
import type { Policy, ScopeRule } from './ast.ts'
import type { Env } from './compile.ts'
import type { EntityStore } from './entities.ts'
import { ScopeFiles, merged, naming } from './scope-files.ts'
import type { Run } from './scope-files.ts'
import type { Entity } from './values.ts'

/** Buckets of one pair of types, by the id of the action. */
type Buckets = Map<string, ScopeFiles>
type ByActionType = Map<string, Buckets>

/** The buckets for one store; actions are grouped by what the store says. */
interface Shelf {
  readonly store: EntityStore
  actionVersion: number
  size: number
  /** By the types of principal and resource, then of the action. */
  readonly types: Map<string, Map<string, ByActionType>>
  /** Where the last question looked: most are about the same three types. */
  latest:
    | {
        readonly principal: string
        readonly resource: string
        readonly action: string
        readonly buckets: Buckets
      }
    | undefined
}

const BUCKETS_MAX = 4096

export class ScopeIndex {
  readonly #policies: readonly Policy[]
  readonly #shelves = new WeakMap<EntityStore, Shelf>()
  #latest: Shelf | undefined

  constructor(policies: readonly Policy[]) {
    this.#policies = policies
  }

  /** The places, in ascending order, of the policies whose whole scope is true. */
  candidates(env: Env): Run {
    return merged(this.#bucket(env).find(env.principal, env.resource, env.store))
  }

  #bucket(env: Env): ScopeFiles {
    const shelf = this.#shelf(env.store)
    const bucket = bucketsOf(shelf, env).get(env.action.id)
    if (bucket !== undefined) return bucket
    // What asks for ever new types or actions must not make this grow for ever.
    if (shelf.size >= BUCKETS_MAX) clear(shelf)
    const built = this.#build(env)
    shelf.size += 1
    bucketsOf(shelf, env).set(env.action.id, built)
    return built
  }

  #shelf(store: EntityStore): Shelf {
    let shelf = this.#latest?.store === store ? this.#latest : this.#shelves.get(store)
    if (shelf === undefined) {
      const { actionVersion } = store
      shelf = { store, actionVersion, size: 0, types: new Map(), latest: undefined }
      this.#shelves.set(store, shelf)
    }
    this.#latest = shelf
    if (shelf.actionVersion !== store.actionVersion) {
      clear(shelf)
      shelf.actionVersion = store.actionVersion
    }
    return shelf
  }

  #build({ action, principal, resource, store }: Env): ScopeFiles {
    const files = new ScopeFiles()
    for (const [order, policy] of this.#policies.entries()) {
      if (!mayHold(policy.principal, principal) || !mayHold(policy.resource, resource)) continue
      if (!ruleHolds(policy.action, action, store)) continue
      files.add(order, naming(policy.principal), naming(policy.resource))
    }
    return files
  }
}

/** The part of a question that is not known yet. */
export type Open = 'principal' | 'resource'

/** Finds policies by the other two parts of their scopes, whatever the open part is. */
export function openIndex(policies: readonly Policy[], open: Open): ScopeIndex {
  return new ScopeIndex(policies.map((policy) => ({ ...policy, [open]: { kind: 'any' } })))
}

/** Whether a rule is true of some entity of this type; then what it names is all that is open. */
export function mayHold(rule: ScopeRule, { type }: Entity): boolean {
  switch (rule.kind) {
    case 'any':
      return true
    case 'is':
      return rule.type === type
    case 'equals':
      return rule.entity.type === type
    case 'in':
      return rule.type === undefined || rule.type === type
  }
}

function bucketsOf(shelf: Shelf, { principal, resource, action }: Env): Buckets {
  const { latest } = shelf
  if (
    latest !== undefined &&
    latest.principal === principal.type &&
    latest.resource === resource.type &&
    latest.action === action.type
  ) {
    return latest.buckets
  }
  const buckets = inner(inner(inner(shelf.types, principal.type), resource.type), action.type)
  shelf.latest = {
    principal: principal.type,
    resource: resource.type,
    action: action.type,
    buckets,
  }
  return buckets
}

function clear(shelf: Shelf): void {
  shelf.types.clear()
  shelf.latest = undefined
  shelf.size = 0
}

function inner<V>(outer: Map<string, Map<string, V>>, key: string): Map<string, V> {
  let found = outer.get(key)
  if (found === undefined) outer.set(key, (found = new Map<string, V>()))
  return found
}

/** Whether all three parts of a policy's scope are true. */
export function scopeHolds(policy: Policy, env: Env): boolean {
  return (
    ruleHolds(policy.action, env.action, env.store) &&
    ruleHolds(policy.principal, env.principal, env.store) &&
    ruleHolds(policy.resource, env.resource, env.store)
  )
}

/** Whether one part of a scope is true of an entity. */
export function ruleHolds(rule: ScopeRule, entity: Entity, store: EntityStore): boolean {
  switch (rule.kind) {
    case 'any':
      return true
    case 'is':
      return entity.type === rule.type
    case 'equals':
      return entity.type === rule.entity.type && entity.id === rule.entity.id
    case 'in':
      return (
        (rule.type === undefined || entity.type === rule.type) &&
        rule.entities.some((group) => store.isIn(entity, group))
      )
  }
}
