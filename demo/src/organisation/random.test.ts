import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { randomFrom, spread } from './random.ts'

test('the same seed gives the same sequence, another seed another', () => {
  const first = randomFrom('a').bytes(64)
  assert.deepEqual(randomFrom('a').bytes(64), first)
  assert.notDeepEqual(randomFrom('b').bytes(64), first)
})

test('a stream is independent of how much was drawn before it was opened', () => {
  const random = randomFrom('a')
  const before = random.stream('x').bytes(16)
  random.bytes(100)
  assert.deepEqual(random.stream('x').bytes(16), before)
})

test('shuffling loses nothing and invents nothing', () => {
  fc.assert(
    fc.property(fc.string(), fc.array(fc.string()), (seed, items) => {
      assert.deepEqual(randomFrom(seed).shuffled(items).toSorted(), items.toSorted())
    }),
  )
})

test('a spread total is exact and every part is within its bounds', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 50 }), fc.nat(), (seed, count, extra) => {
      const total = count + (extra % (count * 8 + 1))
      const parts = spread(randomFrom(seed), total, count, { min: 1, max: 9 })
      assert.equal(parts.length, count)
      assert.equal(
        parts.reduce((sum, part) => sum + part, 0),
        total,
      )
      assert.ok(parts.every((part) => part >= 1 && part <= 9))
    }),
  )
})

test('faces of a weighted die come up as often as their weights say', () => {
  const random = randomFrom('die')
  const counts = { heavy: 0, light: 0 }
  for (let roll = 0; roll < 10_000; roll++) {
    counts[
      random.weighted([
        ['heavy', 9],
        ['light', 1],
      ] as const)
    ]++
  }
  assert.ok(Math.abs(counts.light - 1_000) < 120, `${counts.light}`)
})
