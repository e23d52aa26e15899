// Cedar's JSON schema format, in which names may be written with or without their namespace and
// types may be declared after they are used, turned into types without names left to look up.
import { DataError, isObject } from './json.ts'
import type { ActionType, EntityType, RecordType, SchemaJson, Type } from './schema.ts'
import type { EntityUid } from './syntax.ts'

const NO_SHAPE: RecordType = { kind: 'record', fields: new Map() }

type Json = { readonly [name: string]: unknown }

/** Reads the parts of a schema, all of it by name until everything is known. */
export class SchemaReader {
  readonly #namespaces: readonly (readonly [string, Json])[]
  readonly #commonTypes = new Map<string, readonly [string, unknown]>()
  readonly #entityNames = new Set<string>()
  /** The types by name that are being read, each as part of the one before it. */
  readonly #resolving = new Set<string>()

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
    // Also a type that nothing uses must make sense.
    for (const [name, [namespace, type]] of this.#commonTypes) this.#common(name, namespace, type)
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
          ids: type['enum'] === undefined ? undefined : enumerated(name, strings(type['enum'])),
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
        if (members(action['attributes']).length > 0) {
          throw new DataError('schema', '', `the action \`${id}\` cannot have attributes`)
        }
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
    throw new DataError('schema', '', 'expected a record type for a shape or a context')
  }

  #type(namespace: string, json: unknown): Type {
    const body = object(json)
    const name = String(body['type'])
    switch (name) {
      case 'Set':
        return { kind: 'set', element: this.#type(namespace, body['element']) }
      case 'Record': {
        if (body['additionalAttributes'] === true) {
          throw new DataError('schema', '', 'a record cannot be open; declare every attribute')
        }
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
      if (common !== undefined) return this.#common(candidate, ...common)
      if (this.#entityNames.has(candidate)) return { kind: 'entity', name: candidate }
    }
    const builtIn = BUILT_IN.get(name.replace(/^__cedar::/, ''))
    if (builtIn !== undefined) return builtIn
    throw new DataError('schema', '', `no type \`${name}\` is declared`)
  }

  #common(name: string, namespace: string, json: unknown): Type {
    if (this.#resolving.has(name))
      throw new DataError('schema', '', `the type \`${name}\` contains itself`)
    this.#resolving.add(name)
    const type = this.#type(namespace, json)
    this.#resolving.delete(name)
    return type
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
    throw new DataError('schema', '', `the action group \`${id}\` is not declared`)
  }

  #entityName(namespace: string, name: string): string {
    const declared = [qualify(namespace, name), name].find((each) => this.#entityNames.has(each))
    if (declared !== undefined) return declared
    throw new DataError('schema', '', `no entity type \`${name}\` is declared`)
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

function enumerated(name: string, ids: readonly string[]): ReadonlySet<string> {
  if (ids.length > 0) return new Set(ids)
  throw new DataError('schema', '', `the enumerated type \`${name}\` lists no id`)
}

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
  throw new DataError('schema', '', 'the schema is malformed')
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
