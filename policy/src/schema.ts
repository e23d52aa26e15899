// The shape that data must have: which attributes an entity of each type carries, which facts an
// action's context holds, and how actions are grouped. Read from Cedar's JSON schema format.
import type { EntityJson } from './entities.ts'
import { DataError } from './json.ts'
import { SchemaReader } from './schema-reader.ts'
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
      const parent = next
      if (found.some((each) => isSame(each, parent))) continue
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

/**
 * Reads a schema. Throws `DataError` for names that it does not declare, for types and action groups
 * that contain themselves, and for what Cedar has only as an experiment, such as open records.
 */
export function readSchema(json: SchemaJson): Schema {
  const reader = new SchemaReader(json)
  const schema = new Schema(reader.entityTypes(), reader.actions())
  for (const { uid } of schema.actions()) {
    const loops = schema.ancestorsOfAction(uid).some((each) => isSame(each, uid))
    if (loops) throw schemaError('', `the action \`${uid.id}\` is a member of itself`)
  }
  return schema
}

function isSame(left: EntityUid, right: EntityUid): boolean {
  return left.type === right.type && left.id === right.id
}

export function schemaError(path: string, message: string): DataError {
  return new DataError('schema', path, message)
}
