// The runner's own report, with one addition just before its closing counts: what this machine left
// out, and what to install for it. A green run that silently tested less would be a lie.

import type { EventData } from 'node:test'
import type { TestEvent } from 'node:test/reporters'

import { leftOutOf, parts } from './parts.ts'

type Skipped = { readonly name: string; readonly reason: string }

/**
 * Passes every event on, and adds one that prints the block. Give the result to `spec`.
 * @param strict a build server: a test that was left out fails the run.
 * @param fail called when the run has failed although every test that ran has passed.
 */
export async function* withLeftOut(
  events: AsyncIterable<TestEvent>,
  strict: boolean,
  fail: () => void,
): AsyncGenerator<TestEvent> {
  const skipped: Skipped[] = []
  const emptyFiles: string[] = []
  let told = false
  for await (const event of events) {
    if (event.type === 'test:pass') {
      const { name, skip } = event.data
      if (skip !== undefined && skip !== false) skipped.push({ name, reason: String(skip) })
      if (isFile(event.data)) emptyFiles.push(name)
    }
    // The closing counts are the only diagnostics of the run itself; all others belong to a file.
    if (!told && event.type === 'test:diagnostic' && event.data.file === undefined) {
      told = true
      if (emptyFiles.length > 0 || (strict && skipped.length > 0)) fail()
      const lines = [...leftOut(skipped, strict), ...empty(emptyFiles)]
      yield { type: 'test:stdout', data: { file: '', message: `\n${lines.join('\n')}\n\n` } }
    }
    yield event
  }
}

/** Node reports a file as a test of its own only when it held no test. */
function isFile({ name, file }: EventData.TestPass): boolean {
  return name === file
}

function empty(files: readonly string[]): readonly string[] {
  return files.map(
    (file) => `\`${file}\` holds no test, so the run has failed: add one or delete it.`,
  )
}

function leftOut(skipped: readonly Skipped[], strict: boolean): readonly string[] {
  if (skipped.length === 0) return ['Nothing was left out.']
  const byReason = Map.groupBy(skipped, ({ reason }) => reason)
  const verdict = 'CI is set, so the run has failed: a build server leaves nothing out.'
  return [
    'Left out on this machine:',
    ...[...byReason].map(([reason, tests]) => lineOf(reason, tests)),
    ...(strict ? [verdict] : []),
  ]
}

function lineOf(reason: string, tests: readonly Skipped[]): string {
  const found = leftOutOf(reason)
  const count = tests.length === 1 ? '1 test or suite' : `${tests.length} tests or suites`
  if (found === undefined) {
    const names = tests.map(({ name }) => `\`${name}\``).join(', ')
    return `  ${count} without naming a part (${reason}): ${names}`
  }
  const { title, install } = parts[found.part]
  return `  ${title}: ${count}, because ${found.because.trim()}\n    to have it: ${install}`
}
