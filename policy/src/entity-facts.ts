// What an entity's JSON says about it, checked against the schema when there is one.
import {
  DataError,
  isActionType,
  isObject,
  uidFromJson,
  valueFromJson,
  valueToJson,
} from './json.ts'
import type { RecordJson } from './json.ts'
import type { EntityJson } from './entities.ts'
import { schemaError } from './schema.ts'
import type { ActionType, Schema } from './schema.ts'
import type { EntityUid } from './syntax.ts'
import { typedFromJson, typedRecordFromJson } from './typed-json.ts'
import { NO_ATTRIBUTES, RecordValue, equal } from './values.ts'
import type { Attributes, Entity, Value } from './values.ts'

export interface Facts {
  readonly attrs: Attributes
  readonly tags: Attributes
  readonly parents: readonly Entity[]
}

/** Reads the facts of one entity; `intern` gives the entities it names. Throws `DataError`. */
export function readFacts(
  json: EntityJson,
  uid: EntityUid,
  schema: Schema | undefined,
  intern: (type: string, id: string) => Entity,
): Facts {
  const shown = `${uid.type}::${JSON.stringify(uid.id)}`
  if (!isObject(json.attrs)) throw new DataError('not-a-value', shown, 'expected `attrs`')
  if (!Array.isArray(json.parents)) throw new DataError('not-a-value', shown, 'expected `parents`')
  const unique = new Set<Entity>()
  for (const parent of json.parents as EntityJson['parents']) {
    const { type, id } = uidFromJson(parent, `${shown}.parents`)
    if (isActionType(uid.type) && !isActionType(type)) {
      throw new DataError('bad-entity', shown, `an action cannot have the parent \`${type}\``)
    }
    unique.add(intern(type, id))
  }
  const parents = [...unique]
  if (schema !== undefined) return typedFacts(json, uid, schema, parents, intern)
  return {
    attrs: readAttributes(json.attrs, `${shown}.attrs`, intern),
    tags: readAttributes(json.tags ?? {}, `${shown}.tags`, intern),
    parents,
  }
}

function typedFacts(
  json: EntityJson,
  uid: EntityUid,
  schema: Schema,
  parents: readonly Entity[],
  intern: (type: string, id: string) => Entity,
): Facts {
  const shown = `${uid.type}::${JSON.stringify(uid.id)}`
  if (isActionType(uid.type)) {
    const declared = checkAction(uid, json, schema, parents, shown)
    return {
      attrs: NO_ATTRIBUTES,
      tags: NO_ATTRIBUTES,
      parents: declared.parents.map(({ type, id }) => intern(type, id)),
    }
  }
  const type = schema.entityTypes.get(uid.type)
  if (type === undefined) throw schemaError(shown, `the schema has no type \`${uid.type}\``)
  schema.checkId(uid, shown)
  const stranger = parents.find((parent) => !type.ancestors.has(parent.type))
  if (stranger !== undefined) {
    throw schemaError(shown, `cannot be \`in\` an entity of type \`${stranger.type}\``)
  }
  for (const parent of parents) schema.checkId(parent, shown)
  const attrs = typedRecordFromJson(json.attrs, type.shape, schema, intern, `${shown}.attrs`)
  const tags = new Map<string, Value>()
  for (const [name, value] of Object.entries(json.tags ?? {})) {
    if (type.tags === undefined) throw schemaError(shown, 'the schema allows no tags here')
    tags.set(name, typedFromJson(value, type.tags, schema, intern, `${shown}.tags.${name}`))
  }
  return {
    attrs: attrs.names().length === 0 ? NO_ATTRIBUTES : attrs.toMap(),
    tags: tags.size === 0 ? NO_ATTRIBUTES : tags,
    parents,
  }
}

// Actions are declared by the schema; data may repeat a declaration, also with the groups that
// follow from it, but not change it.
function checkAction(
  uid: EntityUid,
  json: EntityJson,
  schema: Schema,
  parents: readonly Entity[],
  shown: string,
): ActionType {
  const declared = schema.action(uid)
  if (declared === undefined) throw schemaError(shown, 'the schema has no such action')
  const allowed = schema.ancestorsOfAction(uid)
  const same =
    Object.keys(json.attrs).length === 0 &&
    Object.keys(json.tags ?? {}).length === 0 &&
    parents.every(({ type, id }) => allowed.some((each) => each.type === type && each.id === id)) &&
    declared.parents.every((each) =>
      parents.some(({ type, id }) => each.type === type && each.id === id),
    )
  if (!same) throw schemaError(shown, 'the action differs from its declaration in the schema')
  return declared
}

function readAttributes(
  json: RecordJson,
  path: string,
  intern: (type: string, id: string) => Entity,
): Attributes {
  const names = Object.keys(json)
  if (names.length === 0) return NO_ATTRIBUTES
  const attributes = new Map<string, Value>()
  for (const name of names) {
    attributes.set(name, valueFromJson(json[name], intern, `${path}.${name}`))
  }
  return attributes
}

/** Counts what facts point at; gives what it counted. */
export function countReferences(facts: Facts, by: 1 | -1): Entity[] {
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

/** Whether two lists without duplicates name the same entities. */
export function sameMembers(left: readonly Entity[], right: readonly Entity[]): boolean {
  return left.length === right.length && left.every((entity) => right.includes(entity))
}

/** Refuses a second account of an entity that says something else. Throws `DataError`. */
export function refuseDifference(entity: Entity, facts: Facts): void {
  const same =
    sameMembers(entity.parents, facts.parents) &&
    sameAttributes(entity.attrs, facts.attrs) &&
    sameAttributes(entity.tags, facts.tags)
  if (!same) throw new DataError('duplicate', entity.shown, 'given twice with different facts')
}

function sameAttributes(left: Attributes, right: Attributes): boolean {
  return equal(RecordValue.of(left), RecordValue.of(right))
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

/** Makes of an entity a mere name, for whoever still holds it when its store has let it go. */
export function forgetEntity(entity: Entity): void {
  entity.home = undefined
  entity.present = false
  entity.attrs = NO_ATTRIBUTES
  entity.tags = NO_ATTRIBUTES
  entity.parents = []
}
