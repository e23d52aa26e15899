// The shape that data must have: which attributes an entity of each type carries, which facts an
// action's context holds, and how actions are grouped. Read from Cedar's JSON schema format.
import type { EntityJson } from './entities.ts'
import { DataError, isObject } from './json.ts'
import type { EntityUid } from './syntax.ts'

/** Cedar's JSON schema format: one entry for each namespace. */
export interface SchemaJson {
  readonly [namespace: string]: unknown
}

export type Type =
  | { readonly kind: 'long' | 'string' | 'bool' }
  | { readonly kind: 'set'; readonly element: Type }
  | RecordType
  | { readonly kind: 'entity'; readonly name: string }
  | { readonly kind: 'extension'; readonly name: ExtensionName }

export type ExtensionName = 'ipaddr' | 'decimal' | 'datetime' | 'duration'

export interface RecordType {
  readonly kind: 'record'
  readonly fields: ReadonlyMap<string, { readonly type: Type; readonly required: boolean }>
}

export interface EntityType {
  readonly shape: RecordType
  readonly tags: Type | undefined
  /** Every type an ancestor may have. */
  readonly ancestors: ReadonlySet<string>
  /** The only legal ids, for an enumerated type. */
  readonly ids: ReadonlySet<string> | undefined
}

export interface ActionType {
  readonly uid: EntityUid
  readonly principals: ReadonlySet<string>
  readonly resources: ReadonlySet<string>
  readonly context: RecordType
  readonly parents: readonly EntityUid[]
}

const NO_SHAPE: RecordType = { kind: 'record', fields: new Map() }

/** A schema, ready to check data against. */
export class Schema {
  readonly entityTypes: ReadonlyMap<string, EntityType>
  /** Actions by type, then by id. */
  readonly #actions: ReadonlyMap<string, ReadonlyMap<string, ActionType>>

  constructor(
    entityTypes: ReadonlyMap<string, EntityType>,
    actions: ReadonlyMap<string, ReadonlyMap<string, ActionType>>,
  ) {
    this.entityTypes = entityTypes
    this.#actions = actions
  }

  action(uid: EntityUid): ActionType | undefined {
    return this.#actions.get(uid.type)?.get(uid.id)
  }

  *actions(): Generator<ActionType> {
    for (const ids of this.#actions.values()) yield* ids.values()
  }

  /** Every action group that an action belongs to, directly or not. */
  ancestorsOfAction(uid: EntityUid): EntityUid[] {
    const found: EntityUid[] = []
    const pending = [...(this.action(uid)?.parents ?? [])]
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const { type, id } = next
      if (found.some((each) => each.type === type && each.id === id)) continue
      found.push(next)
      pending.push(...(this.action(next)?.parents ?? []))
    }
    return found
  }

  /** The actions and their groups as entities. */
  actionEntities(): EntityJson[] {
    return [...this.actions()].map(({ uid, parents }) => ({ uid, attrs: {}, parents }))
  }

  /**
   * Refuses a question about an action that does not exist, or about a type of principal or
   * resource that the action does not apply to. Throws `DataError`.
   */
  checkQuery(query: { principal: EntityUid; action: EntityUid; resource: EntityUid }): void {
    const { principal, action, resource } = query
    const type = this.action(action)
    const shown = `${action.type}::${JSON.stringify(action.id)}`
    if (type === undefined) throw schemaError('action', `\`${shown}\` is not in the schema`)
    for (const [part, uid, types] of [
      ['principal', principal, type.principals],
      ['resource', resource, type.resources],
    ] as const) {
      if (!types.has(uid.type)) {
        throw schemaError(part, `\`${shown}\` does not apply to the type \`${uid.type}\``)
      }
      this.checkId(uid, part)
    }
  }

  /** Refuses an id that an enumerated type does not list. Throws `DataError`. */
  checkId(uid: EntityUid, path: string): void {
    const ids = this.entityTypes.get(uid.type)?.ids
    if (ids !== undefined && !ids.has(uid.id)) {
      throw schemaError(path, `\`${uid.id}\` is not one of the ids of \`${uid.type}\``)
    }
  }
}

/** Reads a schema. Throws `DataError` when it names types that it does not declare. */
export function readSchema(json: SchemaJson): Schema {
  const reader = new SchemaReader(json)
  return new Schema(reader.entityTypes(), reader.actions())
}

export function schemaError(path: string, message: string): DataError {
  return new DataError('schema', path, message)
}

type Json = { readonly [name: string]: unknown }

class SchemaReader {
  readonly #namespaces: readonly (readonly [string, Json])[]
  readonly #commonTypes = new Map<string, readonly [string, unknown]>()
  readonly #entityNames = new Set<string>()

  constructor(json: SchemaJson) {
    this.#namespaces = Object.entries(json).map(([name, body]) => [name, object(body)])
    for (const [namespace, body] of this.#namespaces) {
      for (const [name, type] of members(body['commonTypes'])) {
        this.#commonTypes.set(qualify(namespace, name), [namespace, type])
      }
      for (const [name] of members(body['entityTypes'])) {
        this.#entityNames.add(qualify(namespace, name))
      }
    }
  }

  entityTypes(): Map<string, EntityType> {
    const parents = new Map<string, readonly string[]>()
    const types = new Map<string, EntityType>()
    for (const [namespace, body] of this.#namespaces) {
      for (const [name, each] of members(body['entityTypes'])) {
        const type = object(each)
        const memberOf = strings(type['memberOfTypes']).map((parent) =>
          this.#entityName(namespace, parent),
        )
        parents.set(qualify(namespace, name), memberOf)
        types.set(qualify(namespace, name), {
          shape: this.#record(namespace, type['shape']),
          tags: type['tags'] === undefined ? undefined : this.#type(namespace, type['tags']),
          ancestors: new Set(),
          ids: type['enum'] === undefined ? undefined : new Set(strings(type['enum'])),
        })
      }
    }
    for (const [name, type] of types) {
      types.set(name, { ...type, ancestors: reachable(name, parents) })
    }
    return types
  }

  actions(): Map<string, Map<string, ActionType>> {
    const actions = new Map<string, Map<string, ActionType>>()
    for (const [namespace, body] of this.#namespaces) {
      const type = qualify(namespace, 'Action')
      for (const [id, each] of members(body['actions'])) {
        const action = object(each)
        const applies = object(action['appliesTo'] ?? {})
        const names = (list: unknown): Set<string> =>
          new Set(strings(list).map((name) => this.#entityName(namespace, name)))
        let ids = actions.get(type)
        if (ids === undefined) actions.set(type, (ids = new Map<string, ActionType>()))
        ids.set(id, {
          uid: { type, id },
          principals: names(applies['principalTypes']),
          resources: names(applies['resourceTypes']),
          context: this.#record(namespace, applies['context']),
          parents: list(action['memberOf']).map((parent) =>
            this.#actionUid(namespace, object(parent)),
          ),
        })
      }
    }
    return actions
  }

  #record(namespace: string, json: unknown): RecordType {
    if (json === undefined || json === null) return NO_SHAPE
    const type = this.#type(namespace, json)
    if (type.kind === 'record') return type
    throw schemaError('', 'expected a record type for a shape or a context')
  }

  #type(namespace: string, json: unknown): Type {
    const body = object(json)
    const name = String(body['type'])
    switch (name) {
      case 'Set':
        return { kind: 'set', element: this.#type(namespace, body['element']) }
      case 'Record': {
        const fields = members(body['attributes']).map(([field, type]) => {
          const required = object(type)['required'] !== false
          return [field, { type: this.#type(namespace, type), required }] as const
        })
        return { kind: 'record', fields: new Map(fields) }
      }
      case 'Entity':
        return { kind: 'entity', name: this.#entityName(namespace, String(body['name'])) }
      case 'EntityOrCommon':
      case 'Extension':
        return this.#named(namespace, String(body['name']))
      default:
        return this.#named(namespace, name)
    }
  }

  #named(namespace: string, name: string): Type {
    for (const candidate of [qualify(namespace, name), name]) {
      const common = this.#commonTypes.get(candidate)
      if (common !== undefined) return this.#type(common[0], common[1])
      if (this.#entityNames.has(candidate)) return { kind: 'entity', name: candidate }
    }
    const builtIn = BUILT_IN.get(name.replace(/^__cedar::/, ''))
    if (builtIn !== undefined) return builtIn
    throw schemaError('', `no type \`${name}\` is declared`)
  }

  // A group named without its namespace is looked for in this one first.
  #actionUid(namespace: string, parent: Json): EntityUid {
    const type = typeof parent['type'] === 'string' ? parent['type'] : 'Action'
    const id = String(parent['id'])
    const candidates = [qualify(namespace, type), type]
    const declared = candidates.find((each) =>
      this.#namespaces.some(
        ([name, body]) =>
          qualify(name, 'Action') === each && members(body['actions']).some(([key]) => key === id),
      ),
    )
    if (declared !== undefined) return { type: declared, id }
    throw schemaError('', `the action group \`${id}\` is not declared`)
  }

  #entityName(namespace: string, name: string): string {
    const qualified = qualify(namespace, name)
    return this.#entityNames.has(qualified) ? qualified : name
  }
}

const BUILT_IN: ReadonlyMap<string, Type> = new Map<string, Type>([
  ['Long', { kind: 'long' }],
  ['String', { kind: 'string' }],
  ['Bool', { kind: 'bool' }],
  ['Boolean', { kind: 'bool' }],
  ['ipaddr', { kind: 'extension', name: 'ipaddr' }],
  ['decimal', { kind: 'extension', name: 'decimal' }],
  ['datetime', { kind: 'extension', name: 'datetime' }],
  ['duration', { kind: 'extension', name: 'duration' }],
])

function reachable(name: string, parents: ReadonlyMap<string, readonly string[]>): Set<string> {
  const seen = new Set<string>()
  const pending = [...(parents.get(name) ?? [])]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (seen.has(next)) continue
    seen.add(next)
    pending.push(...(parents.get(next) ?? []))
  }
  return seen
}

function qualify(namespace: string, name: string): string {
  return namespace === '' || name.includes('::') ? name : `${namespace}::${name}`
}

function object(json: unknown): Json {
  if (isObject(json)) return json
  throw schemaError('', 'the schema is malformed')
}

function members(json: unknown): [string, unknown][] {
  return json === undefined || json === null ? [] : Object.entries(object(json))
}

function list(json: unknown): readonly unknown[] {
  return Array.isArray(json) ? json : []
}

function strings(json: unknown): string[] {
  return list(json).map(String)
}
