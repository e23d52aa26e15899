import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { newId } from '@countersign/contract/ids'
import { Endings } from './endings.ts'

const record = Promise.resolve(undefined)
const decision = (at = 0) => newId('decision', { now: () => at, randomBytes })

test('an ending is kept for its time, for whoever presents the same token', () => {
  const endings = new Endings({ maxCount: 10, maxAgeMs: 1_000 })
  const id = decision()
  endings.keep(id, 'hash', { why: 'idle', at: 5_000, record })
  assert.equal(endings.find(id, 'hash', 6_000)?.why, 'idle')
  assert.equal(endings.find(id, 'other', 6_000), undefined)
  assert.equal(endings.find(id, 'hash', 6_001), undefined)
})

test('no flood of endings makes it remember more than it may', () => {
  const endings = new Endings({ maxCount: 3, maxAgeMs: 1_000 })
  const ids = [1, 2, 3, 4, 5].map((at) => decision(at))
  for (const id of ids) endings.keep(id, 'hash', { why: 'idle', at: 1, record })
  const remembered = ids.filter((id) => endings.find(id, 'hash', 1))
  assert.deepEqual(remembered, ids.slice(2))
})
