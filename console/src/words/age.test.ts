import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ageInBrief, ageInWords, momentOf, relativeToNow } from './age.ts'

const now = Date.UTC(2026, 10, 22, 12)

for (const [seconds, words, brief] of [
  [0, 'less than a minute', '0 s'],
  [59, 'less than a minute', '59 s'],
  [60, '1 minute', '1 min'],
  [3_599, '59 minutes', '59 min'],
  [3_600, '1 hour', '1 h'],
  [86_399, '23 hours', '23 h'],
  [86_400, '1 day', '1 d'],
  [100_000_000, '1,157 days', '1,157 d'],
] as const) {
  test(`an age of ${seconds} seconds is ${words}`, () => {
    assert.equal(ageInWords(seconds), words)
    assert.equal(ageInBrief(seconds), brief)
  })
}

test('an instant is told from now, in both directions', () => {
  assert.equal(relativeToNow(now - 4_000, now), 'just now')
  assert.equal(relativeToNow(now + 4_000, now), 'just now')
  assert.equal(relativeToNow(now - 150_000, now), '2 minutes ago')
  assert.equal(relativeToNow(now + 10 * 3_600_000, now), 'in 10 hours')
})

test('a moment names today and yesterday, and else the date', () => {
  assert.match(momentOf(now, now), /^today at \d\d:\d\d:\d\d$/)
  assert.match(momentOf(now - 86_400_000, now), /^yesterday at /)
  assert.match(momentOf(now - 5 * 86_400_000, now), /^on 17 Nov 2026 at /)
})
