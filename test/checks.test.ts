// The repository's own standards as tests: types, lint, format and dead code. Each tool prints what
// it found, with the place, and the last line says how to see it again.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

const root = dirname(import.meta.dirname)
const toolTimeoutMs = 240_000
const outputMaxBytes = 64 * 1024 * 1024

type Check = {
  readonly name: string
  readonly tool: string
  readonly args: readonly string[]
}

const checks: readonly Check[] = [
  { name: 'the types agree', tool: 'tsc', args: ['--noEmit', '--pretty', 'false'] },
  {
    name: 'the types of the console agree',
    tool: 'tsc',
    args: ['--noEmit', '--pretty', 'false', '--project', 'console'],
  },
  {
    name: 'the linter finds nothing',
    tool: 'oxlint',
    args: ['--type-aware', '--deny-warnings', '--report-unused-disable-directives'],
  },
  { name: 'every file is formatted', tool: 'oxfmt', args: ['--check', '.'] },
  {
    name: 'nothing is unused: no file, no export, no dependency',
    tool: 'knip',
    args: ['--no-progress'],
  },
]

for (const { name, tool, args } of checks) {
  test(name, async () => {
    const { code, output } = await run(tool, args)
    const again = `again: npx ${[tool, ...args].join(' ')}`
    assert.equal(code, 0, `\n${output.trim()}\n\n${again}`)
  })
}

function run(
  tool: string,
  args: readonly string[],
): Promise<{ readonly code: number | string; readonly output: string }> {
  const path = join(root, 'node_modules', '.bin', tool)
  assert.ok(existsSync(path), `\`${tool}\` is not installed; run \`npm ci\``)
  return new Promise((resolve) => {
    execFile(
      path,
      args,
      {
        cwd: root,
        timeout: toolTimeoutMs,
        maxBuffer: outputMaxBytes,
        env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
      },
      (error, stdout, stderr) => {
        // A tool that was killed or could not start has no exit code, and that is no success either.
        resolve({ code: error ? (error.code ?? error.message) : 0, output: `${stdout}\n${stderr}` })
      },
    )
  })
}
