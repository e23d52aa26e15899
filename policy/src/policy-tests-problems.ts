// Reading data whose form is not certain: each mistake is noted with the path to it, and reading goes
// on with something harmless in its place, so that all mistakes are found in one go.
import type { EntityUid } from './entities.ts'
import { DataError, isObject, uidFromJson, valueFromJson } from './json.ts'
import type { RecordJson } from './json.ts'
import type { JsonPath } from './lossless-json.ts'

/** One mistake in the form of a file. */
export interface FormProblem {
  readonly at: JsonPath
  readonly message: string
  /** For a word that is not known: the word, and those that are. */
  readonly unknown?: { readonly word: string; readonly known: readonly string[] }
}

/** A test file that is not in the right form. `path` says where the first problem is. */
export class PolicyTestError extends Error {
  override readonly name = 'PolicyTestError'
  readonly path: string
  readonly problems: readonly FormProblem[]

  constructor(problems: readonly FormProblem[]) {
    const [first] = problems
    const path = pathText(first?.at ?? [])
    super(`\`${path}\`: ${first?.message ?? 'malformed'}`)
    this.path = path
    this.problems = problems
  }
}

/** `cases[3].when.facts` */
export function pathText(path: JsonPath): string {
  const text = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')
  return text === '' ? 'file' : text.replace(/^\./, '')
}

/** Collects what is wrong, and goes on with something harmless in its place. */
export class Form {
  readonly #problems: FormProblem[] = []
  /** What is no mapping at all; that its members are missing as well goes without saying. */
  readonly #broken: JsonPath[] = []

  /** Notes a mistake, unless something around it is no mapping at all. */
  report(at: JsonPath, message: string): void {
    const isSaid = this.#broken.some((path) => path.every((step, index) => at[index] === step))
    if (!isSaid) this.#problems.push({ at, message })
  }

  /** Notes a word that is not known. */
  unknown(at: JsonPath, word: string, known: readonly string[], message: string): void {
    this.#problems.push({ at, message, unknown: { word, known } })
  }

  /** Throws `PolicyTestError` when anything was noted. */
  finish(): void {
    if (this.#problems.length > 0) throw new PolicyTestError(this.#problems)
  }

  object(json: unknown, at: JsonPath, known: readonly string[]): Json {
    if (!isObject(json)) {
      this.report(at, json === undefined ? missing(at) : 'expected a mapping of names to values')
      this.#broken.push(at)
      return {}
    }
    for (const word of Object.keys(json)) {
      if (known.includes(word)) continue
      const list = known.map((each) => `\`${each}\``).join(', ')
      this.unknown([...at, word], word, known, `\`${word}\` is no key here; known are ${list}`)
    }
    return json
  }

  list(json: unknown, at: JsonPath): readonly unknown[] {
    if (Array.isArray(json)) return json
    this.report(at, json === undefined ? missing(at) : 'expected a list')
    return []
  }

  /** As `list`; nothing at all is an empty one. */
  listOrNone(json: unknown, at: JsonPath): readonly unknown[] {
    return json === undefined ? [] : this.list(json, at)
  }

  text(json: unknown, at: JsonPath, what: string): string {
    if (typeof json === 'string' && json !== '') return json
    this.report(
      at,
      `expected ${what}, as text${typeof json === 'string' ? '' : '; put it in quotes'}`,
    )
    return ''
  }

  /** A text or a list of texts; none when it is left out. */
  texts(json: unknown, at: JsonPath): readonly string[] {
    if (json === undefined) return []
    if (typeof json === 'string') return [json]
    return this.list(json, at).map((each, index) => this.text(each, [...at, index], 'a name'))
  }

  choice<T extends string>(
    json: unknown,
    at: JsonPath,
    choices: Readonly<Record<T, true>>,
  ): T | undefined {
    const known = Object.keys(choices) as T[]
    const found = known.find((each) => each === json)
    if (found !== undefined) return found
    const list = known.map((each) => `\`${each}\``).join(', ')
    if (typeof json === 'string') this.unknown(at, json, known, `\`${json}\` is not one of ${list}`)
    else this.report(at, `expected one of ${list}`)
    return undefined
  }

  /** A record of Cedar data; each member that Cedar would refuse is a problem. */
  record(json: unknown, at: JsonPath): RecordJson {
    if (json === undefined) return {}
    if (!isObject(json)) {
      this.report(at, 'expected a mapping of names to values')
      return {}
    }
    for (const [name, value] of Object.entries(json)) {
      try {
        valueFromJson(value)
      } catch (error) {
        if (!(error instanceof DataError)) throw error
        this.report([...at, name], error.message)
      }
    }
    return json as RecordJson
  }

  uid(json: unknown, at: JsonPath): EntityUid {
    const uid = typeof json === 'string' ? uidFromText(json) : json
    try {
      return uidFromJson(uid, '')
    } catch {
      const found = typeof json === 'string' ? `\`${json}\` is not` : 'expected'
      const message = `${found} an entity such as \`User::"ann"\``
      this.report(at, json === undefined ? missing(at) : message)
      return { type: 'Unknown', id: '' }
    }
  }
}

type Json = { readonly [name: string]: unknown }

function missing(at: JsonPath): string {
  return `\`${at.at(-1) ?? 'file'}\` is missing`
}

function uidFromText(text: string): EntityUid | undefined {
  const match = /^(?<type>[A-Za-z_][A-Za-z0-9_:]*)::(?<id>"(?:[^"\\]|\\.)*")$/su.exec(text)
  const { type = '', id = '' } = match?.groups ?? {}
  try {
    return { type, id: JSON.parse(id) as string }
  } catch {
    return undefined
  }
}
