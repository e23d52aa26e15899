// Questions from the command line: who, what, and the facts of the moment; and everything they are
// asked of.
import type { CompiledPolicies, Query } from '@countersign/policy/engine'
import { EntityStore } from '@countersign/policy/entities'
import { DataError, isObject } from '@countersign/policy/json'
import type { RecordJson } from '@countersign/policy/json'
import { readUid } from '@countersign/policy/policy-tests-form'
import { PolicyTestError } from '@countersign/policy/policy-tests-problems'
import type { EntityUid } from '@countersign/policy/syntax'
import type { Schema } from '@countersign/policy/schema'
import { Failure } from '#failure'
import { printable } from '#paint'
import { didYouMean } from '#suggest'
import { uidText } from './cedar-text.ts'
import { type DataDocument, readDocument } from './document.ts'
import { entityList, helps, loadEntities, stepsOf } from './entities.ts'
import { findingAt, Refused, refuseErrors } from './finding.ts'
import { compiledSet, refuseNone, usableSchema } from './policy-set.ts'
import { type Project, theOne } from './project.ts'

export interface EstateRequest {
  readonly paths: readonly string[]
  readonly schema: string | undefined
  readonly entities: string | undefined
}

/** What questions are asked of. */
export interface Estate {
  readonly compiled: CompiledPolicies
  readonly store: EntityStore
  readonly schema: Schema | undefined
  readonly hasEntities: boolean
}

/** Loads policies, schema and entities. Throws `Failure` and `Refused`. */
export async function loadEstate(request: EstateRequest, project: Project): Promise<Estate> {
  const found = await project.sources.find(request.paths)
  refuseNone(found.policies, request.paths)
  const compiled = await compiledSet(found.policies, project)
  const schema = await usableSchema(theOne('schema', request.schema, found.schemas), project)
  const entities = theOne('entities', request.entities, found.entities)
  const store = await loadStore(entities, schema, project)
  return { compiled, store, schema, hasEntities: entities !== undefined }
}

/** A store of the entities of a file; an empty one without. Throws `Refused`. */
export async function loadStore(
  path: string | undefined,
  schema: Schema | undefined,
  { sources, progress }: Project,
): Promise<EntityStore> {
  if (path === undefined) return EntityStore.load([], schema)
  progress.say(`reading ${path}`)
  const list = entityList(readDocument(await sources.read(path)))
  const { store, findings } = loadEntities([list], schema)
  refuseErrors(findings)
  progress.clear()
  return store
}

/** The entity that an option names. Throws `Failure`. */
export function uidOption(option: string, text: string | undefined): EntityUid {
  const example = `\`--${option} '${examples[option] ?? 'User::"ann"'}'\``
  if (text === undefined)
    throw new Failure('usage', `\`--${option}\` is missing`, `write ${example}`)
  try {
    return readUid(text, [option])
  } catch (error) {
    if (!(error instanceof PolicyTestError)) throw error
    throw new Failure(
      'usage',
      `\`--${option}\` is \`${printable(text)}\`, expected an entity`,
      `write ${example}; the shell needs the outer quotes`,
    )
  }
}

const examples: Readonly<Record<string, string>> = {
  action: 'Action::"read"',
  resource: 'App::"payroll"',
}

/** The facts that `--context` gives: JSON on the line, or a file. Throws `Failure`, `Refused`. */
export async function contextOption(
  given: string | undefined,
  { sources }: Project,
): Promise<DataDocument | undefined> {
  if (given === undefined) return undefined
  const isInline = given.trimStart().startsWith('{')
  const document = readDocument(
    isInline ? sources.remember({ path: '--context', text: given }) : await sources.read(given),
  )
  if (isObject(document.value)) return document
  throw new Refused([
    findingAt(document.source, document.placeOf([]), {
      code: 'context.form',
      message: 'expected a mapping of facts',
      help: 'write `{"minutes": 5}`',
    }),
  ])
}

export function contextOf(document: DataDocument | undefined): RecordJson {
  return (document?.value ?? {}) as RecordJson
}

/** Asks; what the data makes impossible becomes a finding at its place, or a `Failure`. */
export function asking<T>(
  context: DataDocument | undefined,
  schema: Schema | undefined,
  ask: () => T,
): T {
  try {
    return ask()
  } catch (error) {
    if (!(error instanceof DataError)) throw error
    const { path, code, message } = error
    if (!path.startsWith('context')) {
      const known = [...(schema?.actions() ?? [])].map(({ uid }) => uidText(uid))
      const word = /`(?<word>[^`]*)`/.exec(message)?.groups?.['word'] ?? ''
      const guess = path === 'action' ? didYouMean(word, known) : ''
      throw new Failure('usage', `${message}${guess}`, 'ask about what the schema declares')
    }
    const help = code === 'schema' ? 'correct the facts' : (helps[code] ?? 'correct the facts')
    if (context === undefined) {
      throw new Failure('usage', message, 'give the facts with `--context <file-or-json>`')
    }
    const place = context.placeOf(stepsOf(context.value, path.slice('context'.length)))
    throw new Refused([
      findingAt(context.source, place, { code: `context.${code}`, message, help }),
    ])
  }
}

const idsMax = 10_000

/** Says that an entity is not known, because it then has no attributes and is in no group. */
export function strangerNotes(
  query: Partial<Pick<Query, 'principal' | 'resource'>>,
  { store, hasEntities }: Estate,
): string[] {
  if (!hasEntities) {
    return [
      'no entities were given, so nobody is in a group and nothing has attributes: put an `entities.json` beside the policies, or name one with `--entities`',
    ]
  }
  return [query.principal, query.resource].flatMap((uid) => {
    if (uid === undefined || store.has(uid)) return []
    const ids: string[] = []
    for (const { id } of store.ofType(uid.type)) {
      ids.push(uidText({ type: uid.type, id }))
      if (ids.length >= idsMax) break
    }
    const guess = didYouMean(uidText(uid), ids)
    return `${uidText(uid)} is not among the entities: it has no attributes and is in no group${guess}`
  })
}
