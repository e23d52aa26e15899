// The results of policy tests for a person: a line for each file, then each failure with what was
// found and why, then what was never exercised.
import { aligned, type Paint, printable } from '#paint'
import { answerLine } from './explain.ts'
import { plural } from './finding.ts'
import type { TestCoverage } from './test-coverage.ts'
import type { TestSuite } from './tests.ts'
import { whyLines } from './why.ts'

const missingMax = 20

/** The page as text. */
export function testsPage(
  suites: readonly TestSuite[],
  coverage: TestCoverage,
  minCoverage: number,
  paint: Paint,
): string {
  const failed = suites.flatMap(({ results }) =>
    results.filter(({ failures }) => failures.length > 0),
  )
  const count = suites.reduce((sum, { results }) => sum + results.length, 0)
  return [
    ...aligned(
      suites.map((suite) => suiteRow(suite)),
      paint,
    ),
    '',
    ...suites.flatMap((suite) => failureLines(suite, paint)),
    ...coverageLines(coverage, minCoverage, paint),
    failed.length === 0
      ? `${paint('good', 'passed')}: ${plural(count, 'test')}`
      : `${paint('bad', 'failed')}: ${failed.length} of ${plural(count, 'test')}`,
    '',
  ].join('\n')
}

function suiteRow({
  name,
  results,
}: TestSuite): (string | { text: string; tone: 'good' | 'bad' })[] {
  const failed = results.filter(({ failures }) => failures.length > 0).length
  const state =
    failed === 0
      ? ({ text: `${results.length} passed`, tone: 'good' } as const)
      : ({ text: `${failed} of ${results.length} failed`, tone: 'bad' } as const)
  return [printable(name), state]
}

function failureLines({ name, results, policies }: TestSuite, paint: Paint): string[] {
  return results
    .filter(({ failures }) => failures.length > 0)
    .flatMap((result) => [
      `${paint('bad', 'failed')}: ${paint('strong', printable(result.name))}  ${paint('quiet', `${printable(name)}:${result.line}`)}`,
      ...result.failures.map((failure) => `  ${printable(failure)}`),
      ...(result.found === undefined ? [] : [`  ${answerLine(result.found)}`]),
      ...(result.found?.errors ?? []).map(
        ({ policy, message }) =>
          `  \`${printable(policy)}\` could not be evaluated: ${printable(message)}`,
      ),
      ...whyLines(result.explanations ?? [], policies, paint).map((line) => `  ${line}`),
      '',
    ])
}

function coverageLines(
  { percent, sides, missing }: TestCoverage,
  minCoverage: number,
  paint: Paint,
): string[] {
  const more = missing.length - missingMax
  const isTooLow = percent < minCoverage
  const said = `coverage ${percent}%: ${sides.seen} of ${sides.all} sides of policies and terms`
  return [
    ...(missing.length === 0 ? [] : [paint('strong', 'Never exercised')]),
    ...aligned(
      missing
        .slice(0, missingMax)
        .map(({ policy, file, line, column, what, text }) => [
          `  ${printable(file ?? '')}:${line}:${column}`,
          `\`${printable(policy)}\``,
          what,
          text === undefined ? '' : oneLine(text),
        ]),
      paint,
    ),
    ...(more > 0 ? [`  and ${more} more; \`--coverage <file>\` has all`] : []),
    ...(missing.length === 0 ? [] : ['']),
    isTooLow ? paint('bad', `${said}; at least ${minCoverage}% is asked for`) : said,
  ]
}

const textMaxCharacters = 60

function oneLine(text: string): string {
  const line = printable(text.replace(/\s+/g, ' '))
  return line.length > textMaxCharacters ? `${line.slice(0, textMaxCharacters)}…` : line
}
