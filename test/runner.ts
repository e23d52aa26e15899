// Finds the test files, runs them all in one run of Node's test runner, and answers whether every
// test passed. What `npm test` does, as a function, so that it can be tested on a folder of its own.

import { globSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'

import { withLeftOut } from './reporter.ts'

export type TestRun = {
  readonly root: string
  /** Only files whose path contains one of these; all files when empty. */
  readonly fragments: readonly string[]
  /** A build server: a test that was left out counts as a failure. */
  readonly strict: boolean
  /** Ends the run, and every process it started. */
  readonly signal: AbortSignal
}

// Two cores are what the smallest build server has, and a scenario starts several programs at once.
const filesAtOnce = 2
const testTimeoutMs = 240_000

const neverSearched = new Set(['node_modules', 'dist', 'var', 'coverage'])

/**
 * Runs the tests and reports to standard output. The run ends with the runner's own counts.
 * @returns whether there was something to run and nothing failed.
 */
export async function runTests({ root, fragments, strict, signal }: TestRun): Promise<boolean> {
  const files = testFiles(root, fragments)
  if (files.length === 0) {
    const wanted = fragments.map((fragment) => `\`${fragment}\``).join(' or ')
    process.stdout.write(`no test file matches ${wanted || 'in this folder'}; check the path\n`)
    return false
  }
  let succeeded = false
  let failed = false
  const events = run({
    files: files.map((file) => join(root, file)),
    cwd: root,
    concurrency: filesAtOnce,
    timeout: testTimeoutMs,
    execArgv: ['--import', new URL('deadline.ts', import.meta.url).href],
    signal,
  })
  events.on('test:summary', ({ file, success }) => {
    if (file === undefined) succeeded = success
  })
  const report = (source: typeof events) => withLeftOut(source, strict, () => (failed = true))
  await pipeline(events, report, new spec(), process.stdout, { end: false })
  return succeeded && !failed
}

/** The slowest come first, so that no core waits for one of them at the end. */
function testFiles(root: string, fragments: readonly string[]): readonly string[] {
  const found = globSync('**/*.test.ts', {
    cwd: root,
    exclude: (path) => neverSearched.has(path.split('/').at(-1) ?? ''),
  })
  const wanted = found.filter(
    (file) => fragments.length === 0 || fragments.some((fragment) => file.includes(fragment)),
  )
  return wanted.toSorted((a, b) => rank(a) - rank(b) || a.localeCompare(b))
}

function rank(file: string): number {
  const slowestFirst = ['scenarios/', 'test/']
  const at = slowestFirst.findIndex((folder) => file.startsWith(folder))
  return at === -1 ? slowestFirst.length : at
}
