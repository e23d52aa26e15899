// Tests of policies, written beside them as data: given these entities and facts, when this is
// asked, expect this verdict, for these reasons, with these remedies. `policy-tests-form` reads
// them; whoever loads a file resolves the files it names.
import { decide } from './engine.ts'
import type { Answer, CompiledPolicies, Query } from './engine.ts'
import { Coverage } from './coverage.ts'
import type { PolicyCoverage } from './coverage.ts'
import type { EntityJson, EntityStore } from './entities.ts'
import { explain } from './explain.ts'
import type { Explanation } from './explain.ts'
import { DataError } from './json.ts'
import type { RecordJson } from './json.ts'
import { findRemedies } from './remedies.ts'
import type { Change, Remedies } from './remedies.ts'

export type Verdict = 'allow' | 'deny' | 'step-up'

export interface PolicyTestFile {
  /** Files or folders of policies, where the tests are about others than those beside them. */
  readonly policyFiles: readonly string[]
  readonly schemaFile?: string
  readonly entities: readonly EntityJson[]
  /** Files whose entities join those of this file. */
  readonly entityFiles: readonly string[]
  /** Facts that every case starts from; a case's own facts replace them by name. */
  readonly facts: RecordJson
  /** What could be done about a deny; needed to expect `step-up` or remedies. */
  readonly changes: readonly Change[]
  readonly cases: readonly PolicyTestCase[]
}

export interface PolicyTestCase {
  readonly name: string
  readonly query: Query & { readonly context: RecordJson }
  /** A forbid that cannot be evaluated denies. */
  readonly strict?: boolean
  readonly expect: {
    readonly verdict: Verdict
    /** The effect if every policy were enforced. */
    readonly wouldBe?: 'allow' | 'deny'
    readonly reasons?: readonly string[]
    readonly errors?: readonly string[]
    readonly remedies?: readonly (readonly string[])[]
  }
}

export interface PolicyTestResult {
  readonly name: string
  /** What was not as expected; empty for a test that passed. */
  readonly failures: readonly string[]
  /** For a test that failed: the answer that was found, and what each relevant policy made of it. */
  readonly found?: Answer & { readonly verdict: Verdict }
  readonly explanations?: readonly Explanation[]
}

export interface PolicyTestReport {
  readonly results: readonly PolicyTestResult[]
  readonly coverage: readonly PolicyCoverage[]
}

/** The cases of a test file, asked of these policies with these entities in the store. */
export function runPolicyTests(
  policies: CompiledPolicies,
  entities: EntityStore,
  { cases, changes }: Pick<PolicyTestFile, 'cases' | 'changes'>,
): PolicyTestReport {
  const coverage = new Coverage(policies)
  const results = cases.map((each): PolicyTestResult => {
    try {
      coverage.add(entities, each.query)
      return resultOf(each, policies, entities, changes)
    } catch (error) {
      if (!(error instanceof DataError)) throw error
      return { name: each.name, failures: [`the question is refused: ${error.message}`] }
    }
  })
  return { results, coverage: coverage.report() }
}

export interface PolicyTestSuite {
  readonly name: string
  readonly results: readonly PolicyTestResult[]
}

/** Results in JUnit's XML format, as continuous integration systems read it. */
export function toJunit(suites: readonly PolicyTestSuite[]): string {
  const total = counts(suites.flatMap(({ results }) => results))
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${total}>`,
    ...suites.map(({ name, results }) => {
      const cases = results.map((result) => junitCase(name, result)).join('')
      return `  <testsuite name="${xml(name)}" ${counts(results)}>\n${cases}  </testsuite>`
    }),
    '</testsuites>',
    '',
  ].join('\n')
}

function resultOf(
  { name, query, expect, strict = false }: PolicyTestCase,
  policies: CompiledPolicies,
  entities: EntityStore,
  changes: readonly Change[],
): PolicyTestResult {
  const { effective, wouldBe } = decide(policies, entities, query, { strict })
  const remedies: Remedies['remedies'] =
    effective.effect === 'allow'
      ? []
      : findRemedies(policies, entities, query, changes, { strict }).remedies
  const isStepUp = remedies.some((remedy) => remedy.isStepUp)
  const verdict: Verdict = isStepUp ? 'step-up' : effective.effect
  const failures: string[] = []
  const compare = (what: string, expected: unknown, found: unknown): void => {
    const [wanted, seen] = [JSON.stringify(expected), JSON.stringify(found)]
    if (wanted !== seen) failures.push(`expected ${what} ${wanted}, found ${seen}`)
  }
  compare('verdict', expect.verdict, verdict)
  if (expect.wouldBe !== undefined) compare('wouldBe', expect.wouldBe, wouldBe.effect)
  if (expect.reasons !== undefined) {
    compare('reasons', sorted(expect.reasons), sorted(effective.determining))
  }
  // An error that a test does not expect is a fault, also when the verdict is right.
  const errors = effective.errors.map(({ policy }) => policy)
  compare('errors', sorted(expect.errors ?? []), sorted(errors))
  if (expect.remedies !== undefined) {
    compare(
      'remedies',
      expect.remedies.map(sorted),
      remedies.map((remedy) => sorted(remedy.changes)),
    )
  }
  const known = new Set(policies.policies.map(({ policy }) => policy.id))
  for (const id of new Set([...(expect.reasons ?? []), ...(expect.errors ?? [])])) {
    if (!known.has(id)) failures.push(`no policy has the id \`${id}\` that the test names`)
  }
  if (failures.length === 0) return { name, failures }
  const explanations = explain(policies, entities, query)
  return { name, failures, found: { ...effective, verdict }, explanations }
}

function counts(results: readonly PolicyTestResult[]): string {
  const failed = results.filter(({ failures }) => failures.length > 0)
  return `tests="${results.length}" failures="${failed.length}"`
}

function junitCase(suite: string, { name, failures }: PolicyTestResult): string {
  const head = `    <testcase classname="${xml(suite)}" name="${xml(name)}"`
  if (failures.length === 0) return `${head}/>\n`
  return `${head}>\n      <failure message="${xml(failures.join('; '))}"/>\n    </testcase>\n`
}

function sorted(texts: readonly string[]): string[] {
  return [...texts].sort()
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

// Control characters, lone surrogates and U+FFFE have no form in XML 1.0 at all.
function xml(text: string): string {
  return text
    .replace(/[&<>"]/g, (each) => ESCAPES[each] ?? '')
    .replace(/[\p{Cc}\p{Cs}\ufffe\uffff]/gu, ' ')
}
