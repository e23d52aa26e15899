// Random Cedar expressions, mostly but deliberately not always well typed, as trees that can be
// printed and shrunk.
import type { Random } from './random.ts'
import {
  ATTRIBUTES,
  TYPES,
  IDS,
  STRINGS,
  LONGS,
  IPS,
  DECIMALS,
  DATETIMES,
  DURATIONS,
} from './words.ts'

/** A piece of source: text with holes, and what stands in the holes. */
export interface Tree {
  readonly text: readonly string[]
  readonly parts: readonly Tree[]
}

export function tree(text: TemplateStringsArray, ...parts: readonly Tree[]): Tree {
  return { text, parts }
}

export function leaf(text: string): Tree {
  return { text: [text], parts: [] }
}

export function print({ text, parts }: Tree): string {
  return text
    .map((piece, index) => piece + (parts[index] === undefined ? '' : print(parts[index])))
    .join('')
}

/** Every tree that is smaller by one step. */
export function* smaller(of: Tree): Generator<Tree> {
  yield* of.parts
  for (const [index, part] of of.parts.entries()) {
    for (const less of smaller(part)) {
      yield { text: of.text, parts: of.parts.with(index, less) }
    }
  }
}

export type Kind =
  | 'bool'
  | 'long'
  | 'string'
  | 'entity'
  | 'set'
  | 'record'
  | 'ip'
  | 'decimal'
  | 'datetime'
  | 'duration'

const KINDS: readonly Kind[] = [
  'bool',
  'long',
  'string',
  'entity',
  'set',
  'record',
  'ip',
  'decimal',
  'datetime',
  'duration',
]

export class Expressions {
  readonly #random: Random
  readonly #illTyped: number

  constructor(random: Random, illTypedPercent: number) {
    this.#random = random
    this.#illTyped = illTypedPercent
  }

  any(depth: number): Tree {
    return this.of(this.#random.pick(KINDS), depth)
  }

  /** An expression that should have the given type. */
  of(wanted: Kind, depth: number): Tree {
    const random = this.#random
    const kind = random.chance(this.#illTyped) ? random.pick(KINDS) : wanted
    if (depth <= 0) return random.chance(30) ? this.#path() : this.#literal(kind)
    if (random.chance(12)) return this.#path()
    if (random.chance(6)) {
      return tree`(if ${this.of('bool', depth - 1)} then ${this.of(kind, depth - 1)} else ${this.of(kind, depth - 1)})`
    }
    return random.chance(15) ? this.#literal(kind) : this.#compound(kind, depth - 1)
  }

  #compound(kind: Kind, depth: number): Tree {
    const random = this.#random
    switch (kind) {
      case 'bool':
        return this.#bool(depth)
      case 'long':
        switch (random.below(7)) {
          case 0:
            return tree`(-${this.of('long', depth)})`
          case 1:
            return tree`(${this.of('long', depth)} * ${this.of('long', depth)})`
          case 2:
            return tree`(${this.of('long', depth)} - ${this.of('long', depth)})`
          case 3: {
            const method = leaf(
              random.pick(['toMilliseconds', 'toSeconds', 'toMinutes', 'toHours', 'toDays']),
            )
            return tree`${this.of('duration', depth)}.${method}()`
          }
          default:
            return tree`(${this.of('long', depth)} + ${this.of('long', depth)})`
        }
      case 'set':
        return this.#list(depth)
      case 'record':
        return this.#record(depth)
      case 'datetime':
        return random.chance(50)
          ? tree`${this.of('datetime', depth)}.offset(${this.of('duration', depth)})`
          : tree`${this.of('datetime', depth)}.toDate()`
      case 'duration':
        return random.chance(50)
          ? tree`${this.of('datetime', depth)}.toTime()`
          : tree`${this.of('datetime', depth)}.durationSince(${this.of('datetime', depth)})`
      case 'ip':
        return random.chance(10) ? tree`ip(${this.of('string', depth)})` : this.#literal(kind)
      case 'decimal':
        return random.chance(10) ? tree`decimal(${this.of('string', depth)})` : this.#literal(kind)
      case 'string':
      case 'entity':
        return this.#access(kind, depth)
    }
  }

  #access(kind: Kind, depth: number): Tree {
    const random = this.#random
    const name = leaf(JSON.stringify(random.pick(ATTRIBUTES)))
    switch (random.below(4)) {
      case 0:
        return tree`${this.#record(depth)}[${name}]`
      case 1:
        return tree`${this.of('entity', depth)}.getTag(${this.of('string', depth - 1)})`
      case 2:
        return tree`${this.of('entity', depth)}[${name}]`
      default:
        return this.#literal(kind)
    }
  }

  #bool(depth: number): Tree {
    const random = this.#random
    const [some, other] = [random.pick(KINDS), random.pick(KINDS)]
    const name = leaf(JSON.stringify(random.pick(ATTRIBUTES)))
    switch (random.below(22)) {
      case 0:
        return tree`(!${this.of('bool', depth)})`
      case 1:
      case 2:
        return tree`(${this.of('bool', depth)} && ${this.of('bool', depth)})`
      case 3:
        return tree`(${this.of('bool', depth)} || ${this.of('bool', depth)})`
      case 4:
        return tree`(${this.of('bool', depth)} && ${this.of('bool', depth)} && ${this.of('bool', depth)})`
      case 5: {
        const op = leaf(random.pick(['==', '!=']))
        return tree`(${this.of(some, depth)} ${op} ${this.of(random.chance(80) ? some : other, depth)})`
      }
      case 6:
      case 7: {
        const op = leaf(random.pick(['<', '<=', '>', '>=']))
        const ordered = random.pick(['long', 'long', 'datetime', 'duration'] as const)
        return tree`(${this.of(ordered, depth)} ${op} ${this.of(ordered, depth)})`
      }
      case 8:
      case 9:
        return tree`(${this.of('entity', depth)} in ${this.of('entity', depth)})`
      case 10:
        return tree`(${this.of('entity', depth)} in [${this.of('entity', depth)}, ${this.of('entity', depth)}])`
      case 11:
        return tree`(${this.of('entity', depth)} in ${this.of('set', depth)})`
      case 12:
        return tree`(${this.of('entity', depth)} is ${leaf(random.pick(TYPES))})`
      case 13:
        return tree`(${this.of('entity', depth)} is ${leaf(random.pick(TYPES))} in ${this.of('entity', depth)})`
      case 14:
        return tree`(${this.of(random.pick(['entity', 'record']), depth)} has ${name})`
      case 15: {
        const path = leaf(
          random
            .some(2, () => random.pick(['a', 'b', 'constructor']))
            .map((each) => `.${each}`)
            .join(''),
        )
        return tree`(${this.of(random.pick(['entity', 'record']), depth)} has a${path})`
      }
      case 16:
        return tree`(${this.of('string', depth)} like ${leaf(this.#pattern())})`
      case 17:
        return tree`${this.of('entity', depth)}.hasTag(${this.of('string', depth)})`
      case 18: {
        const method = leaf(random.pick(['contains', 'containsAll', 'containsAny']))
        const argument = random.chance(60) ? 'set' : some
        return tree`${this.of('set', depth)}.${method}(${this.of(argument, depth)})`
      }
      case 19:
        return tree`${this.of('set', depth)}.isEmpty()`
      case 20: {
        const method = leaf(random.pick(['isIpv4', 'isIpv6', 'isLoopback', 'isMulticast']))
        return random.chance(50)
          ? tree`${this.of('ip', depth)}.${method}()`
          : tree`${this.of('ip', depth)}.isInRange(${this.of('ip', depth)})`
      }
      default: {
        const method = leaf(
          random.pick(['lessThan', 'lessThanOrEqual', 'greaterThan', 'greaterThanOrEqual']),
        )
        return tree`${this.of('decimal', depth)}.${method}(${this.of('decimal', depth)})`
      }
    }
  }

  #literal(kind: Kind): Tree {
    const random = this.#random
    const quoted = (texts: readonly string[]): string => cedarString(random.pick(texts))
    switch (kind) {
      case 'bool':
        return leaf(random.pick(['true', 'false']))
      case 'long': {
        const long = random.pick(LONGS)
        return leaf(long < 0n ? `(${long})` : `${long}`)
      }
      case 'string':
        return leaf(quoted(STRINGS))
      case 'entity':
        return leaf(`${random.pick(TYPES)}::${quoted(IDS)}`)
      case 'set':
        return this.#list(0)
      case 'record':
        return this.#record(0)
      case 'ip':
        return leaf(`ip(${quoted(IPS)})`)
      case 'decimal':
        return leaf(`decimal(${quoted(DECIMALS)})`)
      case 'datetime':
        return leaf(`datetime(${quoted(DATETIMES)})`)
      case 'duration':
        return leaf(`duration(${quoted(DURATIONS)})`)
    }
  }

  #list(depth: number): Tree {
    const random = this.#random
    const kind = random.pick(KINDS)
    const items = random.some(3, () =>
      this.of(random.chance(85) ? kind : random.pick(KINDS), depth - 1),
    )
    return between('[', items, ']')
  }

  #record(depth: number): Tree {
    const random = this.#random
    const names = new Set(random.some(3, () => random.pick(ATTRIBUTES)))
    const fields = [...names].map((name) => {
      const value = this.of(random.pick(KINDS), depth - 1)
      return { text: [`${cedarString(name)}: `, ''], parts: [value] }
    })
    return between('{', fields, '}')
  }

  #path(): Tree {
    const random = this.#random
    const root = random.pick(['principal', 'principal', 'action', 'resource', 'context', 'context'])
    const names = root === 'action' ? [] : random.some(2, () => random.pick(ATTRIBUTES))
    return leaf(root + names.map((name) => `[${cedarString(name)}]`).join(''))
  }

  #pattern(): string {
    const pieces = this.#random.some(4, () =>
      this.#random.pick(['*', '*', 'a', 'b', 'ab', '😀', 'é', '\\*', '\\u{0}', '1', '.']),
    )
    return `"${pieces.join('')}"`
  }
}

function between(open: string, items: readonly Tree[], close: string): Tree {
  if (items.length === 0) return leaf(open + close)
  return { text: [open, ...items.slice(1).map(() => ', '), close], parts: items }
}

/** A Cedar string literal. */
export function cedarString(text: string): string {
  return JSON.stringify(text).replace(/\\u0000/g, '\\0')
}
