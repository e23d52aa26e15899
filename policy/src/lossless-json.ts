// JSON as Cedar needs it. `JSON.parse` rounds integers beyond 2^53, takes `1.0` for an integer and
// the last of two equal names; each of these would change a decision without a word. This parser
// keeps the digits, refuses the rest, and can say where in the text a value stands.
import type { ValueJson } from './json.ts'

/** Text that is not JSON, or not JSON that Cedar can take. `offset` counts UTF-16 code units. */
export class JsonTextError extends Error {
  override readonly name = 'JsonTextError'
  readonly offset: number
  readonly length: number

  constructor(message: string, offset: number, length = 1) {
    super(message)
    this.offset = offset
    this.length = length
  }
}

/** The names and positions that lead from the whole to a part: `[3, 'attrs', 'age']`. */
export type JsonPath = readonly (string | number)[]

export interface JsonPlace {
  readonly offset: number
  readonly length: number
}

const DEPTH_MAX = 128

/**
 * Reads JSON text; integers beyond ±(2^53 − 1) come as `bigint`. Throws `JsonTextError` for what is
 * not JSON, for a fraction, for a name given twice and for nesting deeper than 128.
 */
export function parseJson(text: string): unknown {
  return new Parser(text).whole()
}

/** Where the value at a path stands, or the nearest value around it; of a text that `parseJson` reads. */
export function placeInJson(text: string, path: JsonPath): JsonPlace {
  const parser = new Parser(text, path)
  parser.whole()
  return parser.found
}

/** JSON text of a value that may hold `bigint`, which `JSON.stringify` alone refuses. */
export function stringifyJson(value: unknown, indent?: number): string {
  return JSON.stringify(
    value,
    (_name, member: unknown) => (typeof member === 'bigint' ? rawJson(member.toString()) : member),
    indent,
  )
}

// TypeScript's library does not know this part of ECMAScript yet (tc39/proposal-json-parse-with-source).
const { rawJSON: rawJson } = JSON as JSON & { readonly rawJSON: (digits: string) => unknown }

const WHITE = /[ \t\n\r]*/y
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
// oxlint-disable-next-line no-control-regex -- JSON forbids bare controls, so they are looked for
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const WORD = /true|false|null/y

class Parser {
  readonly #text: string
  readonly #wanted: JsonPath | undefined
  #at = 0
  /** How many leading names of the wanted path led here. */
  #matched = 0
  found: JsonPlace = { offset: 0, length: 0 }

  constructor(text: string, wanted?: JsonPath) {
    this.#text = text
    this.#wanted = wanted
  }

  whole(): unknown {
    const value = this.#value(0)
    this.#skipWhite()
    if (this.#at < this.#text.length) this.#fail('expected the end of the text')
    return value
  }

  #value(depth: number): unknown {
    if (depth > DEPTH_MAX) this.#fail(`the data nests deeper than ${DEPTH_MAX} levels`)
    this.#skipWhite()
    const offset = this.#at
    const isOnPath = this.#wanted !== undefined && depth === this.#matched
    const value = this.#bare(depth)
    // Deeper parts of the path were found first, and are the better answer.
    if (isOnPath && this.#matched === depth && this.found.length === 0) {
      this.found = { offset, length: this.#at - offset }
    }
    return value
  }

  #bare(depth: number): unknown {
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object(depth)
      case '[':
        return this.#array(depth)
      case '"':
        return this.#string()
      case 't':
      case 'f':
      case 'n':
        return WORDS[this.#take(WORD, 'expected `true`, `false` or `null`')]
      case undefined:
        return this.#fail('the text ends where a value should be')
      default:
        return this.#number()
    }
  }

  #object(depth: number): object {
    const members: [string, unknown][] = []
    const names = new Set<string>()
    this.#at += 1
    for (let isFirst = true; !this.#closes('}', isFirst); isFirst = false) {
      this.#skipWhite()
      const offset = this.#at
      if (this.#text[offset] !== '"') this.#fail('expected a name in double quotes')
      const name = this.#string()
      if (names.has(name)) {
        const length = this.#at - offset
        throw new JsonTextError(`the name ${JSON.stringify(name)} is given twice`, offset, length)
      }
      names.add(name)
      this.#skipWhite()
      if (this.#text[this.#at] !== ':') this.#fail('expected `:` after the name')
      this.#at += 1
      members.push([name, this.#member(name, depth)])
    }
    return Object.fromEntries(members)
  }

  #array(depth: number): unknown[] {
    const items: unknown[] = []
    this.#at += 1
    for (let isFirst = true; !this.#closes(']', isFirst); isFirst = false) {
      items.push(this.#member(items.length, depth))
    }
    return items
  }

  #member(name: string | number, depth: number): unknown {
    const leads = this.#matched === depth && this.#wanted?.[depth] === name
    if (leads) this.#matched += 1
    const value = this.#value(depth + 1)
    if (leads) this.#matched -= 1
    return value
  }

  /** Whether the object or array ends here; otherwise stands before its next member. */
  #closes(bracket: string, isFirst: boolean): boolean {
    this.#skipWhite()
    const next = this.#text[this.#at]
    if (next === bracket) {
      this.#at += 1
      return true
    }
    if (isFirst) return false
    if (next !== ',') this.#fail(`expected \`,\` or \`${bracket}\``)
    this.#at += 1
    this.#skipWhite()
    if (this.#text[this.#at] === bracket) this.#fail(`a comma before \`${bracket}\` is not JSON`)
    return false
  }

  #string(): string {
    return JSON.parse(
      this.#take(STRING, 'this text in quotes does not end, or is malformed'),
    ) as string
  }

  #number(): number | bigint {
    const offset = this.#at
    const source = this.#take(NUMBER, 'expected a value')
    if (!/^-?[0-9]+$/.test(source)) {
      const message = `\`${source}\` is not an integer; Cedar has no fractions, use \`decimal\``
      throw new JsonTextError(message, offset, source.length)
    }
    const number = Number(source)
    return Number.isSafeInteger(number) ? number + 0 : BigInt(source)
  }

  #take(pattern: RegExp, complaint: string): string {
    pattern.lastIndex = this.#at
    const [taken] = pattern.exec(this.#text) ?? []
    if (taken === undefined) return this.#fail(complaint)
    this.#at += taken.length
    return taken
  }

  #skipWhite(): void {
    WHITE.lastIndex = this.#at
    WHITE.exec(this.#text)
    this.#at = WHITE.lastIndex
  }

  #fail(message: string): never {
    throw new JsonTextError(message, this.#at)
  }
}

const WORDS: Readonly<Record<string, ValueJson>> = { true: true, false: false, null: null }
