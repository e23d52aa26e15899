// Policies filed under the entities that their scopes name: first the resource, then the principal.
// Those that a question concerns are found by looking up its two entities and what they are in, so
// the work grows with how deep these stand in the hierarchy, not with how many policies there are.
import type { ScopeRule } from './ast.ts'
import type { EntityStore } from './entities.ts'
import type { Entity } from './values.ts'

/** A part of a scope that names an entity, because types alone do not settle it. */
export interface NamingRule {
  readonly entity: Entity
  /** Whether the entity itself is meant, and not also what is in it. */
  readonly exactly: boolean
}

/** What the scope of a principal or a resource names, if it names an entity. */
export function naming(rule: ScopeRule): NamingRule | undefined {
  if (rule.kind === 'equals') return { entity: rule.entity, exactly: true }
  // INVARIANT: only the scope of an action may name more than one.
  const entity = rule.kind === 'in' ? rule.entities[0] : undefined
  return entity === undefined ? undefined : { entity, exactly: false }
}

/** The places of some policies in their set, ascending. */
export type Run = readonly number[]

/** Policies by the entities that their scopes name. */
export class ScopeFiles {
  readonly #anywhere = drawer()
  readonly #resources = new Names<Drawer>()

  /** Files a policy. Each is filed once, in ascending order; no rule means that anything will do. */
  add(order: number, principal: NamingRule | undefined, resource: NamingRule | undefined): void {
    const { anyone, principals } =
      resource === undefined ? this.#anywhere : this.#resources.at(resource, drawer)
    if (principal === undefined) anyone.push(order)
    else principals.at(principal, Array<number>).push(order)
  }

  /** The policies whose rules are true of both entities, as runs that share no policy. */
  find(principal: Entity, resource: Entity, store: EntityStore): Run[] {
    const drawers: Drawer[] = [this.#anywhere]
    this.#resources.find(resource, store, drawers)
    const runs: number[][] = []
    for (const { anyone, principals } of drawers) {
      if (anyone.length > 0) runs.push(anyone)
      principals.find(principal, store, runs)
    }
    return runs
  }
}

/** What is filed under one resource, or under none. */
interface Drawer {
  readonly anyone: number[]
  readonly principals: Names<number[]>
}

function drawer(): Drawer {
  return { anyone: [], principals: new Names() }
}

/** What is filed under one name. Ids are rarely shared by types, so a chain is rarely of two. */
interface Name<T> {
  readonly entity: Entity
  readonly next: Name<T> | undefined
  exactly: T | undefined
  within: T | undefined
}

class Names<T> {
  #byId: Map<string, Name<T>> | undefined
  /** The names that also mean what is in them. */
  readonly #groups: Name<T>[] = []

  /** What is filed under a rule, made when there is nothing yet. */
  at({ entity, exactly }: NamingRule, make: () => T): T {
    const name = this.#name(entity)
    if (exactly) return (name.exactly ??= make())
    if (name.within === undefined) this.#groups.push(name)
    return (name.within ??= make())
  }

  /** Adds to `found` what is filed under an entity, or under what that is in. */
  find(entity: Entity, store: EntityStore, found: T[]): void {
    if (this.#byId === undefined) return
    for (let name = this.#byId.get(entity.id); name !== undefined; name = name.next) {
      if (name.entity.type !== entity.type) continue
      if (name.exactly !== undefined) found.push(name.exactly)
      if (name.within !== undefined) found.push(name.within)
    }
    if (entity.parents.length === 0 || this.#groups.length === 0) return
    const ancestors = store.ancestors(entity)
    if (this.#groups.length <= ancestors.size) {
      for (const { entity: group, within } of this.#groups) {
        if (within !== undefined && ancestors.has(store.own(group))) found.push(within)
      }
      return
    }
    for (const ancestor of ancestors) {
      for (let name = this.#byId.get(ancestor.id); name !== undefined; name = name.next) {
        if (name.within !== undefined && name.entity.type === ancestor.type) found.push(name.within)
      }
    }
  }

  #name(entity: Entity): Name<T> {
    this.#byId ??= new Map()
    const first = this.#byId.get(entity.id)
    for (let name = first; name !== undefined; name = name.next) {
      if (name.entity.type === entity.type) return name
    }
    const name: Name<T> = { entity, next: first, exactly: undefined, within: undefined }
    this.#byId.set(entity.id, name)
    return name
  }
}

/** All places of some runs, ascending. */
export function merged(runs: readonly Run[]): Run {
  const [first, second] = runs
  if (first === undefined) return NOTHING
  if (second === undefined) return first
  if (runs.length === 2) return mergedPair(first, second)
  let total = 0
  for (const run of runs) total += run.length
  if (total <= INSERTED_MAX) return inserted(runs)
  const half = runs.length >> 1
  return mergedPair(merged(runs.slice(0, half)), merged(runs.slice(half)))
}

// Up to here, putting each into its place is quicker than merging in rounds.
const INSERTED_MAX = 32

function inserted(runs: readonly Run[]): Run {
  const all: number[] = []
  for (const run of runs) {
    for (const order of run) {
      let at = all.length
      for (; at > 0; at -= 1) {
        const before = all[at - 1] ?? 0
        if (before < order) break
        all[at] = before
      }
      all[at] = order
    }
  }
  return all
}

const NOTHING: Run = []

function mergedPair(left: Run, right: Run): Run {
  const both: number[] = []
  let at = 0
  for (const order of left) {
    for (let other = right[at]; other !== undefined && other < order; other = right[at]) {
      both.push(other)
      at += 1
    }
    both.push(order)
  }
  for (let other = right[at]; other !== undefined; other = right[at]) {
    both.push(other)
    at += 1
  }
  return both
}
