// Whole random situations: entities with a hierarchy, policies with every kind of scope, questions.
import type { EntityJson, EntityUid } from '../src/entities.ts'
import type { RecordJson, ValueJson } from '../src/json.ts'
import type { SchemaJson } from '../src/schema.ts'
import { Expressions, cedarString, print } from './expressions.ts'
import type { Tree } from './expressions.ts'
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

/** A policy before it is printed. A template has slots and is linked once for each of `links`. */
export interface PolicyCase {
  readonly id: string
  readonly effect: 'permit' | 'forbid'
  readonly scope: string
  readonly conditions: readonly { readonly keyword: string; readonly body: Tree }[]
  readonly slots: readonly ('?principal' | '?resource')[]
  readonly links: readonly Readonly<Record<string, EntityUid>>[]
}

interface QueryCase {
  readonly principal: EntityUid
  readonly action: EntityUid
  readonly resource: EntityUid
  readonly context: RecordJson
}

export interface Case {
  readonly policies: readonly PolicyCase[]
  readonly entities: readonly EntityJson[]
  readonly queries: readonly QueryCase[]
  readonly schema?: SchemaJson
}

export interface CaseSize {
  readonly policies: number
  readonly entities: number
  readonly queries: number
  readonly depth: number
}

/** What scopes and questions may speak of. */
export interface Vocabulary {
  readonly types: readonly string[]
  readonly ids: readonly string[]
  readonly actions: readonly EntityUid[]
}

export function printPolicy({ effect, scope, conditions }: PolicyCase): string {
  const clauses = conditions.map(({ keyword, body }) => `\n${keyword} { ${print(body)} }`)
  return `${effect} (${scope})${clauses.join('')};`
}

const ACTIONS: readonly EntityUid[] = ['read', 'write', 'all', 'q"'].map((id) => ({
  type: 'Action',
  id,
}))
const PLAIN: Vocabulary = { types: TYPES, ids: IDS, actions: ACTIONS }

/** A case without a schema: anything may have any attribute of any type. */
export function randomCase(random: Random, size: CaseSize): Case {
  const expressions = new Expressions(random, random.pick([0, 3, 15]))
  return {
    policies: randomPolicies(random, size, PLAIN, () => expressions.of('bool', size.depth)),
    entities: [...randomEntities(random, size), ...randomActions(random)],
    queries: Array.from({ length: size.queries }, () => ({
      ...randomScope(random, PLAIN),
      context: randomRecord(random, 2),
    })),
  }
}

export function randomPolicies(
  random: Random,
  size: CaseSize,
  vocabulary: Vocabulary,
  condition: () => Tree,
): PolicyCase[] {
  return Array.from({ length: 1 + random.below(size.policies) }, (_, index) => {
    const scope = new ScopeWriter(random, vocabulary)
    const text = scope.write()
    const link = (): Readonly<Record<string, EntityUid>> =>
      Object.fromEntries(scope.slots.map((slot) => [slot, randomUid(random, vocabulary)]))
    return {
      id: `p${index}`,
      effect: random.chance(65) ? 'permit' : 'forbid',
      scope: text,
      conditions: random.some(2, () => ({
        keyword: random.chance(75) ? 'when' : 'unless',
        body: condition(),
      })),
      slots: scope.slots,
      links: scope.slots.length === 0 ? [] : random.some(3, link),
    }
  })
}

export function randomUid(random: Random, { types, ids }: Vocabulary): EntityUid {
  return { type: random.pick(types), id: random.pick(ids) }
}

function randomScope(random: Random, vocabulary: Vocabulary): Omit<QueryCase, 'context'> {
  return {
    principal: randomUid(random, vocabulary),
    action: random.pick(vocabulary.actions),
    resource: randomUid(random, vocabulary),
  }
}

class ScopeWriter {
  readonly slots: ('?principal' | '?resource')[] = []
  readonly #random: Random
  readonly #vocabulary: Vocabulary
  readonly #isTemplate: boolean

  constructor(random: Random, vocabulary: Vocabulary) {
    this.#random = random
    this.#vocabulary = vocabulary
    this.#isTemplate = random.chance(12)
  }

  write(): string {
    return `${this.#part('principal')}, ${this.#action()}, ${this.#part('resource')}`
  }

  #part(part: 'principal' | 'resource'): string {
    const type = this.#random.pick(this.#vocabulary.types)
    switch (this.#random.below(6)) {
      case 0:
      case 1:
        return part
      case 2:
        return `${part} == ${this.#entity(part)}`
      case 3:
        return `${part} in ${this.#entity(part)}`
      case 4:
        return `${part} is ${type}`
      default:
        return `${part} is ${type} in ${this.#entity(part)}`
    }
  }

  #entity(part: 'principal' | 'resource'): string {
    if (this.#isTemplate && this.#random.chance(60)) {
      this.slots.push(`?${part}`)
      return `?${part}`
    }
    return uidText(randomUid(this.#random, this.#vocabulary))
  }

  #action(): string {
    const { actions } = this.#vocabulary
    const one = (): string => uidText(this.#random.pick(actions))
    switch (this.#random.below(5)) {
      case 0:
      case 1:
        return 'action'
      case 2:
        return `action == ${one()}`
      case 3:
        return `action in ${one()}`
      default:
        return `action in [${this.#random.some(3, one).join(', ')}]`
    }
  }
}

function uidText({ type, id }: EntityUid): string {
  return `${type}::${cedarString(id)}`
}

function randomEntities(random: Random, size: CaseSize): EntityJson[] {
  const uids = new Map<string, EntityUid>()
  for (let count = random.below(size.entities + 1); count > 0; count -= 1) {
    const uid = randomUid(random, PLAIN)
    uids.set(uidText(uid), uid)
  }
  const all = [...uids.values()]
  return all.map((uid, index) => {
    // Parents come later in the list, so that there is no cycle, except when there shall be one.
    const above = random.chance(1) ? all : all.slice(index + 1)
    const parents = random.some(3, () =>
      above.length > 0 && random.chance(80) ? random.pick(above) : randomUid(random, PLAIN),
    )
    const strangers = parents.filter(
      (each) => random.chance(2) || !uids.has(uidText(each)) || above.includes(each),
    )
    const tags = random.chance(50) ? { tags: randomRecord(random, 1) } : {}
    return { uid, attrs: randomRecord(random, 2), parents: strangers, ...tags }
  })
}

function randomActions(random: Random): EntityJson[] {
  if (random.chance(30)) return []
  return ACTIONS.slice(0, 2).map((uid) => ({
    uid,
    attrs: {},
    parents: random.some(1, () => ({ type: 'Action', id: 'all' })),
  }))
}

function randomRecord(random: Random, depth: number): RecordJson {
  return fromEntries(random.some(4, () => [random.pick(ATTRIBUTES), randomValue(random, depth)]))
}

/** Unlike an object literal, this can have a member called `__proto__`. */
export function fromEntries(entries: readonly (readonly [string, ValueJson])[]): RecordJson {
  return Object.fromEntries(entries)
}

function extension(fn: string, arg: string): ValueJson {
  return { __extn: { fn, arg } }
}

export function randomValue(random: Random, depth: number): ValueJson {
  const legal = (texts: readonly string[]): string => random.pick(texts.slice(0, LEGAL.get(texts)))
  switch (random.below(depth > 0 ? 13 : 10)) {
    case 0:
      return random.chance(50)
    case 1:
    case 2: {
      const long = random.pick(LONGS)
      return Number.isSafeInteger(Number(long)) ? Number(long) : long
    }
    case 3:
      return random.pick(STRINGS)
    case 4:
    case 5:
      return { __entity: { ...randomUid(random, PLAIN) } }
    case 6:
      return extension('ip', random.chance(1) ? random.pick(IPS) : legal(IPS))
    case 7:
      return extension('decimal', random.chance(1) ? random.pick(DECIMALS) : legal(DECIMALS))
    case 8:
      return random.chance(2)
        ? random.pick(ODD_VALUES)
        : extension('datetime', random.chance(1) ? random.pick(DATETIMES) : legal(DATETIMES))
    case 9:
      return extension('duration', random.chance(1) ? random.pick(DURATIONS) : legal(DURATIONS))
    case 10:
    case 11:
      return random.some(3, () => randomValue(random, depth - 1))
    default:
      return randomRecord(random, depth - 1)
  }
}

/** How many texts of each list, from its start, are legal. */
const LEGAL: ReadonlyMap<readonly string[], number> = new Map([
  [IPS, 20],
  [DECIMALS, 8],
  [DATETIMES, 2],
  [DURATIONS, 4],
])

const ODD_VALUES: readonly ValueJson[] = [
  null,
  1.5,
  2n ** 63n,
  -(2n ** 63n) - 1n,
  { __entity: { type: 'User' } },
  { __entity: { type: 'Us er', id: 'a' } },
  { __entity: { type: '', id: 'a' } },
  { __entity: { type: 'if', id: 'a' } },
  { __entity: { type: 'A::if', id: 'a' } },
  { __entity: { type: 'A::__cedar', id: 'a' } },
  { __entity: { type: ' User', id: 'a' } },
  { __entity: { type: 'User::', id: 'a' } },
  { __entity: { type: 'Ünï', id: 'a' } },
  { __entity: { type: 'principal', id: 'a' } },
  { __entity: { type: 'User', id: 'a', more: 1 } },
  { __entity: { type: 'User', id: 'a' }, more: 1 },
  { __entity: 'x' },
  { __entity: null },
  { __expr: '1' },
  { __expr: 1 },
  { __extn: { fn: 'ip', arg: 5 } },
  { __extn: { fn: 'ip', arg: null } },
  { __extn: { fn: 'ip', arg: '1.2.3.4', more: 1 } },
  { __extn: { fn: 'ip', args: ['1.2.3.4'] } },
  { __extn: { fn: 'ip', args: ['1.2.3.4'], arg: '1.2.3.5' } },
  { __extn: { fn: 'ip', args: [] } },
  { __extn: { fn: 'ip' } },
  { __extn: { fn: 'nope', arg: 'x' } },
  { __extn: { fn: 'isIpv4', arg: { __extn: { fn: 'ip', arg: '1.2.3.4' } } } },
  { __extn: { arg: 'x' } },
  {
    __extn: {
      fn: 'offset',
      args: [extension('datetime', '2024-01-01'), extension('duration', '1h')],
    },
  },
  { __extn: { fn: 'offset', args: ['2024-01-01', '1h'] } },
  { __extn: 'x' },
  { type: 'User', id: 'a' },
  { fn: 'ip', arg: '1.2.3.4' },
  { __other: 1 },
]
