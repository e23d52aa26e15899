import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { merged } from './scope-files.ts'

test('law: merged runs hold every place once, ascending', () => {
  const places = fc.uniqueArray(fc.nat(5_000), { maxLength: 200 })
  fc.assert(
    fc.property(places, fc.integer({ min: 1, max: 9 }), (given, count) => {
      const runs = Array.from({ length: count }, (_, run) =>
        given.filter((place) => place % count === run).toSorted((left, right) => left - right),
      )
      assert.deepEqual(
        merged(runs),
        given.toSorted((left, right) => left - right),
      )
    }),
  )
})
