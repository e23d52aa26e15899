import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { pooled } from './random-pool.ts'

test('every random byte is given out at most once, in portions of the size asked for', () => {
  const counts = fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 40 })
  fc.assert(
    fc.property(counts, (asked) => {
      let next = 0
      // Each byte of the source is told apart by where it lies.
      const places = new Map<ArrayBufferLike, number>()
      const take = pooled((count) => {
        const bytes = new Uint8Array(count)
        places.set(bytes.buffer, next)
        next += count
        return bytes
      })
      const seen = new Set<number>()
      for (const count of asked) {
        const portion = take(count)
        assert.equal(portion.length, count)
        const from = (places.get(portion.buffer) ?? 0) + portion.byteOffset
        for (let place = from; place < from + count; place += 1) {
          assert.ok(!seen.has(place))
          seen.add(place)
        }
      }
    }),
  )
})

test('what was given out does not change when more is fetched', () => {
  let fill = 0
  const take = pooled((count) => new Uint8Array(count).fill((fill += 1)))
  const first = take(16)
  for (let count = 0; count < 1_000; count += 1) take(16)
  assert.deepEqual(
    [...first],
    Array.from({ length: 16 }, () => 1),
  )
})
