// A file of entities, read one by one into a store, so that each mistake is found and has a place.
import { type EntityJson, EntityStore } from '@countersign/policy/entities'
import { DataError, isObject, uidFromJson } from '@countersign/policy/json'
import type { JsonPath } from '@countersign/policy/lossless-json'
import type { Schema } from '@countersign/policy/schema'
import type { DataDocument } from './document.ts'
import { type Finding, findingAt, Refused } from './finding.ts'

export interface LoadedEntities {
  readonly store: EntityStore
  readonly findings: readonly Finding[]
  readonly count: number
}

const entitiesMax = 1_000_000
/** After so many, the rest is probably the same mistake. */
const findingsMax = 100

/** Some entities of a document, each with its place there. */
export interface EntityList {
  readonly document: DataDocument
  readonly items: readonly { readonly json: unknown; readonly at: JsonPath }[]
}

/** A document that is a list of entities, as Cedar writes it. Throws `Refused`. */
export function entityList(document: DataDocument): EntityList {
  const { source, value } = document
  const refuse = (code: string, message: string, help: string): never => {
    throw new Refused([findingAt(source, document.placeOf([]), { code, message, help })])
  }
  if (!Array.isArray(value)) {
    const help = 'write `[{"uid": {"type": "User", "id": "ann"}, "attrs": {}, "parents": []}]`'
    return refuse('entities.form', 'expected a list of entities', help)
  }
  if (value.length > entitiesMax) {
    const message = `the list has ${value.length} entities, more than ${entitiesMax}`
    return refuse('entities.too-many', message, 'leave out those that no policy needs')
  }
  return { document, items: value.map((json: unknown, index) => ({ json, at: [index] })) }
}

/** Loads lists of entities into one store; each mistake is a finding. */
export function loadEntities(
  lists: readonly EntityList[],
  schema: Schema | undefined,
): LoadedEntities {
  const store = EntityStore.load([], schema)
  const findings: Finding[] = []
  const seen = new Map<string, EntityJson>()
  const put = (json: unknown): void => {
    const entity = completed(json)
    const { type, id } = uidFromJson(entity.uid, 'uid')
    const key = `${type}::${JSON.stringify(id)}`
    const before = seen.get(key)
    seen.set(key, entity)
    // Given twice, both must say the same.
    if (before === undefined) store.upsert(entity)
    else EntityStore.load([before, entity], schema)
  }
  for (const { document, items } of lists) {
    for (const { json, at } of items) {
      if (findings.length >= findingsMax) break
      const complain = (path: JsonPath, what: Pick<Finding, 'code' | 'message' | 'help'>): void => {
        // An entity as a whole is known by its name.
        const place = path.length === 0 ? ['uid'] : path
        findings.push(findingAt(document.source, document.placeOf([...at, ...place]), what))
      }
      const wrong = wrongForm(json)
      if (wrong !== undefined) {
        complain([], { code: 'entities.form', ...wrong })
        continue
      }
      try {
        put(json)
      } catch (error) {
        if (!(error instanceof DataError)) throw error
        complain(pathIn(json, error.path), {
          code: `entities.${error.code}`,
          message: error.message,
          help: helps[error.code] ?? 'correct the data',
        })
      }
    }
  }
  return { store, findings, count: seen.size }
}

/** What to do about data that Cedar refuses. */
export const helps: Readonly<Record<string, string>> = {
  schema: 'correct the entity, or the schema',
  cycle: 'remove one of the parents that lead round',
  duplicate: 'keep one of the two',
  null: 'leave the attribute out',
  'out-of-range': 'Cedar integers have 64 bits: use a text or a `decimal`',
  'not-an-integer': 'use a text or a `decimal`',
  'bad-extension': 'write it as the extension function takes it',
  'bad-entity': 'write `{"type": "User", "id": "ann"}`',
  'bad-escape': 'write `{"__extn": …}` or `{"__entity": …}`',
}

/** Where in an entity an error is, from its path as text: `User::"ann".attrs.network[0]`. */
function pathIn(entity: unknown, path: string): JsonPath {
  const start = /\.(?:attrs|tags|parents)(?:[.[]|$)/.exec(path)
  if (start === null) return path === 'uid' || path.startsWith('uid') ? ['uid'] : []
  return stepsOf(entity, path.slice(start.index))
}

// Names may hold dots and brackets, so the data decides where one ends.
export function stepsOf(value: unknown, rest: string): JsonPath {
  const index = /^\[(?<index>\d+)\]/.exec(rest)
  if (index !== null && Array.isArray(value)) {
    const at = Number(index.groups?.['index'])
    return [at, ...stepsOf(value[at], rest.slice(index[0].length))]
  }
  if (!rest.startsWith('.') || !isObject(value)) return []
  const name = Object.keys(value)
    .filter((each) => rest.startsWith(each, 1) && /^(?:[.[]|$)/.test(rest.slice(each.length + 1)))
    .sort((left, right) => right.length - left.length)[0]
  return name === undefined ? [] : [name, ...stepsOf(value[name], rest.slice(name.length + 1))]
}

function wrongForm(json: unknown): Pick<Finding, 'message' | 'help'> | undefined {
  const help = 'an entity is `{"uid": {"type": …, "id": …}, "attrs": {…}, "parents": [{…}]}`'
  if (!isObject(json)) return { message: 'expected an entity', help }
  const unknown = Object.keys(json).find((name) => !known.has(name))
  if (unknown !== undefined) return { message: `\`${unknown}\` is no part of an entity`, help }
  return json['uid'] === undefined ? { message: 'the entity has no `uid`', help } : undefined
}

const known: ReadonlySet<string> = new Set(['uid', 'attrs', 'parents', 'tags'])

// Cedar wants `attrs` and `parents`, and people leave them out where they are empty.
function completed(json: unknown): EntityJson {
  return { attrs: {}, parents: [], ...(json as Pick<EntityJson, 'uid'>) }
}
