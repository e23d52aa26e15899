import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stateOf } from './gateways.ts'

const now = 1_000_000

for (const [seenAgoMs, behind, kind] of [
  [1_000, 0, 'current'],
  [1_000, undefined, 'current'],
  [1_000, 3, 'behind'],
  [31_000, 0, 'silent'],
  [31_000, 3, 'silent'],
] as const) {
  test(`a gateway seen ${seenAgoMs} ms ago, ${behind ?? 'no'} changes behind, is ${kind}`, () => {
    assert.equal(stateOf(now - seenAgoMs, behind, now).kind, kind)
  })
}

test('a gateway that never spoke is not called silent', () => {
  assert.equal(stateOf(undefined, undefined, now).kind, 'unheard')
})
