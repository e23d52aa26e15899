// Data read with its schema at hand: a plain string becomes an `ip` where the schema says so,
// `{type, id}` becomes an entity, and what the schema does not allow is a typed error.
import { callExtension, isObject, uidFromJson, valueFromJson } from './json.ts'
import type { DataError, EntityResolver } from './json.ts'
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
    if (field === undefined) throw superfluous(name, path)
    fields.set(name, sub(member, field.type, join(path, name)))
  }
  for (const [name, { required }] of type.fields) {
    if (required && !fields.has(name)) throw missing(name, path)
  }
  return RecordValue.of(fields)
}

/** Records of which it is known that they have a type. */
const known = new WeakMap<RecordType, WeakSet<RecordValue>>()

/**
 * Refuses a record, built beforehand, that a schema does not allow here. What was found right is
 * remembered, so a record that serves many questions is looked through once. Throws `DataError`.
 */
export function checkRecord(
  record: RecordValue,
  type: RecordType,
  schema: Schema,
  path: string,
): void {
  let right = known.get(type)
  if (right?.has(record) === true) return
  if (right === undefined) known.set(type, (right = new WeakSet()))
  checkValue(record, type, schema, path)
  right.add(record)
}

function checkValue(value: Value, type: Type, schema: Schema, path: string): void {
  switch (type.kind) {
    case 'set':
      if (!(value instanceof SetValue)) return mismatch(value, 'set', path)
      for (const item of value) checkValue(item, type.element, schema, path)
      return
    case 'record':
      if (!(value instanceof RecordValue)) return mismatch(value, 'record', path)
      for (const name of value.names()) {
        const field = type.fields.get(name)
        const member = value.get(name)
        if (field === undefined || member === undefined) throw superfluous(name, path)
        checkValue(member, field.type, schema, join(path, name))
      }
      for (const [name, { required }] of type.fields) {
        if (required && !value.has(name)) throw missing(name, path)
      }
      return
    case 'entity':
      if (!(value instanceof Entity) || value.type !== type.name) {
        return mismatch(value, `entity \`${type.name}\``, path)
      }
      return schema.checkId(value, path)
    case 'long':
    case 'string':
    case 'bool':
      ofKind(value, type.kind, path)
      return
    case 'extension':
      ofKind(value, type.name, path)
  }
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

function missing(name: string, path: string): DataError {
  return schemaError(join(path, name), `\`${name}\` is required, and missing`)
}

function superfluous(name: string, path: string): DataError {
  return schemaError(path, `the schema has no attribute \`${name}\` here`)
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

function mismatch(value: Value, wanted: string, path: string): never {
  throw schemaError(path, `expected ${wanted}, found ${typeName(value)}`)
}
