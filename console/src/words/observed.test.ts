import assert from 'node:assert/strict'
import { test } from 'node:test'
import { observedText } from './observed.ts'

for (const [recorded, text] of [
  ['{"__entity":{"type":"Person","id":"ada"}}', 'Person::"ada"'],
  ['{"__extn":{"fn":"ip","arg":"10.0.0.7"}}', '10.0.0.7'],
  ['[{"__entity":{"type":"Group","id":"it"}},3]', '[Group::"it", 3]'],
  ['{"value":false,"ageSeconds":60}', '{ value: false, ageSeconds: 60 }'],
  ['"clinical"', '"clinical"'],
  ['false', 'false'],
  ['not known', 'not known'],
] as const) {
  test(`the recorded value ${recorded} reads ${text}`, () => {
    assert.equal(observedText(recorded), text)
  })
}
