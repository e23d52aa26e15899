// Random schemas that use all of Cedar's schema language (namespaces, types by name, enumerations,
// tags, optional attributes, action groups across namespaces), with data that mostly obeys them.
// Now and then a schema, an entity or a question is wrong on purpose.
import type { EntityJson, EntityUid } from '../src/entities.ts'
import type { RecordJson, ValueJson } from '../src/json.ts'
import type { RecordType, Schema, SchemaJson, Type } from '../src/schema.ts'
import type { Random } from './random.ts'

interface TypeJson {
  readonly type: string
  readonly [key: string]: unknown
}

const NAMES = ['a', 'b c', '__proto__', 'constructor', 'type', 'é']
const IDS = ['x', 'y', 'red', '']
/** Each namespace has these; `''` is the one without a name. */
const NAMESPACES = ['', 'N', 'M::N']

export function randomSchema(random: Random): SchemaJson {
  return Object.fromEntries(
    NAMESPACES.map((namespace) => [namespace, randomNamespace(random, namespace)]),
  )
}

function randomNamespace(random: Random, namespace: string): object {
  const suffix = namespace.length
  const record = (depth: number): TypeJson => ({
    type: 'Record',
    attributes: Object.fromEntries(
      random.some(3, () => [
        random.pick(NAMES),
        { ...type(depth), ...(random.chance(50) ? { required: random.chance(50) } : {}) },
      ]),
    ),
    ...(random.chance(4) ? { additionalAttributes: random.chance(70) } : {}),
  })
  const entityName = (): string => {
    if (random.chance(1)) return 'Nobody'
    const other = random.pick(NAMESPACES)
    const name = `${random.pick(['User', 'Team', 'Color'])}${other.length}`
    return other === namespace && random.chance(50) ? name : qualified(other, name)
  }
  const type = (depth: number): TypeJson => {
    switch (random.below(depth > 0 ? 11 : 7)) {
      case 0:
        return { type: random.pick(['Long', 'String', 'Boolean']) }
      case 1:
        return { type: 'Entity', name: entityName() }
      case 2:
        return { type: 'EntityOrCommon', name: entityName() }
      case 3:
        return { type: 'EntityOrCommon', name: random.pick(['Long', '__cedar::String', 'ipaddr']) }
      case 4:
      case 5:
        return {
          type: 'Extension',
          name: random.pick(['ipaddr', 'decimal', 'datetime', 'duration']),
        }
      case 6: {
        const other = random.pick(NAMESPACES)
        const name = `Type${other.length}`
        const shown = other === namespace && random.chance(50) ? name : qualified(other, name)
        return random.chance(50) ? { type: shown } : { type: 'EntityOrCommon', name: shown }
      }
      case 7:
      case 8:
        return { type: 'Set', element: type(depth - 1) }
      default:
        return record(depth - 1)
    }
  }
  // A type by name that named others could be a circle, which is tried now and then.
  const plain = (): TypeJson =>
    random.pick<TypeJson>([
      { type: 'Long' },
      { type: 'Extension', name: 'ipaddr' },
      { type: 'Entity', name: entityName() },
      { type: 'Record', attributes: { a: { type: 'Extension', name: 'decimal' } } },
    ])
  const groups = (): object[] =>
    random.some(2, () => {
      const other = random.pick(NAMESPACES)
      const id = random.chance(2) ? 'nothing' : `group${other.length}`
      const isBare = other === namespace && random.chance(50)
      return isBare ? { id } : { id, type: qualified(other, 'Action') }
    })
  return {
    commonTypes: { [`Type${suffix}`]: random.chance(3) ? type(1) : plain() },
    entityTypes: {
      [`User${suffix}`]: {
        shape: record(2),
        memberOfTypes: random
          .some(2, () =>
            random.chance(2)
              ? 'Nobody'
              : qualified(random.pick(['', 'N']), 'Team').concat(random.pick(['0', '1'])),
          )
          .filter((name) => name === 'Team0' || name === 'N::Team1' || name === 'Nobody'),
        ...(random.chance(50) ? { tags: type(1) } : {}),
      },
      [`Team${suffix}`]: random.chance(50)
        ? { shape: record(1), memberOfTypes: [`Team${suffix}`] }
        : {},
      [`Color${suffix}`]: { enum: random.chance(1) ? [] : ['red', 'x'] },
    },
    actions: {
      [`group${suffix}`]: random.chance(3) ? { memberOf: groups() } : {},
      [`read${suffix}`]: {
        memberOf: groups(),
        ...(random.chance(2) ? { attributes: { a: 1 } } : {}),
        ...(random.chance(90)
          ? {
              appliesTo: {
                principalTypes: [entityName(), ...random.some(1, entityName)],
                resourceTypes: random.chance(5) ? [] : [entityName()],
                ...(random.chance(80) ? { context: record(2) } : {}),
              },
            }
          : {}),
      },
    },
  }
}

function qualified(namespace: string, name: string): string {
  return namespace === '' ? name : `${namespace}::${name}`
}

/** Data for a schema. */
export class SchemaData {
  readonly #random: Random
  readonly #schema: Schema
  readonly #types: readonly string[]

  constructor(random: Random, schema: Schema) {
    this.#random = random
    this.#schema = schema
    this.#types = [...schema.entityTypes.keys()]
  }

  entities(): EntityJson[] {
    const found = new Map<string, EntityJson>()
    for (const entity of this.#random.some(3, () => this.#entity())) {
      found.set(JSON.stringify(entity.uid), entity)
    }
    return [...found.values()]
  }

  query() {
    const random = this.#random
    const actions = [...this.#schema.actions()]
    const usual = actions.filter(({ resources }) => resources.size > 0)
    const action = random.pick(usual.length === 0 || random.chance(3) ? actions : usual)
    const one = (types: ReadonlySet<string>): EntityUid => {
      const isStray = types.size === 0 || random.chance(3)
      const type = random.pick(isStray ? this.#types : [...types])
      const ids = this.#schema.entityTypes.get(type)?.ids
      return { type, id: random.pick(ids === undefined || random.chance(3) ? IDS : [...ids]) }
    }
    return {
      principal: one(action.principals),
      action: random.chance(2) ? { type: 'Action', id: 'nothing' } : action.uid,
      resource: one(action.resources),
      context: this.#record(action.context),
    }
  }

  #entity(): EntityJson {
    const random = this.#random
    if (random.chance(8)) return this.#action()
    const name = random.chance(1) ? 'Nobody' : random.pick(this.#types)
    const type = this.#schema.entityTypes.get(name)
    const above = [...(type?.ancestors ?? [])].filter((each) => each !== name)
    const parents = random.some(2, () => ({
      type: above.length > 0 && !random.chance(3) ? random.pick(above) : random.pick(this.#types),
      id: random.pick(IDS),
    }))
    const tagged = type?.tags ?? (random.chance(2) ? ({ kind: 'long' } as const) : undefined)
    const tags =
      tagged === undefined
        ? []
        : random.some(2, () => [random.pick(NAMES), this.#value(tagged)] as const)
    return {
      uid: { type: name, id: random.pick(type?.ids === undefined ? IDS : [...type.ids, 'other']) },
      attrs: type === undefined ? {} : this.#record(type.shape),
      parents: above.length > 0 || random.chance(2) ? parents : [],
      ...(tags.length > 0 || random.chance(20) ? { tags: entries(tags) } : {}),
    }
  }

  // Data may repeat what the schema says of an action, and say nothing else.
  #action(): EntityJson {
    const random = this.#random
    const { uid, parents } = random.pick([...this.#schema.actions()])
    const all = this.#schema.ancestorsOfAction(uid)
    return {
      uid: random.chance(5) ? { type: uid.type, id: 'nothing' } : uid,
      attrs: random.chance(5) ? { a: 1 } : {},
      parents: random.pick([parents, all, [], [{ type: 'Action', id: 'read0' }]]),
    }
  }

  #record(type: RecordType): RecordJson {
    const random = this.#random
    const given: [string, ValueJson][] = []
    for (const [name, field] of type.fields) {
      if (field.required ? !random.chance(3) : random.chance(50)) {
        given.push([name, this.#value(field.type)])
      }
    }
    if (random.chance(3)) given.push([random.pick(NAMES), 1])
    return entries(given)
  }

  #value(type: Type): ValueJson {
    const random = this.#random
    if (random.chance(3)) return random.pick(ODD_VALUES)
    switch (type.kind) {
      case 'long':
        return random.pick([0, -1, 2n ** 62n, -(2n ** 63n)])
      case 'string':
        return random.pick(['', 'a', '10.0.0.1'])
      case 'bool':
        return random.chance(50)
      case 'set':
        return random.some(2, () => this.#value(type.element))
      case 'record':
        return this.#record(type)
      case 'entity': {
        const ids = this.#schema.entityTypes.get(type.name)?.ids
        const id = ids === undefined || random.chance(5) ? random.pick(IDS) : random.pick([...ids])
        return random.chance(50) ? { type: type.name, id } : { __entity: { type: type.name, id } }
      }
      case 'extension': {
        const { fn, args } = EXTENSIONS[type.name]
        const arg = random.pick(args)
        return random.pick<ValueJson>([arg, arg, { fn, arg }, { __extn: { fn, arg } }])
      }
    }
  }
}

const EXTENSIONS = {
  ipaddr: { fn: 'ip', args: ['10.0.0.1', '::1/64', '10.0.0.256'] },
  decimal: { fn: 'decimal', args: ['1.5', '-0.0001', '1'] },
  datetime: { fn: 'datetime', args: ['2024-02-29', '1969-12-31T23:59:59.999Z', '2023-02-29'] },
  duration: { fn: 'duration', args: ['1d2h', '-1ms', '1h1d'] },
} as const

const ODD_VALUES: readonly ValueJson[] = [
  'a',
  1,
  true,
  [],
  {},
  2n ** 63n,
  [[1]],
  '10.0.0.1',
  { a: 1 },
  { type: 'User0', id: 'x' },
  { __entity: { type: 'Nobody', id: 'x' } },
  { __extn: { fn: 'ip', arg: '10.0.0.1' } },
  { __extn: { fn: 'decimal', arg: '1.5' } },
  { __extn: { fn: 'nothing', arg: '1' } },
  { fn: 'ip', arg: '10.0.0.1' },
]

function entries(given: Iterable<readonly [string, ValueJson]>): RecordJson {
  return Object.fromEntries(given)
}
