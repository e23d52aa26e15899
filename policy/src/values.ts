// The values a policy computes with. A boolean, a string and most integers are themselves; the
// rest are small classes with a `kind`. Attributes live in maps, never in objects, because
// `__proto__` and `constructor` are legal attribute names.
import type { Ip } from './ipaddr.ts'
import type { Long } from './long.ts'
import type { Datetime, Decimal, Duration } from './quantities.ts'

export type Extension = Ip | Decimal | Datetime | Duration
export type Value = boolean | Long | string | Entity | SetValue | RecordValue | Extension

/** What an expression yields: a value, or the reason why it has none. Failures are never thrown. */
export type Result = Value | Failure

/** Why an expression has no value. Cedar then skips the policy and reports the error. */
export class Failure {
  readonly kind = 'failure'
  readonly message: string

  constructor(message: string) {
    this.message = message
  }
}

export type Attributes = ReadonlyMap<string, Value>

export const NO_ATTRIBUTES: Attributes = new Map<string, Value>()
const NO_PARENTS: readonly Entity[] = []

/**
 * An entity, known or only named. An `EntityStore` interns its entities and fills in the facts;
 * one that stands outside a store (a literal, a question's principal) carries only its name.
 */
export class Entity {
  readonly kind = 'entity'
  readonly type: string
  readonly id: string
  /** The store that interned this entity; cleared when the store forgets it. */
  home: object | undefined = undefined
  /** For a literal: the entity of that name in the store that was asked last. */
  twin: Entity | undefined = undefined
  /** Whether the store holds facts for it; a placeholder is only referred to by others. */
  present = false
  attrs: Attributes = NO_ATTRIBUTES
  tags: Attributes = NO_ATTRIBUTES
  parents: readonly Entity[] = NO_PARENTS
  /** How many parent links and attribute values of present entities point here. */
  children = 0
  references = 0
  /** INVARIANT: transitively closed, as of `closedAt`, the hierarchy version of the store. */
  closure: ReadonlySet<Entity> | undefined = undefined
  closedAt = 0

  constructor(type: string, id: string) {
    this.type = type
    this.id = id
  }

  /** The name as Cedar source writes it, for messages. */
  get shown(): string {
    return `${this.type}::${JSON.stringify(this.id)}`
  }
}

/** An unordered collection without duplicates, of any mixture of values. */
export class SetValue {
  readonly kind = 'set'
  readonly #scalars = new Set<Value>()
  readonly #compound = new Map<string, Value>()
  #key: string | undefined

  constructor(items: Iterable<Value>) {
    for (const item of items) {
      if (typeof item === 'object') {
        const key = keyOf(item)
        if (!this.#compound.has(key)) this.#compound.set(key, item)
      } else this.#scalars.add(item)
    }
  }

  get size(): number {
    return this.#scalars.size + this.#compound.size
  }

  /** A text that is the same for equal sets; see `keyOf`. */
  get key(): string {
    return (this.#key ??= `set:${listKey([...this].map(keyOf).sort())}`)
  }

  has(item: Value): boolean {
    return typeof item === 'object' ? this.#compound.has(keyOf(item)) : this.#scalars.has(item)
  }

  *[Symbol.iterator](): Generator<Value> {
    yield* this.#scalars
    yield* this.#compound.values()
  }

  /** The first member that is not an entity, or `undefined`. */
  firstNonEntity(): Value | undefined {
    for (const item of this.#scalars) return item
    for (const item of this.#compound.values()) if (!(item instanceof Entity)) return item
    return undefined
  }

  /** The members that are entities. */
  *entities(): Generator<Entity> {
    for (const item of this.#compound.values()) if (item instanceof Entity) yield item
  }

  hasAll(other: SetValue): boolean {
    if (other.size > this.size) return false
    for (const item of other) if (!this.has(item)) return false
    return true
  }

  hasAny(other: SetValue): boolean {
    const [few, many] = other.size < this.size ? [other, this] : [this, other]
    for (const item of few) if (many.has(item)) return true
    return false
  }
}

type Scalars = { readonly [name: string]: unknown }

// A map answers sooner than a plain object, but costs more to make than a few questions save.
const OBJECT_READS_MAX = 20

const NO_SCALARS: Scalars = Object.freeze({ __proto__: null })

/**
 * Named values, in a map; the scalars of a record that came as a plain object stay where they are,
 * because most facts of a question are never looked at.
 */
export class RecordValue {
  readonly kind = 'record'
  #fields: Attributes
  #scalars: Scalars
  #reads = 0

  private constructor(fields: Attributes, scalars: Scalars) {
    this.#fields = fields
    this.#scalars = scalars
  }

  static of(fields: Attributes | Iterable<readonly [string, Value]>): RecordValue {
    return new RecordValue(fields instanceof Map ? fields : new Map(fields), NO_SCALARS)
  }

  /** A record over a plain object whose members are legal scalars, except those in `fields`. */
  static over(scalars: Scalars, fields: Attributes): RecordValue {
    return new RecordValue(fields, scalars)
  }

  get(name: string): Value | undefined {
    const field = this.#fields.get(name)
    if (field !== undefined || this.#scalars === NO_SCALARS) return field
    this.#reads += 1
    if (this.#reads <= OBJECT_READS_MAX) return this.#scalar(name)
    this.#fields = this.toMap()
    this.#scalars = NO_SCALARS
    return this.#fields.get(name)
  }

  // INVARIANT: what `fields` lacks is a boolean, a string or a safe integer.
  #scalar(name: string): Value | undefined {
    return Object.hasOwn(this.#scalars, name) ? (this.#scalars[name] as Value) : undefined
  }

  has(name: string): boolean {
    return this.#fields.has(name) || Object.hasOwn(this.#scalars, name)
  }

  /** The members by name. */
  toMap(): Attributes {
    if (this.#scalars === NO_SCALARS) return this.#fields
    return new Map(
      this.names().map((name) => [name, this.#fields.get(name) ?? this.#scalar(name) ?? false]),
    )
  }

  names(): string[] {
    return this.#scalars === NO_SCALARS ? [...this.#fields.keys()] : Object.keys(this.#scalars)
  }
}

export const EMPTY_RECORD = RecordValue.of([])

/** Cedar's `==`: deep, and false between values of different types. */
export function equal(left: Value, right: Value): boolean {
  if (left === right) return true
  if (typeof left !== 'object' || typeof right !== 'object') return false
  switch (left.kind) {
    case 'entity':
      return right.kind === 'entity' && left.id === right.id && left.type === right.type
    case 'set':
      return right.kind === 'set' && left.size === right.size && left.hasAll(right)
    case 'record':
      return right.kind === 'record' && equalRecords(left, right)
    case 'ipaddr':
      return (
        right.kind === 'ipaddr' &&
        left.address === right.address &&
        left.prefix === right.prefix &&
        left.version === right.version
      )
    case 'decimal':
      return right.kind === 'decimal' && left.tenThousandths === right.tenThousandths
    case 'datetime':
      return right.kind === 'datetime' && left.epochMs === right.epochMs
    case 'duration':
      return right.kind === 'duration' && left.ms === right.ms
  }
}

function equalRecords(left: RecordValue, right: RecordValue): boolean {
  const names = left.names()
  if (names.length !== right.names().length) return false
  return names.every((name) => {
    const mine = left.get(name)
    const theirs = right.get(name)
    return mine !== undefined && theirs !== undefined && equal(mine, theirs)
  })
}

/** A text that is the same for equal values and for no others. */
export function keyOf(value: Value): string {
  if (typeof value !== 'object')
    return `${typeof value === 'bigint' ? 'number' : typeof value}:${value}`
  switch (value.kind) {
    case 'entity':
      return `entity:${value.type}"${value.id}`
    case 'set':
      return value.key
    case 'record':
      return `record:${listKey(
        value
          .names()
          .sort()
          .flatMap((name) => [name, keyOf(value.get(name) ?? false)]),
      )}`
    case 'ipaddr':
      return `ip:${value.version}:${value.address}/${value.prefix}`
    case 'decimal':
      return `decimal:${value.tenThousandths}`
    case 'datetime':
      return `datetime:${value.epochMs}`
    case 'duration':
      return `duration:${value.ms}`
  }
}

// Lengths instead of quotes: what is quoted at every level doubles at every level.
function listKey(parts: readonly string[]): string {
  return parts.map((part) => `${part.length}:${part}`).join('')
}

/** A value's type as messages name it. */
export function typeName(value: Value): string {
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'string') return 'string'
  if (typeof value !== 'object') return 'long'
  return value.kind === 'entity' ? `entity \`${value.type}\`` : value.kind
}
