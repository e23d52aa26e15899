// SECURITY.md says where each defence is tested, and the pages about protocols say the same of each
// requirement. A test that was renamed or removed must not be claimed any longer.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '..')
// A title may quote a word, so what follows a file goes on to the next file.
const namedFile = /`([^`]+\.test\.ts)`((?:(?!`[^`]+\.test\.ts`).)*)/g

test('every defence in the threat model names tests that exist', () => {
  assertNamed('SECURITY.md', 10)
})

test('every requirement of the OpenID profiles names tests that exist', () => {
  assertNamed('docs/openid-profiles.md', 30)
})

/** Each row of the page's tables that names tests names such as there are. */
function assertNamed(page: string, rowsMinCount: number): void {
  const rows = readFileSync(join(root, page), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| ') && line.includes('.test.ts'))
  assert.ok(rows.length > rowsMinCount, `only ${rows.length} rows were found`)
  for (const row of rows) {
    const cell = row.split('|').at(-2) ?? ''
    for (const [, file = '', titles = ''] of cell.matchAll(namedFile)) {
      assert.ok(existsSync(join(root, file)), `there is no ${file}`)
      const source = readFileSync(join(root, file), 'utf8')
      for (const [, title = ''] of titles.matchAll(/“([^”]+)”/g)) {
        assert.ok(source.includes(`'${title}'`), `${file} has no test “${title}”`)
      }
    }
  }
}
