import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { everyHour, roundUp, sumsByDay, sumsOf } from './days.ts'

const hourMs = 3_600_000
const hour = (index: number, allow: number) => ({ at: index * hourMs, allow, deny: 1, stepUp: 2 })

test('the sums of the days are the sum of all', () => {
  const hours = Array.from({ length: 60 }, (_, index) => hour(index, index))
  const days = sumsByDay(hours)
  assert.deepEqual(
    days.reduce((sum, { total }) => sum + total, 0),
    sumsOf(hours).total,
  )
  assert.equal(
    days.reduce((sum, { hours }) => sum + hours, 0),
    60,
  )
})

test('silent hours are drawn as nothing rather than left out', () => {
  assert.deepEqual(
    everyHour([hour(10, 5), hour(13, 7)], 168).map(({ allow }) => allow),
    [5, 0, 0, 7],
  )
  assert.deepEqual(everyHour([], 168), [])
})

test('the scale reaches above every value, and not far above', () => {
  fc.assert(
    fc.property(fc.integer({ min: 5, max: 10_000_000 }), (value) => {
      const top = roundUp(value)
      assert.ok(top >= value && top <= value * 2)
    }),
  )
})
