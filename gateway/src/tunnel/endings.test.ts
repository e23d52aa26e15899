import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { newId } from '@countersign/contract/ids'
import { Endings } from './endings.ts'

const record = Promise.resolve(undefined)
const elsewhere = async () => undefined
const decision = (at = 0) => newId('decision', { now: () => at, randomBytes })

test('an ending is kept for its time, for whoever presents the same token', async () => {
  const endings = new Endings({ maxCount: 10, maxAgeMs: 1_000, elsewhere })
  const id = decision()
  endings.keep(id, 'hash', { why: 'idle', at: 5_000, record })
  assert.equal((await endings.find(id, 'hash', 6_000))?.why, 'idle')
  assert.equal(await endings.find(id, 'other', 6_000), undefined)
  assert.equal(await endings.find(id, 'hash', 6_001), undefined)
})

test('no flood of endings makes it remember more than it may', () => {
  const endings = new Endings({ maxCount: 3, maxAgeMs: 1_000, elsewhere })
  const ids = [1, 2, 3, 4, 5].map((at) => decision(at))
  for (const id of ids) endings.keep(id, 'hash', { why: 'idle', at: 1, record })
  const remembered = ids.filter((id) => endings.findHere(id, 'hash', 1))
  assert.deepEqual(remembered, ids.slice(2))
})

test('an ending that another process remembers is found there, with its record', async () => {
  const asked: unknown[] = []
  const endings = new Endings({
    maxCount: 3,
    maxAgeMs: 1_000,
    async elsewhere(...question) {
      asked.push(question)
      return { why: 'expired', at: 7 }
    },
  })
  const mine = decision()
  endings.keep(mine, 'hash', { why: 'idle', at: 1, record })
  assert.equal((await endings.find(mine, 'hash', 2))?.why, 'idle')
  assert.equal(await endings.find(mine, 'other', 2), undefined)
  const found = await endings.find('dec_elsewhere', 'hash', 3)
  assert.equal(found?.why, 'expired')
  assert.equal(await found.record, undefined)
  assert.deepEqual(asked, [['dec_elsewhere', 'hash', 3]])
})
