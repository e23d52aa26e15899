// `npm test`: every test of the repository. `npm test -- gateway/ posture` runs only the files whose
// path contains one of the words.

import { dirname } from 'node:path'

import { runTests } from './runner.ts'

// Whoever ends the run ends the processes of the tests as well, and they what they have started.
const ended = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.abort())

const runTimeoutMs = 30 * 60_000

process.exitCode = 1
const passed = await runTests({
  root: dirname(import.meta.dirname),
  fragments: process.argv.slice(2),
  strict: process.env['CI'] === 'true',
  signal: AbortSignal.any([ended.signal, AbortSignal.timeout(runTimeoutMs)]),
})
process.exitCode = passed ? 0 : 1
