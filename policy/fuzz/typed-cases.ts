// Random schemas, with entities, facts and policies that mostly obey them: here a plain string may
// be an address, actions have groups, and a question can be refused before it is decided.
import type { EntityJson, EntityUid } from '../src/entities.ts'
import type { RecordJson, ValueJson } from '../src/json.ts'
import { readSchema } from '../src/schema.ts'
import type { RecordType, Schema, SchemaJson, Type } from '../src/schema.ts'
import { fromEntries, randomPolicies, randomUid, randomValue } from './cases.ts'
import type { Case, CaseSize, Vocabulary } from './cases.ts'
import { Expressions, cedarString, leaf, tree } from './expressions.ts'
import type { Tree } from './expressions.ts'
import type { Random } from './random.ts'

const PERSONS = ['User', 'Group', 'Org']
const NAMES = ['a', 'b', 'n x', '__proto__', 'constructor', 'when']
const IDS = ['a', 'b', 'c', 'red']

interface TypeJson {
  readonly type: string
  readonly [key: string]: unknown
}

/** A case in which everything is checked against a random schema. */
export function typedCase(random: Random, size: CaseSize): Case {
  const json = randomSchema(random)
  const schema = readSchema(json)
  const vocabulary: Vocabulary = {
    types: [...schema.entityTypes.keys()],
    ids: IDS,
    actions: [...schema.actions()].map(({ uid }) => uid),
  }
  const data = new TypedData(random, schema)
  const expressions = new Expressions(random, 5)
  const condition = (): Tree =>
    random.chance(60)
      ? tree`(${typedTerm(random, schema)} && ${expressions.of('bool', 1)})`
      : typedTerm(random, schema)
  return {
    schema: json,
    policies: randomPolicies(random, size, vocabulary, condition),
    entities: data.entities(vocabulary, size.entities),
    queries: Array.from({ length: size.queries }, () => data.query(vocabulary)),
  }
}

function randomSchema(random: Random): SchemaJson {
  const record = (depth: number): TypeJson => ({
    type: 'Record',
    attributes: Object.fromEntries(
      random.some(4, () => [random.pick(NAMES), { ...type(depth), required: random.chance(60) }]),
    ),
  })
  const type = (depth: number): TypeJson => {
    switch (random.below(depth > 0 ? 11 : 9)) {
      case 0:
        return { type: 'Long' }
      case 1:
        return { type: 'String' }
      case 2:
        return { type: 'Boolean' }
      case 3:
        return { type: 'Entity', name: random.pick(['User', 'Group', 'Org', 'Color', 'Ns::Doc']) }
      case 4:
        return { type: 'Extension', name: 'ipaddr' }
      case 5:
        return { type: 'Extension', name: random.pick(['decimal', 'datetime', 'duration']) }
      case 6:
      case 7:
        return { type: 'Set', element: type(depth - 1) }
      case 8:
        return { type: 'Net' }
      default:
        return record(depth - 1)
    }
  }
  const net = { type: 'Record', attributes: { ip: { type: 'Extension', name: 'ipaddr' } } }
  const tagged = (): object => (random.chance(50) ? { tags: type(0) } : {})
  const applies = { principalTypes: random.chance(80) ? ['User', 'Group'] : ['User'] }
  return {
    '': {
      commonTypes: { Net: net },
      entityTypes: {
        User: { shape: record(2), memberOfTypes: ['Group'], ...tagged() },
        Group: {
          shape: record(1),
          memberOfTypes: ['Org', ...(random.chance(50) ? ['Group'] : [])],
          ...tagged(),
        },
        Org: {},
        Color: { enum: ['red', 'a'] },
      },
      actions: {
        all: {},
        reads: { memberOf: [{ id: 'all' }] },
        read: {
          memberOf: [{ id: random.pick(['reads', 'all']) }],
          appliesTo: { ...applies, resourceTypes: ['Ns::Doc', 'Color'], context: record(2) },
        },
        write: { appliesTo: { ...applies, resourceTypes: ['Ns::Doc'], context: record(1) } },
      },
    },
    Ns: {
      entityTypes: {
        Doc: {
          shape:
            record(2).type === 'Record'
              ? {
                  type: 'Record',
                  attributes: { owner: { type: 'Entity', name: 'User' }, level: { type: 'Long' } },
                }
              : {},
        },
      },
      actions: {
        own: {
          memberOf: [{ id: 'all', type: 'Action' }],
          appliesTo: { ...applies, resourceTypes: ['Doc'] },
        },
      },
    },
  }
}

class TypedData {
  readonly #random: Random
  readonly #schema: Schema

  constructor(random: Random, schema: Schema) {
    this.#random = random
    this.#schema = schema
  }

  entities(vocabulary: Vocabulary, most: number): EntityJson[] {
    const random = this.#random
    const found = new Map<string, EntityJson>()
    for (const uid of random.some(most, () => randomUid(random, vocabulary))) {
      const type = this.#schema.entityTypes.get(uid.type)
      if (type === undefined) continue
      if (type.ids !== undefined && !type.ids.has(uid.id) && random.chance(95)) continue
      const above = [...type.ancestors].filter((name) => name !== uid.type)
      const parents = random.some(above.length === 0 ? 0 : 2, () => ({
        type: random.chance(99) ? random.pick(above) : random.pick(PERSONS),
        id: random.pick(IDS),
      }))
      const tags = type.tags
      const entries = (): [string, ValueJson][] =>
        tags === undefined ? [] : random.some(2, () => [random.pick(NAMES), this.#value(tags)])
      found.set(`${uid.type} ${uid.id}`, {
        uid,
        attrs: this.#record(type.shape),
        parents,
        ...(random.chance(50) ? { tags: fromEntries(entries()) } : {}),
      })
    }
    if (random.chance(2))
      found.set('', { uid: random.pick(vocabulary.actions), attrs: {}, parents: [] })
    return [...found.values()]
  }

  query(vocabulary: Vocabulary): Case['queries'][number] {
    const random = this.#random
    const action = random.pick(vocabulary.actions)
    const type = this.#schema.action(action)
    const one = (types: ReadonlySet<string>): EntityUid =>
      types.size === 0 || random.chance(2)
        ? randomUid(random, vocabulary)
        : { type: random.pick([...types]), id: random.pick(IDS) }
    return {
      principal: one(type?.principals ?? new Set()),
      action: random.chance(99) ? action : { type: 'Action', id: 'nope' },
      resource: one(type?.resources ?? new Set()),
      context: type === undefined ? {} : this.#record(type.context),
    }
  }

  #record(type: RecordType): RecordJson {
    const random = this.#random
    const entries: [string, ValueJson][] = []
    for (const [name, field] of type.fields) {
      const given = field.required ? !random.chance(1) : random.chance(50)
      if (given) entries.push([name, this.#value(field.type)])
    }
    if (random.chance(1)) entries.push(['extra', 1])
    return fromEntries(entries)
  }

  #value(type: Type): ValueJson {
    const random = this.#random
    if (random.chance(1)) return randomValue(random, 1)
    switch (type.kind) {
      case 'long':
        return random.pick([0, 1, -1, 5, 2n ** 60n])
      case 'string':
        return random.pick(['', 'a', '10.0.0.1', 'ab'])
      case 'bool':
        return random.chance(50)
      case 'set':
        return random.some(3, () => this.#value(type.element))
      case 'record':
        return this.#record(type)
      case 'entity': {
        const uid = { type: type.name, id: random.pick(IDS.slice(0, 1)) }
        return random.chance(50) ? uid : { __entity: uid }
      }
      case 'extension': {
        const { fn, texts } = EXTENSION_TEXTS[type.name]
        const arg = random.pick(texts)
        return random.pick<ValueJson>([arg, { fn, arg }, { __extn: { fn, arg } }])
      }
    }
  }
}

const EXTENSION_TEXTS = {
  ipaddr: { fn: 'ip', texts: ['10.0.0.1', '10.0.0.0/8', '::1'] },
  decimal: { fn: 'decimal', texts: ['1.5', '-0.5'] },
  datetime: { fn: 'datetime', texts: ['2024-01-01', '1969-12-31T23:59:59Z'] },
  duration: { fn: 'duration', texts: ['1h', '-1d'] },
}

/** A condition that looks at what the schema declares. */
function typedTerm(random: Random, schema: Schema): Tree {
  const root = random.pick(['principal', 'resource', 'context'])
  const shapes =
    root === 'context'
      ? [...schema.actions()].map(({ context }) => context)
      : [...schema.entityTypes.values()].map(({ shape }) => shape)
  const fields = [...random.pick(shapes).fields]
  if (fields.length === 0) return leaf(`${root} == ${root}`)
  const [name, { type }] = random.pick(fields)
  const path = `${root}[${cedarString(name)}]`
  const test = leaf(termOver(random, path, type))
  return random.chance(40) ? tree`(${leaf(`${root} has ${cedarString(name)}`)} && ${test})` : test
}

function termOver(random: Random, path: string, type: Type): string {
  switch (type.kind) {
    case 'long':
      return `${path} ${random.pick(['<', '>=', '=='])} ${random.pick([0, 1])}`
    case 'string':
      return `${path} like "${random.pick(['*', 'a*', '*b'])}"`
    case 'bool':
      return path
    case 'set':
      return random.chance(50) ? `!${path}.isEmpty()` : `${path}.contains(principal)`
    case 'record':
      return `${path} ${random.pick(['has a', 'has b', '== {}', '!= {}', 'has ip'])}`
    case 'entity':
      return `${path} ${random.pick(['== principal', 'in principal', 'is User', 'in resource'])}`
    case 'extension':
      return type.name === 'ipaddr'
        ? `${path}.${random.pick(['isIpv4()', 'isInRange(ip("10.0.0.0/8"))', 'isLoopback()'])}`
        : `${path} == ${path}`
  }
}
