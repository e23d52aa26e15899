// How far a policy has been rolled out, as its file says it: `@stage("pilot")` together with
// `@populations("Group::\"it-security\", Group::\"volunteers\"")`, or another stage on its own.
import { tokenize } from '@countersign/policy/lexer'
import type { Token } from '@countersign/policy/lexer'
import type { Schema } from '@countersign/policy/schema'
import type { EntityUid, PolicySyntax, Stage } from '@countersign/policy/syntax'
import { annotationPlace } from './annotations.ts'
import type { Place } from './annotations.ts'
import { diagnosticAt } from './diagnostics.ts'
import type { Diagnostic, Piece, Source } from './diagnostics.ts'

const POPULATIONS_MAX = 100

/**
 * Reads the stage of a policy from its annotations. One that is not understood is reported, and the
 * policy is only observed.
 */
export function stageOf(
  annotations: Readonly<Record<string, string>>,
  piece: Piece,
  diagnostics: Diagnostic[],
): Stage {
  const { stage = 'enforce', populations } = annotations
  const refuse = (annotation: string, code: string, message: string, help: string): Stage => {
    const place = placeOf(piece, annotation)
    diagnostics.push(diagnosticAt(piece.source, place, { severity: 'error', code, message, help }))
    return { kind: 'observe' }
  }
  const kind = STAGES.find((each) => each === stage)
  if (kind === undefined) {
    const names = 'write `@stage("observe")`, `@stage("pilot")` or `@stage("enforce")`'
    return refuse('stage', 'policy.stage', `there is no stage \`${stage}\``, names)
  }
  if (kind !== 'pilot') {
    if (populations === undefined) return { kind }
    const message = `only a pilot has populations, and this policy is at stage \`${kind}\``
    const help = 'add `@stage("pilot")`, or remove `@populations`'
    return refuse('populations', 'policy.populations', message, help)
  }
  if (populations === undefined) {
    return refuse(
      'stage',
      'policy.populations',
      'a pilot binds nobody without populations',
      EXAMPLE,
    )
  }
  const read = readPopulations(populations)
  return typeof read === 'string'
    ? refuse('populations', 'policy.populations', read, EXAMPLE)
    : { kind, populations: read }
}

/** Refuses populations that a schema knows nothing of, or that nothing could be a member of. */
export function checkPopulations(
  policies: readonly PolicySyntax[],
  schema: Schema,
  source: Source,
): Diagnostic[] {
  return policies.flatMap((policy) => {
    if (policy.stage.kind !== 'pilot') return []
    const place = placeOf({ text: policy.text, offset: policy.span.offset, source }, 'populations')
    return policy.stage.populations.flatMap((population) => {
      const message = strangerness(population, schema)
      if (message === undefined) return []
      const help = 'name a group, of a type that principals are members of'
      const finding = { severity: 'error', code: 'policy.populations', message, help } as const
      return diagnosticAt(source, place, finding)
    })
  })
}

const STAGES = ['observe', 'pilot', 'enforce'] as const

const EXAMPLE = String.raw`add who is bound: ${'`'}@populations("Group::\"it-security\", Group::\"volunteers\"")${'`'}`

/** The entities of a list such as `Group::"a", Group::"b"`, or what is wrong with it. */
function readPopulations(list: string): readonly EntityUid[] | string {
  const tokens = tokenize(list)
  if (tokens.length === 0) return 'the list of populations is empty'
  const populations: EntityUid[] = []
  for (const name of separated(tokens)) {
    const uid = readEntity(name)
    if (uid === undefined) {
      return `\`${name.map(({ text }) => text).join('') || ','}\` is no entity, such as \`Group::"volunteers"\``
    }
    populations.push(uid)
  }
  const names = new Set(populations.map(({ type, id }) => `${type} ${id}`))
  if (names.size < populations.length) return 'a population is named twice'
  if (populations.length > POPULATIONS_MAX) {
    return `${populations.length} populations are more than ${POPULATIONS_MAX}`
  }
  return populations
}

function* separated(tokens: readonly Token[]): Generator<readonly Token[]> {
  let from = 0
  for (const [index, { text }] of tokens.entries()) {
    if (text !== ',') continue
    yield tokens.slice(from, index)
    from = index + 1
  }
  yield tokens.slice(from)
}

// `Ns::Group::"id"`: words and `::` in turn, and a text at the end.
function readEntity(tokens: readonly Token[]): EntityUid | undefined {
  const last = tokens.at(-1)
  const path = tokens.slice(0, -1)
  const isPath =
    path.length > 0 &&
    path.length % 2 === 0 &&
    path.every(({ kind, text }, index) => (index % 2 === 0 ? kind === 'word' : text === '::'))
  if (!isPath || last?.kind !== 'string') return undefined
  const id = unescaped(last.text.slice(1, -1))
  if (id === undefined) return undefined
  const names = path.slice(0, -1)
  return { type: names.map(({ text }) => text).join(''), id }
}

const SIMPLE_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['0', '\0'],
  ['\\', '\\'],
  ['"', '"'],
  ["'", "'"],
])

/** What a Cedar text means, without its quotes; undefined for an escape that Cedar does not have. */
function unescaped(text: string): string | undefined {
  let isLegal = true
  const meaning = text.replaceAll(
    /\\(?:u\{(?<point>[0-9a-fA-F]{1,6})\}|x(?<byte>[0-7][0-9a-fA-F])|(?<simple>[^]))/gu,
    (...match: readonly unknown[]) => {
      const { point, byte, simple } = match.at(-1) as Readonly<Record<string, string | undefined>>
      const code = Number.parseInt(point ?? byte ?? '', 16)
      const isSurrogate = code >= 0xd800 && code <= 0xdfff
      if (code <= 0x10ffff && !isSurrogate) return String.fromCodePoint(code)
      const plain = SIMPLE_ESCAPES.get(simple ?? '')
      isLegal &&= plain !== undefined
      return plain ?? ''
    },
  )
  return isLegal ? meaning : undefined
}

function strangerness({ type, id }: EntityUid, schema: Schema): string | undefined {
  const shown = `\`${type}::${JSON.stringify(id)}\``
  const declared = schema.entityTypes.get(type)
  if (declared === undefined) return `${shown} is of a type that the schema does not have`
  if (declared.ids !== undefined && !declared.ids.has(id)) {
    return `${shown} is not one of the ids that the schema lists`
  }
  const principals = [...schema.actions()].flatMap((action) => [...action.principals])
  const canHold = principals.some(
    (name) => name === type || schema.entityTypes.get(name)?.ancestors.has(type) === true,
  )
  return canHold ? undefined : `no principal can ever be \`in\` ${shown}`
}

function placeOf({ text, offset }: Piece, annotation: string): Place {
  const place = annotationPlace(text, annotation) ?? { offset: 0, length: text.length }
  return { offset: offset + place.offset, length: place.length }
}
