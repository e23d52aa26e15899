import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ageSeconds, clockSkewMs, isCurrent } from './facts.ts'

test('a fact never looks younger than it is, and at most an hour older', () => {
  fc.assert(
    fc.property(fc.nat(2_000_000_000), (ageMs) => {
      const seen = ageSeconds(0, ageMs) * 1000
      assert.ok(seen >= ageMs && seen - ageMs < 3_600_000)
    }),
  )
})

test('an older fact never looks younger than a newer one', () => {
  fc.assert(
    fc.property(fc.nat(2_000_000_000), fc.nat(2_000_000_000), (left, right) => {
      fc.pre(left <= right)
      assert.ok(ageSeconds(0, left) <= ageSeconds(0, right))
    }),
  )
})

test('a fact counts up to its maximum age and not a millisecond longer', () => {
  assert.equal(isCurrent(1000, 6000, 5000), true)
  assert.equal(isCurrent(1000, 6001, 5000), false)
})

test('a fact from the future counts only within clock skew', () => {
  assert.equal(isCurrent(clockSkewMs, 0, 5000), true)
  assert.equal(isCurrent(clockSkewMs + 1, 0, 5000), false)
})
