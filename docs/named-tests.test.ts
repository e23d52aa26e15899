// SECURITY.md says where each defence is tested. A test that was renamed or removed must not be
// claimed any longer.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '..')
const rows = readFileSync(join(root, 'SECURITY.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && line.includes('.test.ts'))

test('every defence in the threat model names tests that exist', () => {
  assert.ok(rows.length > 10, `only ${rows.length} rows were found`)
  for (const row of rows) {
    const cell = row.split('|').at(-2) ?? ''
    for (const [, file = '', titles = ''] of cell.matchAll(/`([^`]+\.test\.ts)`([^`]*)/g)) {
      assert.ok(existsSync(join(root, file)), `there is no ${file}`)
      const source = readFileSync(join(root, file), 'utf8')
      for (const [, title = ''] of titles.matchAll(/“([^”]+)”/g)) {
        assert.ok(source.includes(`'${title}'`), `${file} has no test “${title}”`)
      }
    }
  }
})
