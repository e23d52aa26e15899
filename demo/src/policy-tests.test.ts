import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { commands } from '@countersign/cli/commands'
import { execute } from '@countersign/cli/execute'
import { testWorld } from '@countersign/cli/fakes/world'

const directory = fileURLToPath(new URL('../../', import.meta.url))

const runs = [
  ['the ready policies pass the tests that lie beside them', ['test', 'demo/policies']],
  [
    'the ready policies and their people fit the vocabulary, without a warning',
    ['check', '--deny-warnings', '--schema', 'docs/vocabulary.cedarschema', 'demo/policies'],
  ],
] as const

for (const [name, words] of runs) {
  test(name, async () => {
    const world = testWorld({ directory })
    const code = await execute(['policies', ...words], { version: '0', commands }, world)
    assert.equal(code, 0, `${world.written.stdout}${world.written.stderr}`)
  })
}
