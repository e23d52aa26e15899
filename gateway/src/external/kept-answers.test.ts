import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { keeperOf, KeptAnswers } from './kept-answers.ts'

describe('a kept answer', () => {
  const replyOf = (status: number) => ({ status, headers: {}, body: '' })
  const keeper = (maxCount: number) => {
    const clock = { now: 1_000 }
    const peers = { number: undefined, keptAnswer: async () => undefined }
    const kept = new KeptAnswers({
      maxCount,
      maxAgeMs: 100,
      now: () => clock.now,
      randomBytes,
      peers,
    })
    return { kept, clock }
  }

  it('is given once', async () => {
    const { kept } = keeper(10)
    const id = kept.keep(replyOf(403))
    assert.equal(await kept.take('other'), undefined)
    assert.equal((await kept.take(id))?.status, 403)
    assert.equal(await kept.take(id), undefined)
  })

  it('is not given when its time is over', async () => {
    const { kept, clock } = keeper(10)
    const id = kept.keep(replyOf(403))
    clock.now += 100
    assert.equal(await kept.take(id), undefined)
  })

  it('makes room for newer ones, oldest first', () => {
    const { kept } = keeper(2)
    const ids = [401, 402, 403].map((status) => kept.keep(replyOf(status)))
    assert.deepEqual(
      ids.map((id) => kept.takeHere(id)?.status),
      [undefined, 402, 403],
    )
  })

  it('says which process keeps it, and is fetched from there', async () => {
    const two = new KeptAnswers({
      maxCount: 2,
      maxAgeMs: 100,
      now: () => 0,
      randomBytes,
      peers: { number: 2, keptAnswer: async () => undefined },
    })
    const asked: string[] = []
    const one = new KeptAnswers({
      maxCount: 2,
      maxAgeMs: 100,
      now: () => 0,
      randomBytes,
      peers: {
        number: 1,
        async keptAnswer(id) {
          asked.push(id)
          return keeperOf(id) === 2 ? two.takeHere(id) : undefined
        },
      },
    })
    const id = two.keep(replyOf(403))
    assert.equal((await one.take(id))?.status, 403)
    assert.deepEqual(asked, [id])
    assert.equal(await two.take(id), undefined)
    assert.equal((await one.take(one.keep(replyOf(401))))?.status, 401)
    assert.equal(asked.length, 1)
  })
})
