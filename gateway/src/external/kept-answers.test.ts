import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { KeptAnswers } from './kept-answers.ts'

describe('a kept answer', () => {
  const replyOf = (status: number) => ({ status, headers: {}, body: '' })
  const keeper = (maxCount: number) => {
    const clock = { now: 1_000 }
    const kept = new KeptAnswers({ maxCount, maxAgeMs: 100, now: () => clock.now, randomBytes })
    return { kept, clock }
  }

  it('is given once', () => {
    const { kept } = keeper(10)
    const id = kept.keep(replyOf(403))
    assert.equal(kept.take('other'), undefined)
    assert.equal(kept.take(id)?.status, 403)
    assert.equal(kept.take(id), undefined)
  })

  it('is not given when its time is over', () => {
    const { kept, clock } = keeper(10)
    const id = kept.keep(replyOf(403))
    clock.now += 100
    assert.equal(kept.take(id), undefined)
  })

  it('makes room for newer ones, oldest first', () => {
    const { kept } = keeper(2)
    const ids = [401, 402, 403].map((status) => kept.keep(replyOf(status)))
    assert.deepEqual(
      ids.map((id) => kept.take(id)?.status),
      [undefined, 402, 403],
    )
  })
})
