// What is known about people, devices, groups and resources, ready to be asked millions of times a
// second: every entity is interned once, attribute values point straight at the entities they name,
// and the ancestors of an entity are a set that is kept while the hierarchy above it stands still.
import { readFacts } from './entity-facts.ts'
import type { Facts } from './entity-facts.ts'
import { DataError, isActionType, uidFromJson, valueToJson } from './json.ts'
import type { RecordJson } from './json.ts'
import type { Schema } from './schema.ts'
import type { EntityUid } from './syntax.ts'
import { Entity, NO_ATTRIBUTES, RecordValue, equal } from './values.ts'
import type { Attributes, Value } from './values.ts'

export type { EntityUid } from './syntax.ts'

export type EntityUidJson = EntityUid | { readonly __entity: EntityUid }

/** Cedar's JSON format for one entity. */
export interface EntityJson {
  readonly uid: EntityUidJson
  readonly attrs: RecordJson
  readonly parents: readonly EntityUidJson[]
  readonly tags?: RecordJson
}

const NO_ANCESTORS: ReadonlySet<Entity> = new Set<Entity>()

/** Entities by name, with their hierarchy. One writer; reads never see half a change. */
export class EntityStore {
  readonly schema: Schema | undefined
  readonly #types = new Map<string, Map<string, Entity>>()
  #size = 0
  #actionVersion = 1
  /** Rises whenever an entity that has children gets other parents. */
  #hierarchyVersion = 1

  private constructor(schema: Schema | undefined) {
    this.schema = schema
  }

  /**
   * A store of the given entities, plus the actions of the schema. Throws `DataError` for data that
   * Cedar would refuse: `null`, fractions, cycles, one entity given twice with different facts.
   */
  static load(entities: Iterable<EntityJson>, schema?: Schema): EntityStore {
    const store = new EntityStore(schema)
    for (const action of schema?.actionEntities() ?? []) store.#put(action, 'trusted')
    for (const entity of entities) store.#put(entity, 'first')
    return store
  }

  /** Adds an entity, or replaces all facts of a known one. Throws `DataError` and changes nothing. */
  upsert(entity: EntityJson): void {
    this.#put(entity, 'replace')
  }

  /** Forgets the facts of an entity; references to it stay legal. False when it was not known. */
  remove(uid: EntityUid): boolean {
    const entity = this.find(uid)
    if (entity === undefined || !entity.present) return false
    this.#setFacts(entity, { attrs: NO_ATTRIBUTES, tags: NO_ATTRIBUTES, parents: [] })
    entity.present = false
    this.#size -= 1
    this.#forgetIfUnused(entity)
    return true
  }

  has(uid: EntityUid): boolean {
    return this.find(uid)?.present === true
  }

  /** The facts of an entity in Cedar's JSON format. */
  get(uid: EntityUid): EntityJson | undefined {
    const entity = this.find(uid)
    return entity?.present === true ? entityToJson(entity) : undefined
  }

  get size(): number {
    return this.#size
  }

  /** Rises whenever an action gets other parents, so that what was derived from groups is stale. */
  get actionVersion(): number {
    return this.#actionVersion
  }

  /** The entities that the store holds facts for. */
  *[Symbol.iterator](): Generator<Entity> {
    for (const type of this.#types.keys()) yield* this.ofType(type)
  }

  *ofType(type: string): Generator<Entity> {
    for (const entity of this.#types.get(type)?.values() ?? []) if (entity.present) yield entity
  }

  /** The interned entity of that name: known, or at least referred to. */
  find(uid: EntityUid): Entity | undefined {
    return this.#types.get(uid.type)?.get(uid.id)
  }

  /**
   * What `ask` answers while some entities are members of further groups. The store is as before
   * when this returns. Throws `DataError` for a cycle.
   */
  supposing<T>(
    joins: readonly { readonly entity: EntityUid; readonly group: EntityUid }[],
    ask: () => T,
  ): T {
    const before: { readonly entity: Entity; readonly parents: readonly Entity[] }[] = []
    const named: Entity[] = []
    try {
      for (const join of joins) {
        const entity = this.#intern(join.entity.type, join.entity.id)
        const group = this.#intern(join.group.type, join.group.id)
        for (const each of [entity, group]) {
          each.references += 1
          named.push(each)
        }
        if (entity.parents.includes(group)) continue
        const parents = [...entity.parents, group]
        this.#refuseCycle(entity, parents, entity.shown)
        before.push({ entity, parents: entity.parents })
        this.#setParents(entity, parents)
      }
      return ask()
    } finally {
      for (const { entity, parents } of before.reverse()) this.#setParents(entity, parents)
      for (const each of named) {
        each.references -= 1
        this.#forgetIfUnused(each)
      }
    }
  }

  /** The entity as this store knows it; literals and entities of another store are looked up. */
  own(entity: Entity): Entity {
    if (entity.home === this) return entity
    const { twin } = entity
    if (twin !== undefined && twin.home === this) return twin
    const found = this.find(entity)
    if (found === undefined) return entity
    entity.twin = found
    return found
  }

  /** Cedar's `in` between two entities: reflexive, and transitive over parents. */
  isIn(entity: Entity, group: Entity): boolean {
    if (entity === group || (entity.id === group.id && entity.type === group.type)) return true
    const mine = this.own(entity)
    return mine.parents.length > 0 && this.ancestors(mine).has(this.own(group))
  }

  /** All proper ancestors of an entity of this store. */
  ancestors(entity: Entity): ReadonlySet<Entity> {
    if (entity.parents.length === 0) return NO_ANCESTORS
    if (entity.closure !== undefined && entity.closedAt === this.#hierarchyVersion) {
      return entity.closure
    }
    const closure = new Set<Entity>()
    const pending = [...entity.parents]
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (closure.has(next)) continue
      closure.add(next)
      pending.push(...next.parents)
    }
    entity.closure = closure
    entity.closedAt = this.#hierarchyVersion
    return closure
  }

  #put(json: EntityJson, mode: 'trusted' | 'first' | 'replace'): void {
    const uid = uidFromJson(json.uid, 'uid')
    const shown = `${uid.type}::${JSON.stringify(uid.id)}`
    const referred: Entity[] = []
    const intern = (type: string, id: string): Entity => {
      const entity = this.#intern(type, id)
      entity.references += 1
      referred.push(entity)
      return entity
    }
    const entity = intern(uid.type, uid.id)
    try {
      const facts = readFacts(json, uid, this.schema, intern)
      if (mode === 'first' && entity.present) refuseDifference(entity, facts, shown)
      if (entity.children > 0) this.#refuseCycle(entity, facts.parents, shown)
      else if (facts.parents.includes(entity)) throw cycle(shown)
      this.#setFacts(entity, facts)
      if (!entity.present) this.#size += 1
      entity.present = true
    } finally {
      for (const each of referred) {
        each.references -= 1
        this.#forgetIfUnused(each)
      }
    }
  }

  #setFacts(entity: Entity, facts: Facts): void {
    const before: Facts = { attrs: entity.attrs, tags: entity.tags, parents: entity.parents }
    countReferences(facts, 1)
    entity.attrs = facts.attrs
    entity.tags = facts.tags
    if (!sameMembers(before.parents, facts.parents)) this.#setParents(entity, facts.parents)
    else entity.parents = facts.parents
    for (const released of countReferences(before, -1)) this.#forgetIfUnused(released)
  }

  #setParents(entity: Entity, parents: readonly Entity[]): void {
    entity.parents = parents
    entity.closure = undefined
    if (isActionType(entity.type)) this.#actionVersion += 1
    if (entity.children > 0) this.#hierarchyVersion += 1
  }

  #intern(type: string, id: string): Entity {
    let ids = this.#types.get(type)
    if (ids === undefined) this.#types.set(type, (ids = new Map()))
    let entity = ids.get(id)
    if (entity === undefined) {
      entity = new Entity(type, id)
      entity.home = this
      ids.set(id, entity)
    }
    return entity
  }

  #forgetIfUnused(entity: Entity): void {
    if (entity.present || entity.children > 0 || entity.references > 0) return
    entity.home = undefined
    this.#types.get(entity.type)?.delete(entity.id)
  }

  #refuseCycle(entity: Entity, parents: readonly Entity[], shown: string): void {
    const seen = new Set<Entity>()
    const pending = [...parents]
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (next === entity) throw cycle(shown)
      if (seen.has(next)) continue
      seen.add(next)
      pending.push(...next.parents)
    }
  }
}

/** An interned entity in Cedar's JSON format. */
export function entityToJson(entity: Entity): EntityJson {
  const members = (attributes: Attributes): RecordJson =>
    Object.fromEntries([...attributes].map(([name, value]) => [name, valueToJson(value)]))
  return {
    uid: { type: entity.type, id: entity.id },
    attrs: members(entity.attrs),
    parents: entity.parents.map(({ type, id }) => ({ type, id })),
    ...(entity.tags.size > 0 ? { tags: members(entity.tags) } : {}),
  }
}

function countReferences(facts: Facts, by: 1 | -1): Entity[] {
  const touched: Entity[] = []
  for (const parent of facts.parents) {
    parent.children += by
    touched.push(parent)
  }
  const visit = (value: Value): void => {
    if (typeof value !== 'object') return
    if (value.kind === 'entity') {
      value.references += by
      touched.push(value)
    } else if (value.kind === 'set') for (const item of value) visit(item)
    else if (value.kind === 'record') {
      for (const name of value.names()) visit(value.get(name) ?? false)
    }
  }
  for (const value of facts.attrs.values()) visit(value)
  for (const value of facts.tags.values()) visit(value)
  return touched
}

function sameMembers(left: readonly Entity[], right: readonly Entity[]): boolean {
  return left.length === right.length && left.every((entity) => right.includes(entity))
}

function refuseDifference(entity: Entity, facts: Facts, shown: string): void {
  const same =
    sameMembers(entity.parents, facts.parents) &&
    sameAttributes(entity.attrs, facts.attrs) &&
    sameAttributes(entity.tags, facts.tags)
  if (!same) throw new DataError('duplicate', shown, 'given twice with different facts')
}

function sameAttributes(left: Attributes, right: Attributes): boolean {
  return equal(RecordValue.of(left), RecordValue.of(right))
}

function cycle(shown: string): DataError {
  return new DataError(
    'cycle',
    shown,
    'an entity cannot be its own ancestor; remove one parent link',
  )
}
