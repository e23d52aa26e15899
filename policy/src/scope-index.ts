// Finds the policies whose scope fits a question. A scope never fails, so leaving out a policy
// whose scope is false can hide neither a reason nor an error: that is all this index relies on.
//
// Three steps, from what varies least. The action and the two types pick a bucket, built when it is
// first asked for. In it, the policies that speak of types only apply at once; those that name an
// entity are filed under it, and found by looking up the principal, the resource and what they are in.
import type { Policy, ScopeRule } from './ast.ts'
import type { Env } from './compile.ts'
import type { EntityStore } from './entities.ts'
import type { Entity } from './values.ts'

type Part = 'principal' | 'resource'

/** A policy filed under an entity that one part of its scope names. Flat, because many are looked at. */
interface Filed {
  readonly order: number
  readonly entity: Entity
  /** Whether the entity itself is meant, and not also what is in it. */
  readonly exactly: boolean
  /** The other part of the scope, when types alone do not settle it, and the entity it names. */
  readonly other: Part | undefined
  readonly otherEntity: Entity
  readonly otherExactly: boolean
}

interface Bucket {
  /** Policies that apply to every question of this bucket, in ascending order. */
  readonly settled: readonly number[]
  /** Policies by the id of the entity they are filed under. */
  readonly principals: ReadonlyMap<string, readonly Filed[]>
  readonly resources: ReadonlyMap<string, readonly Filed[]>
}

type ByType = Map<string, Map<string, Bucket>>

/** The buckets for one store; actions are grouped by what the store says. */
interface Shelf {
  actionVersion: number
  size: number
  readonly actions: Map<string, Map<string, ByType>>
}

const BUCKETS_MAX = 4096

export class ScopeIndex {
  readonly #policies: readonly Policy[]
  readonly #shelves = new WeakMap<EntityStore, Shelf>()
  #latest: { readonly store: EntityStore; readonly shelf: Shelf } | undefined

  constructor(policies: readonly Policy[]) {
    this.#policies = policies
  }

  /** The places, in ascending order, of the policies whose whole scope is true. */
  candidates(env: Env): readonly number[] {
    const bucket = this.#bucket(env)
    if (bucket.principals.size === 0 && bucket.resources.size === 0) return bucket.settled
    const found: number[] = []
    collect(bucket.principals, env.principal, env, found)
    collect(bucket.resources, env.resource, env, found)
    if (found.length === 0) return bucket.settled
    return [...bucket.settled, ...found].sort(ascending)
  }

  #bucket(env: Env): Bucket {
    const { action, principal, resource } = env
    const shelf = this.#shelf(env.store)
    const byId = inner(shelf.actions, action.type)
    const byPrincipal = inner(byId, action.id)
    const byResource = inner(byPrincipal, principal.type)
    let bucket = byResource.get(resource.type)
    if (bucket === undefined) {
      // What asks for ever new types or actions must not make this grow for ever.
      if (shelf.size >= BUCKETS_MAX) {
        shelf.actions.clear()
        shelf.size = 0
        return this.#bucket(env)
      }
      shelf.size += 1
      byResource.set(resource.type, (bucket = this.#build(env)))
    }
    return bucket
  }

  #shelf(store: EntityStore): Shelf {
    let shelf = this.#latest?.store === store ? this.#latest.shelf : this.#shelves.get(store)
    if (shelf === undefined) {
      shelf = { actionVersion: store.actionVersion, size: 0, actions: new Map() }
      this.#shelves.set(store, shelf)
    }
    if (this.#latest?.store !== store) this.#latest = { store, shelf }
    if (shelf.actionVersion !== store.actionVersion) {
      shelf.actions.clear()
      shelf.size = 0
      shelf.actionVersion = store.actionVersion
    }
    return shelf
  }

  #build(env: Env): Bucket {
    const settled: number[] = []
    const open: (readonly [number, Policy, boolean, boolean])[] = []
    const sharing = new Map<Part, Map<string, number>>([
      ['principal', new Map()],
      ['resource', new Map()],
    ])
    for (const [order, policy] of this.#policies.entries()) {
      if (!ruleHolds(policy.action, env.action, env.store)) continue
      const principal = settledByType(policy.principal, env.principal)
      const resource = settledByType(policy.resource, env.resource)
      if (principal === false || resource === false) continue
      if (principal && resource) {
        settled.push(order)
        continue
      }
      open.push([order, policy, principal === true, resource === true])
      for (const part of PARTS) {
        const key = named(policy[part])?.id
        const counts = sharing.get(part)
        if (key !== undefined) counts?.set(key, (counts.get(key) ?? 0) + 1)
      }
    }
    const files = { principal: new Map<string, Filed[]>(), resource: new Map<string, Filed[]>() }
    // Under a rarer name there are fewer policies to look through, and every ancestor of what is
    // asked about is one more name to look under.
    const crowd = (part: Part, policy: Policy): number =>
      (sharing.get(part)?.get(named(policy[part])?.id ?? '') ?? Infinity) *
      (1 + env.store.ancestors(env[part]).size)
    for (const [order, policy, principalSettled, resourceSettled] of open) {
      const part: Part =
        principalSettled ||
        (!resourceSettled && crowd('resource', policy) < crowd('principal', policy))
          ? 'resource'
          : 'principal'
      const filed = file(order, policy, part, principalSettled || resourceSettled)
      if (filed === undefined) continue
      const shelf = files[part].get(filed.entity.id)
      if (shelf === undefined) files[part].set(filed.entity.id, [filed])
      else shelf.push(filed)
    }
    return { settled, principals: files.principal, resources: files.resource }
  }
}

const PARTS = ['principal', 'resource'] as const

function collect(
  files: ReadonlyMap<string, readonly Filed[]>,
  entity: Entity,
  env: Env,
  found: number[],
): void {
  if (files.size === 0) return
  const own = files.get(entity.id)
  if (own !== undefined) take(own, entity, true, env, found)
  if (entity.parents.length === 0) return
  const ancestors = env.store.ancestors(entity)
  if (files.size <= ancestors.size) {
    for (const filed of files.values()) {
      for (const each of filed) {
        if (!each.exactly && ancestors.has(env.store.own(each.entity))) keep(each, env, found)
      }
    }
    return
  }
  for (const ancestor of ancestors) {
    const filed = files.get(ancestor.id)
    if (filed !== undefined) take(filed, ancestor, false, env, found)
  }
}

function take(
  filed: readonly Filed[],
  entity: Entity,
  isItself: boolean,
  env: Env,
  found: number[],
): void {
  for (const each of filed) {
    if (each.entity.type === entity.type && (isItself || !each.exactly)) keep(each, env, found)
  }
}

function keep(filed: Filed, env: Env, found: number[]): void {
  const { other, otherEntity } = filed
  if (other !== undefined) {
    const entity = env[other]
    const isSame = entity.id === otherEntity.id && entity.type === otherEntity.type
    if (!isSame && (filed.otherExactly || !env.store.isIn(entity, otherEntity))) return
  }
  found.push(filed.order)
}

// INVARIANT: the type of what is asked about was settled by the bucket, also for `is … in`.
function file(order: number, policy: Policy, part: Part, otherSettled: boolean): Filed | undefined {
  const entity = named(policy[part])
  if (entity === undefined) return undefined
  const otherPart = part === 'principal' ? 'resource' : 'principal'
  const rule = policy[otherPart]
  return {
    order,
    entity,
    exactly: policy[part].kind === 'equals',
    other: otherSettled ? undefined : otherPart,
    otherEntity: named(rule) ?? entity,
    otherExactly: rule.kind === 'equals',
  }
}

/** What the type of an entity says about a rule: true or false for all of the type, or nothing. */
function settledByType(rule: ScopeRule, { type }: Entity): boolean | undefined {
  switch (rule.kind) {
    case 'any':
      return true
    case 'is':
      return rule.type === type
    case 'equals':
      return rule.entity.type === type ? undefined : false
    case 'in':
      return rule.type === undefined || rule.type === type ? undefined : false
  }
}

/** The one entity that the scope of a principal or a resource names. */
function named(rule: ScopeRule): Entity | undefined {
  if (rule.kind === 'equals') return rule.entity
  return rule.kind === 'in' ? rule.entities[0] : undefined
}

function inner<V>(outer: Map<string, Map<string, V>>, key: string): Map<string, V> {
  let found = outer.get(key)
  if (found === undefined) outer.set(key, (found = new Map<string, V>()))
  return found
}

function ascending(left: number, right: number): number {
  return left - right
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
