// Tests of policies, written beside them as data: given these entities and facts, when this is
// asked, expect this verdict, for these reasons, with these remedies. The file format is plain
// JSON, or the YAML that says the same.
import { compilePolicies, decide } from './engine.ts'
import type { CompiledPolicies, Query } from './engine.ts'
import { Coverage } from './coverage.ts'
import type { CoverageSummary, PolicyCoverage } from './coverage.ts'
import { EntityStore } from './entities.ts'
import type { EntityJson, EntityUid } from './entities.ts'
import { isObject, uidFromJson } from './json.ts'
import type { RecordJson } from './json.ts'
import { findRemedies } from './remedies.ts'
import type { Change } from './remedies.ts'
import type { Schema } from './schema.ts'
import type { PolicySyntax } from './syntax.ts'

export type Verdict = 'allow' | 'deny' | 'step-up'

export interface PolicyTestFile {
  readonly entities: readonly EntityJson[]
  /** Facts that every case starts from; a case's own facts replace them by name. */
  readonly facts: RecordJson
  /** What could be done about a deny; needed to expect `step-up` or remedies. */
  readonly changes: readonly Change[]
  readonly cases: readonly PolicyTestCase[]
}

export interface PolicyTestCase {
  readonly name: string
  readonly query: Query & { readonly context: RecordJson }
  readonly expect: {
    readonly verdict: Verdict
    readonly reasons?: readonly string[]
    readonly errors?: readonly string[]
    readonly remedies?: readonly (readonly string[])[]
  }
}

export interface PolicyTestResult {
  readonly name: string
  /** What was not as expected; empty for a test that passed. */
  readonly failures: readonly string[]
}

export interface PolicyTestReport {
  readonly results: readonly PolicyTestResult[]
  readonly coverage: readonly PolicyCoverage[]
  readonly summary: CoverageSummary
}

/** A test file that is not in the right form. `path` says where. */
export class PolicyTestError extends Error {
  override readonly name = 'PolicyTestError'
  readonly path: string

  constructor(path: string, message: string) {
    super(`\`${path}\`: ${message}`)
    this.path = path
  }
}

/** Runs a test file. Throws `UnsupportedPolicy` for the policies, `DataError` for the entities. */
export function runPolicyTests(
  policies: readonly PolicySyntax[],
  file: PolicyTestFile,
  schema?: Schema,
): PolicyTestReport {
  const compiled = compilePolicies(policies)
  const entities = EntityStore.load(file.entities, schema)
  const coverage = new Coverage(compiled)
  const results = file.cases.map((each) => {
    coverage.add(entities, each.query)
    return { name: each.name, failures: failuresOf(each, compiled, entities, file.changes) }
  })
  return { results, coverage: coverage.report(), summary: coverage.summary() }
}

/** Checks the form of a test file that was read as JSON or YAML. Throws `PolicyTestError`. */
export function readPolicyTests(json: unknown): PolicyTestFile {
  const file = object(json, 'file')
  const facts = object(file['facts'] ?? {}, 'facts') as RecordJson
  return {
    facts,
    entities: list(file['entities'] ?? [], 'entities').map(readEntity),
    changes: list(file['changes'] ?? [], 'changes') as readonly Change[],
    cases: list(file['cases'], 'cases').map((each, index) =>
      readCase(each, `cases[${index}]`, facts),
    ),
  }
}

/** The report in JUnit's XML format, as continuous integration systems read it. */
export function toJunit(suite: string, { results }: PolicyTestReport): string {
  const failed = results.filter(({ failures }) => failures.length > 0)
  const cases = results.map(({ name, failures }) => {
    const head = `  <testcase classname="${xml(suite)}" name="${xml(name)}"`
    if (failures.length === 0) return `${head}/>`
    return `${head}>\n    <failure message="${xml(failures.join('; '))}"/>\n  </testcase>`
  })
  const head = `<testsuite name="${xml(suite)}" tests="${results.length}" failures="${failed.length}">`
  return ['<?xml version="1.0" encoding="UTF-8"?>', head, ...cases, '</testsuite>', ''].join('\n')
}

function failuresOf(
  { query, expect }: PolicyTestCase,
  policies: CompiledPolicies,
  entities: EntityStore,
  changes: readonly Change[],
): string[] {
  const { effective } = decide(policies, entities, query)
  const remedies =
    effective.effect === 'allow' ? [] : findRemedies(policies, entities, query, changes).remedies
  const isStepUp = remedies.some((remedy) => remedy.isStepUp)
  const verdict: Verdict = isStepUp ? 'step-up' : effective.effect
  const failures: string[] = []
  const compare = (what: string, expected: unknown, found: unknown): void => {
    const [wanted, seen] = [JSON.stringify(expected), JSON.stringify(found)]
    if (wanted !== seen) failures.push(`expected ${what} ${wanted}, found ${seen}`)
  }
  compare('verdict', expect.verdict, verdict)
  if (expect.reasons !== undefined) {
    compare('reasons', sorted(expect.reasons), sorted(effective.determining))
  }
  // An error that a test does not expect is a fault, also when the verdict is right.
  compare(
    'errors',
    sorted(expect.errors ?? []),
    sorted(effective.errors.map(({ policy }) => policy)),
  )
  if (expect.remedies !== undefined) {
    compare(
      'remedies',
      expect.remedies.map(sorted),
      remedies.map((remedy) => sorted(remedy.changes)),
    )
  }
  return failures
}

function readCase(json: unknown, path: string, facts: RecordJson): PolicyTestCase {
  const body = object(json, path)
  const when = object(body['when'], `${path}.when`)
  const expect = object(body['expect'], `${path}.expect`)
  const { verdict } = expect
  if (verdict !== 'allow' && verdict !== 'deny' && verdict !== 'step-up') {
    throw new PolicyTestError(`${path}.expect.verdict`, 'expected `allow`, `deny` or `step-up`')
  }
  const names = (key: string): readonly string[] =>
    list(expect[key], `${path}.expect.${key}`).map(String)
  const own = object(when['facts'] ?? {}, `${path}.when.facts`) as RecordJson
  return {
    name: typeof body['name'] === 'string' ? body['name'] : path,
    query: {
      principal: readUid(when['principal'], `${path}.when.principal`),
      action: readUid(when['action'], `${path}.when.action`),
      resource: readUid(when['resource'], `${path}.when.resource`),
      context: { ...facts, ...own },
    },
    expect: {
      verdict,
      ...(expect['reasons'] === undefined ? {} : { reasons: names('reasons') }),
      ...(expect['errors'] === undefined ? {} : { errors: names('errors') }),
      ...(expect['remedies'] === undefined
        ? {}
        : {
            remedies: list(expect['remedies'], `${path}.expect.remedies`).map((each) =>
              list(each, `${path}.expect.remedies`).map(String),
            ),
          }),
    },
  }
}

function readEntity(json: unknown, index: number): EntityJson {
  const path = `entities[${index}]`
  const body = object(json, path)
  return {
    uid: readUid(body['uid'], `${path}.uid`),
    attrs: object(body['attrs'] ?? {}, `${path}.attrs`) as RecordJson,
    parents: list(body['parents'] ?? [], `${path}.parents`).map((parent) =>
      readUid(parent, `${path}.parents`),
    ),
    ...(body['tags'] === undefined
      ? {}
      : { tags: object(body['tags'], `${path}.tags`) as RecordJson }),
  }
}

/** Reads `User::"ann"` or `{type, id}`. Throws `PolicyTestError`. */
export function readUid(json: unknown, path: string): EntityUid {
  if (typeof json !== 'string') {
    try {
      return uidFromJson(json, '')
    } catch {
      throw new PolicyTestError(path, 'expected an entity such as `User::"ann"`')
    }
  }
  const match = /^(?<type>[A-Za-z_][A-Za-z0-9_:]*)::(?<id>"(?:[^"\\]|\\.)*")$/.exec(json)
  const { type = '', id = '' } = match?.groups ?? {}
  try {
    return { type, id: JSON.parse(id) as string }
  } catch {
    throw new PolicyTestError(path, `\`${json}\` is not an entity such as \`User::"ann"\``)
  }
}

function object(json: unknown, path: string): { readonly [name: string]: unknown } {
  if (isObject(json)) return json
  throw new PolicyTestError(path, 'expected a mapping')
}

function list(json: unknown, path: string): readonly unknown[] {
  if (Array.isArray(json)) return json
  throw new PolicyTestError(path, 'expected a list')
}

function sorted(texts: readonly string[]): string[] {
  return [...texts].sort()
}

function xml(text: string): string {
  const ENTITIES: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  }
  // Control characters have no form in XML 1.0 at all.
  return text.replace(/[&<>"]/g, (each) => ENTITIES[each] ?? '').replace(/\p{Cc}/gu, ' ')
}
