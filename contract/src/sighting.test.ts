import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { alternationWindowMs, follow, type Seen, type Trail } from './sighting.ts'

const start = Date.parse('2026-03-02T08:00:00Z')
const minuteMs = 60_000
const phone: Seen = { network: '192.0.2.0/24', browser: 'chrome', platform: 'android' }
const mobile: Seen = { ...phone, network: '2001:db8:7::/48' }
const laptop: Seen = { network: '192.0.2.0/24', browser: 'firefox', platform: 'windows' }

/** Follows one after the other, a minute apart; says why it was contested first, if at all. */
function why(...seen: readonly (Seen & { readonly afterMs?: number })[]): string | undefined {
  let trail: Trail | undefined
  let at = start
  for (const { afterMs = minuteMs, ...it } of seen) {
    at += afterMs
    const followed = follow(trail, it, at)
    if (followed.contested) return followed.contested.why
    trail = followed.trail
  }
  return undefined
}

describe('a session is not contested', () => {
  const cases: readonly (readonly [string, readonly (Seen & { readonly afterMs?: number })[]])[] = [
    ['by a phone that leaves the house', [phone, mobile]],
    ['by a phone that goes back and forth between two networks', [phone, mobile, phone, mobile]],
    [
      'by one that asks for the pages of the desktop',
      [phone, { ...phone, platform: 'linux' }, phone],
    ],
    [
      'by a tablet that calls itself a computer',
      [
        { ...phone, browser: 'safari', platform: 'ios' },
        { ...phone, browser: 'safari', platform: 'macos' },
      ],
    ],
    [
      'by a media player that names no browser',
      [phone, { ...mobile, browser: 'unknown', platform: 'unknown' }, phone],
    ],
    [
      'by a browser that was changed for another at another place',
      [laptop, { ...laptop, network: '198.51.100.0/24', browser: 'edge' }],
    ],
    [
      'by going back after long',
      [
        laptop,
        { ...laptop, network: '198.51.100.0/24', browser: 'edge' },
        { ...laptop, afterMs: alternationWindowMs },
      ],
    ],
  ]
  for (const [name, seen] of cases) {
    test(name, () => assert.equal(why(...seen), undefined))
  }
})

describe('a session is contested', () => {
  test('by a desktop that shows the cookie of a phone', () => {
    assert.equal(why(phone, laptop), 'platform')
  })

  test('by two browsers at two places that take turns', () => {
    const thief: Seen = { ...laptop, network: '198.51.100.0/24', browser: 'chrome' }
    assert.equal(why(laptop, thief, laptop), 'alternation')
  })

  test('by a program at another place, once its owner goes on', () => {
    const thief: Seen = { network: '198.51.100.0/24', browser: 'program', platform: 'unknown' }
    assert.equal(why(laptop, thief, laptop), 'alternation')
  })
})
