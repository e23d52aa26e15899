// What is known about people, devices, groups and resources, ready to be asked millions of times a
// second: every entity is interned once, attribute values point straight at the entities they name,
// and the ancestors of an entity are a set that is kept while the hierarchy above it stands still.
import { refuseCycles } from './entity-cycles.ts'
import {
  countReferences,
  entityToJson,
  forgetEntity,
  readFacts,
  refuseDifference,
  sameMembers,
} from './entity-facts.ts'
import type { Facts } from './entity-facts.ts'
import { isActionType, uidFromJson } from './json.ts'
import type { EntityResolver, RecordJson } from './json.ts'
import { schemaError } from './schema.ts'
import type { Schema } from './schema.ts'
import type { EntityUid } from './syntax.ts'
import { Entity, NO_ATTRIBUTES } from './values.ts'

export type { EntityUid } from './syntax.ts'

export type EntityUidJson = EntityUid | { readonly __entity: EntityUid }

/** Cedar's JSON format for one entity. */
export interface EntityJson {
  readonly uid: EntityUidJson
  readonly attrs: RecordJson
  readonly parents: readonly EntityUidJson[]
  readonly tags?: RecordJson
}

/** One of several changes that are made together. */
export type EntityChange =
  | { readonly op: 'upsert'; readonly entity: EntityJson }
  | { readonly op: 'remove'; readonly uid: EntityUid }

const NO_FACTS: Facts = { attrs: NO_ATTRIBUTES, tags: NO_ATTRIBUTES, parents: [] }
const NO_ANCESTORS: ReadonlySet<Entity> = new Set<Entity>()

/** Entities by name, with their hierarchy. One writer; reads never see half a change. */
export class EntityStore {
  readonly schema: Schema | undefined
  #types = new Map<string, Map<string, Entity>>()
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
    for (const action of schema?.actionEntities() ?? []) store.#put(action, 'first')
    for (const entity of entities) store.#put(entity, 'first')
    return store
  }

  /** Adds an entity, or replaces all facts of a known one. Throws `DataError` and changes nothing. */
  upsert(entity: EntityJson): void {
    this.#put(entity, 'replace')
  }

  /** Forgets the facts of an entity; references to it stay legal. False when it was not known. */
  remove(uid: EntityUid): boolean {
    const entity = this.#removable(uid)
    if (entity?.present !== true) return false
    this.#clear(entity)
    return true
  }

  /**
   * Makes several changes, all or none. Only what comes out must be legal: two groups may change
   * places in a hierarchy, in either order. Of two changes to one entity the later one counts.
   * Throws `DataError` and changes nothing.
   */
  apply(changes: readonly EntityChange[]): void {
    this.#naming((intern) => {
      const after = new Map<Entity, Facts | undefined>()
      for (const change of changes) {
        if (change.op === 'upsert') {
          const { entity, facts } = this.#read(change.entity, intern)
          after.set(entity, facts)
        } else if (this.#removable(change.uid) !== undefined) {
          after.set(intern(change.uid.type, change.uid.id), undefined)
        }
      }
      refuseCycles(new Map([...after].map(([entity, facts]) => [entity, facts?.parents ?? []])))
      for (const [entity, facts] of after) {
        if (facts !== undefined) this.#setFacts(entity, facts)
        else if (entity.present) this.#clear(entity)
      }
    })
  }

  /**
   * Puts a whole new set in the place of the old one, at once: a question is answered by one or by
   * the other. What was derived from this store is stale afterwards, and its versions say so.
   * Throws `DataError` and changes nothing.
   */
  replaceAll(entities: Iterable<EntityJson>): void {
    const next = EntityStore.load(entities, this.schema)
    // Whoever still holds an old entity is sent to the new one of that name.
    for (const entity of internedIn(this.#types)) forgetEntity(entity)
    for (const entity of internedIn(next.#types)) entity.home = this
    this.#types = next.#types
    this.#size = next.#size
    this.#actionVersion += 1
    this.#hierarchyVersion = Math.max(this.#hierarchyVersion, next.#hierarchyVersion) + 1
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
    const before: { entity: Entity; group: Entity; parents: readonly Entity[] }[] = []
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
        refuseCycles(new Map([[entity, parents]]))
        before.push({ entity, group, parents: entity.parents })
        group.children += 1
        this.#setParents(entity, parents)
      }
      return ask()
    } finally {
      for (const { entity, group, parents } of before.reverse()) {
        this.#setParents(entity, parents)
        group.children -= 1
      }
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

  #put(json: EntityJson, mode: 'first' | 'replace'): void {
    this.#naming((intern) => {
      const { entity, facts } = this.#read(json, intern)
      if (mode === 'first' && entity.present) refuseDifference(entity, facts)
      if (entity.children > 0 || facts.parents.includes(entity)) {
        refuseCycles(new Map([[entity, facts.parents]]))
      }
      this.#setFacts(entity, facts)
    })
  }

  // INVARIANT: what was named while reading stays interned until the change is made or refused.
  #naming(change: (intern: EntityResolver) => void): void {
    const named: Entity[] = []
    try {
      change((type, id) => {
        const entity = this.#intern(type, id)
        entity.references += 1
        named.push(entity)
        return entity
      })
    } finally {
      for (const each of named) {
        each.references -= 1
        this.#forgetIfUnused(each)
      }
    }
  }

  #read(
    json: EntityJson,
    intern: EntityResolver,
  ): { readonly entity: Entity; readonly facts: Facts } {
    const uid = uidFromJson(json.uid, 'uid')
    return { entity: intern(uid.type, uid.id), facts: readFacts(json, uid, this.schema, intern) }
  }

  #removable(uid: EntityUid): Entity | undefined {
    const entity = this.find(uid)
    if (entity === undefined || this.schema?.action(uid) === undefined) return entity
    throw schemaError(entity.shown, 'the schema declares this action; change the schema instead')
  }

  #clear(entity: Entity): void {
    this.#setFacts(entity, NO_FACTS)
    entity.present = false
    this.#size -= 1
    this.#forgetIfUnused(entity)
  }

  #setFacts(entity: Entity, facts: Facts): void {
    const before: Facts = { attrs: entity.attrs, tags: entity.tags, parents: entity.parents }
    countReferences(facts, 1)
    entity.attrs = facts.attrs
    entity.tags = facts.tags
    if (!sameMembers(before.parents, facts.parents)) this.#setParents(entity, facts.parents)
    else entity.parents = facts.parents
    for (const released of countReferences(before, -1)) this.#forgetIfUnused(released)
    if (!entity.present) this.#size += 1
    entity.present = true
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
    // Another entity may have this name by now.
    if (entity.home !== this) return
    entity.home = undefined
    this.#types.get(entity.type)?.delete(entity.id)
  }
}

function* internedIn(types: ReadonlyMap<string, ReadonlyMap<string, Entity>>): Generator<Entity> {
  for (const ids of types.values()) yield* ids.values()
}
