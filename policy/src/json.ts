// Cedar's JSON convention for data: `{"__entity": …}` and `{"__extn": …}` stand for what JSON
// cannot say. What Cedar refuses (null, fractions, integers that were rounded on the way) is a
// typed error here; nothing is coerced.
import { EXTENSIONS } from './extensions.ts'
import { LONG_MAX, LONG_MIN, longFromBigInt } from './long.ts'
import type { EntityUid } from './syntax.ts'
import { Entity, Failure, RecordValue, SetValue } from './values.ts'
import type { Value } from './values.ts'

/** Data in Cedar's JSON convention. Integers beyond ±(2^53 - 1) are given as `bigint`. */
export type ValueJson =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly ValueJson[]
  | RecordJson

export interface RecordJson {
  readonly [name: string]: ValueJson
}

export type DataErrorCode =
  | 'null'
  | 'not-an-integer'
  | 'out-of-range'
  | 'not-a-value'
  | 'bad-extension'
  | 'bad-escape'
  | 'bad-entity'
  | 'too-deep'
  | 'cycle'
  | 'duplicate'
  | 'schema'

/** Data that Cedar would refuse. `path` says where in the data, as `attrs.network[0]`. */
export class DataError extends Error {
  override readonly name = 'DataError'
  readonly code: DataErrorCode
  readonly path: string

  constructor(code: DataErrorCode, path: string, message: string) {
    super(path === '' ? message : `${message} (at \`${path}\`)`)
    this.code = code
    this.path = path
  }
}

/** Gives the entity that a name stands for; a store interns, a literal does not. */
export type EntityResolver = (type: string, id: string) => Entity

export const detached: EntityResolver = (type, id) => new Entity(type, id)

const MAX_DEPTH = 64

/** Reads one value. Throws `DataError`. */
export function valueFromJson(
  json: unknown,
  resolve: EntityResolver = detached,
  path = '',
  depth = 0,
): Value {
  if (typeof json === 'string' || typeof json === 'boolean') return json
  if (typeof json === 'number') {
    if (Number.isSafeInteger(json)) return json + 0
    throw notALong(json, path)
  }
  if (typeof json === 'bigint') return longFromBigInt(json) ?? outOfRange(json, path)
  if (typeof json !== 'object') {
    throw new DataError('not-a-value', path, `\`${typeof json}\` is no Cedar value`)
  }
  if (json === null) {
    throw new DataError('null', path, 'Cedar has no `null`; leave the attribute out instead')
  }
  if (depth > MAX_DEPTH)
    throw new DataError('too-deep', path, `data nests deeper than ${MAX_DEPTH}`)
  if (Array.isArray(json)) {
    return new SetValue(
      json.map((item, index) => valueFromJson(item, resolve, `${path}[${index}]`, depth + 1)),
    )
  }
  if (isObject(json)) {
    const escaped = fromEscape(json, resolve, path, depth)
    if (escaped !== undefined) return escaped
  }
  const fields = new Map<string, Value>()
  for (const [name, member] of Object.entries(json)) {
    fields.set(name, valueFromJson(member, resolve, join(path, name), depth + 1))
  }
  return RecordValue.of(fields)
}

/** Reads a record, for instance the context of a question. Throws `DataError`. */
export function recordFromJson(
  json: RecordJson,
  resolve: EntityResolver = detached,
  path = '',
): RecordValue {
  const fields = new Map<string, Value>()
  const names = Object.keys(json)
  for (const name of names) {
    const member = json[name]
    if (typeof member === 'string' || typeof member === 'boolean') continue
    if (typeof member === 'number' && Number.isSafeInteger(member)) continue
    // A record that is not an escape can be read in the same way.
    const isPlain = isObject(member) && !mayBeEscape(member)
    fields.set(
      name,
      isPlain && path.length < DEEP_PATH
        ? recordFromJson(member, resolve, join(path, name))
        : valueFromJson(member, resolve, join(path, name)),
    )
  }
  if (names.length === 1 && mayBeEscape(json)) {
    const value = valueFromJson(json, resolve, path)
    if (value instanceof RecordValue) return value
    throw new DataError('not-a-value', path, 'expected a record, found an escape')
  }
  return RecordValue.over(json, fields)
}

/** Past this, `valueFromJson` reads on, which counts levels. */
const DEEP_PATH = 200

function mayBeEscape(json: { readonly [name: string]: unknown }): boolean {
  const names = Object.keys(json)
  return names.length === 1 && names[0]?.startsWith('__') === true
}

/** Reads `{type, id}` or `{__entity: {type, id}}`. Throws `DataError`. */
export function uidFromJson(json: unknown, path: string): EntityUid {
  const inner = isObject(json) && isObject(json['__entity']) ? json['__entity'] : json
  if (!isObject(inner) || typeof inner['type'] !== 'string' || typeof inner['id'] !== 'string') {
    throw new DataError('bad-entity', path, 'expected `{"type": …, "id": …}`')
  }
  return { type: checkedTypeName(inner['type'], path), id: inner['id'] }
}

/** The value in Cedar's JSON convention; reading it back gives an equal value. */
export function valueToJson(value: Value): ValueJson {
  if (typeof value !== 'object') return value
  switch (value.kind) {
    case 'entity':
      return { __entity: { type: value.type, id: value.id } }
    case 'set':
      return [...value].map(valueToJson)
    case 'record':
      return Object.fromEntries(
        value.names().map((name) => [name, valueToJson(value.get(name) ?? false)]),
      )
    case 'ipaddr':
      return { __extn: { fn: 'ip', arg: value.toString() } }
    case 'decimal':
      return { __extn: { fn: 'decimal', arg: value.toString() } }
    case 'datetime':
      return datetimeToJson(value.epochMs)
    case 'duration':
      return { __extn: { fn: 'duration', arg: value.toString() } }
  }
}

// A moment beyond the year 9999 has no literal, but every moment is 1970 plus a duration.
function datetimeToJson(epochMs: number | bigint): ValueJson {
  const moment = typeof epochMs === 'number' ? new Date(epochMs) : undefined
  const text = moment !== undefined && !Number.isNaN(moment.getTime()) ? moment.toISOString() : ''
  if (/^[0-9]{4}-/.test(text)) return { __extn: { fn: 'datetime', arg: text } }
  const epoch = { __extn: { fn: 'datetime', arg: '1970-01-01' } }
  return {
    __extn: { fn: 'offset', args: [epoch, { __extn: { fn: 'duration', arg: `${epochMs}ms` } }] },
  }
}

function fromEscape(
  json: Json,
  resolve: EntityResolver,
  path: string,
  depth: number,
): Value | undefined {
  const [name = '', ...others] = Object.keys(json)
  if (others.length > 0 || !name.startsWith('__')) return undefined
  const inner = json[name]
  if (name === '__expr' && typeof inner === 'string') {
    throw new DataError('bad-escape', path, 'the `__expr` escape is no longer supported')
  }
  if (!isObject(inner)) return undefined
  if (name === '__entity' && typeof inner['type'] === 'string' && typeof inner['id'] === 'string') {
    return resolve(checkedTypeName(inner['type'], path), inner['id'])
  }
  if (name !== '__extn' || typeof inner['fn'] !== 'string') return undefined
  if (!Array.isArray(inner['args']) && !Object.hasOwn(inner, 'arg')) return undefined
  const given: readonly unknown[] = Array.isArray(inner['args']) ? inner['args'] : [inner['arg']]
  const args = given.map((arg) => valueFromJson(arg, resolve, path, depth + 1))
  return callExtension(inner['fn'], args, path)
}

type Json = { readonly [name: string]: unknown }

/** Calls an extension function on values. Throws `DataError` when it yields none. */
export function callExtension(name: string, args: readonly Value[], path: string): Value {
  const extension = EXTENSIONS.get(name)
  const [self = false, argument = false] = args
  if (extension === undefined || args.length !== extension.arity) {
    throw new DataError(
      'bad-extension',
      path,
      `no function \`${name}\` of ${args.length} argument(s)`,
    )
  }
  const result = extension.call(self, argument)
  if (result instanceof Failure) throw new DataError('bad-extension', path, result.message)
  return result
}

const TYPE_NAME = /^[A-Za-z_][A-Za-z0-9_]*(?:::[A-Za-z_][A-Za-z0-9_]*)*$/
const RESERVED = new Set([
  'true',
  'false',
  'if',
  'then',
  'else',
  'in',
  'is',
  'like',
  'has',
  '__cedar',
])
const knownTypeNames = new Set<string>()
const KNOWN_TYPE_NAMES_MAX = 10_000

/** The name itself, when it is a legal entity type such as `Org::User`. Throws `DataError`. */
export function checkedTypeName(name: string, path: string): string {
  if (knownTypeNames.has(name)) return name
  if (!TYPE_NAME.test(name) || name.split('::').some((part) => RESERVED.has(part))) {
    throw new DataError('bad-entity', path, `\`${name}\` is not the name of an entity type`)
  }
  if (knownTypeNames.size < KNOWN_TYPE_NAMES_MAX) knownTypeNames.add(name)
  return name
}

export function isObject(json: unknown): json is { readonly [name: string]: unknown } {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

function notALong(json: number, path: string): DataError {
  return Number.isInteger(json)
    ? new DataError('out-of-range', path, `\`${json}\` may have been rounded; give it as a bigint`)
    : new DataError('not-an-integer', path, `\`${json}\` is not an integer; use \`decimal\``)
}

function outOfRange(json: bigint, path: string): never {
  const bounds = `${LONG_MIN} to ${LONG_MAX}`
  throw new DataError('out-of-range', path, `\`${json}\` is outside ${bounds}`)
}

/** Whether a type names actions: `Action`, in any namespace. */
export function isActionType(type: string): boolean {
  return type === 'Action' || type.endsWith('::Action')
}
