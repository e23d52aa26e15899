// Data read with its schema at hand: a plain string becomes an `ip` where the schema says so,
// `{type, id}` becomes an entity, and what the schema does not allow is a typed error.
import { callExtension, isObject, uidFromJson, valueFromJson } from './json.ts'
import type { EntityResolver } from './json.ts'
import type { ExtensionName, RecordType, Schema, Type } from './schema.ts'
import { schemaError } from './schema.ts'
import { Entity, RecordValue, SetValue, typeName } from './values.ts'
import type { Value } from './values.ts'

/** Reads one value that must have the given type. Throws `DataError`. */
export function typedFromJson(
  json: unknown,
  type: Type,
  schema: Schema,
  resolve: EntityResolver,
  path: string,
): Value {
  const sub = (child: unknown, childType: Type, childPath: string): Value =>
    typedFromJson(child, childType, schema, resolve, childPath)
  switch (type.kind) {
    case 'long':
    case 'string':
    case 'bool':
      return ofKind(valueFromJson(json, resolve, path), type.kind, path)
    case 'set': {
      if (!Array.isArray(json)) return mismatch(valueFromJson(json, resolve, path), 'set', path)
      return new SetValue(json.map((item, index) => sub(item, type.element, `${path}[${index}]`)))
    }
    case 'record': {
      if (!isObject(json)) return mismatch(valueFromJson(json, resolve, path), 'record', path)
      return recordOfType(json, type, path, sub)
    }
    case 'entity': {
      if (!isObject(json)) return mismatch(valueFromJson(json, resolve, path), type.name, path)
      const uid = uidFromJson(json, path)
      if (uid.type !== type.name) return mismatch(new Entity(uid.type, uid.id), type.name, path)
      schema.checkId(uid, path)
      return resolve(uid.type, uid.id)
    }
    case 'extension':
      return extensionOf(json, type.name, resolve, path)
  }
}

/** Reads a record whose members a schema declares; none may be missing or superfluous. */
export function typedRecordFromJson(
  json: unknown,
  type: RecordType,
  schema: Schema,
  resolve: EntityResolver,
  path: string,
): RecordValue {
  const value = typedFromJson(json, type, schema, resolve, path)
  return value instanceof RecordValue ? value : mismatch(value, 'record', path)
}

function recordOfType(
  json: { readonly [name: string]: unknown },
  type: RecordType,
  path: string,
  sub: (child: unknown, type: Type, path: string) => Value,
): RecordValue {
  const fields = new Map<string, Value>()
  for (const [name, member] of Object.entries(json)) {
    const field = type.fields.get(name)
    if (field === undefined) throw schemaError(path, `the schema has no attribute \`${name}\` here`)
    fields.set(name, sub(member, field.type, path === '' ? name : `${path}.${name}`))
  }
  for (const [name, { required }] of type.fields) {
    if (required && !fields.has(name)) {
      throw schemaError(path, `the attribute \`${name}\` is missing`)
    }
  }
  return RecordValue.of(fields)
}

const CONSTRUCTORS: Readonly<Record<ExtensionName, string>> = {
  ipaddr: 'ip',
  decimal: 'decimal',
  datetime: 'datetime',
  duration: 'duration',
}

/** What each function that gives an extension value takes, when it is not one text. */
const ARGUMENTS: ReadonlyMap<string, readonly ExtensionName[]> = new Map([
  ['offset', ['datetime', 'duration']],
  ['durationSince', ['datetime', 'datetime']],
  ['toDate', ['datetime']],
  ['toTime', ['datetime']],
])

function extensionOf(
  json: unknown,
  name: ExtensionName,
  resolve: EntityResolver,
  path: string,
): Value {
  const escaped = isObject(json) && isObject(json['__extn']) ? json['__extn'] : json
  if (!isObject(escaped)) {
    const text = valueFromJson(json, resolve, path)
    return ofKind(callExtension(CONSTRUCTORS[name], [text], path), name, path)
  }
  if (typeof escaped['fn'] !== 'string') {
    return mismatch(valueFromJson(json, resolve, path), name, path)
  }
  const given: readonly unknown[] = Array.isArray(escaped['args'])
    ? escaped['args']
    : [escaped['arg']]
  const expected = ARGUMENTS.get(escaped['fn'])
  const args = given.map((arg, index) => {
    const wanted = expected?.[index]
    return wanted === undefined
      ? valueFromJson(arg, resolve, path)
      : extensionOf(arg, wanted, resolve, path)
  })
  return ofKind(callExtension(escaped['fn'], args, path), name, path)
}

function ofKind(value: Value, wanted: string, path: string): Value {
  return typeName(value) === wanted ? value : mismatch(value, wanted, path)
}

function mismatch(value: Value, wanted: string, path: string): never {
  throw schemaError(path, `expected ${wanted}, found ${typeName(value)}`)
}
