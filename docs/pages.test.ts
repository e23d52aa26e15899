import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { pages } from './pages.ts'

for (const [name, text] of Object.entries(pages)) {
  test(`docs/${name} says what the tables say`, async () => {
    assert.equal(
      await readFile(new URL(name, import.meta.url), 'utf8'),
      text,
      'run `npm run manual`',
    )
  })
}
