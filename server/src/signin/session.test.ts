import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { tokenHash, tokenPattern } from '@countersign/contract/session'
import {
  newSession,
  newToken,
  passkeyAuthentication,
  personaAuthentication,
  renewalMarginMs,
  sessionMaxAgeMs,
  strengthened,
} from './session.ts'

const start = Date.parse('2025-11-03T09:00:00Z')
const at = (now: number) => ({ now: () => now, randomBytes: (count: number) => randomBytes(count) })
const session = newSession('ada', passkeyAuthentication(start), 'laptop-1', at(start))

describe('a session', () => {
  test('ends twelve hours after it began', () => {
    assert.equal(session.endsAt - session.startedAt, 12 * 3_600_000)
  })

  test('is not prolonged by a sign-in within it', () => {
    const later = start + 3_600_000
    const again = strengthened(session, 'ada', passkeyAuthentication(later), later)
    assert.equal(again?.id, session.id)
    assert.equal(again?.endsAt, session.endsAt)
    assert.equal(again?.authentication.observedAt, later)
    assert.equal(again?.device, 'laptop-1')
  })

  test('makes room for a new one in its last hour', () => {
    const late = start + sessionMaxAgeMs - renewalMarginMs
    assert.equal(strengthened(session, 'ada', passkeyAuthentication(late), late), undefined)
  })

  test('says how the person proved it last, also where that is the weaker way', () => {
    const again = strengthened(session, 'ada', personaAuthentication(start + 1), start + 1)
    assert.equal(again?.authentication.phishingResistant, false)
  })

  test('is never given to another person', () => {
    assert.equal(strengthened(session, 'eve', passkeyAuthentication(start), start), undefined)
  })

  test('shows itself by a cookie of 256 random bits, kept only as a hash', () => {
    const { secret, document, maxAgeSeconds } = newToken(session, 'wiki.localhost', at(start))
    assert.match(secret, tokenPattern)
    assert.equal(document.id, tokenHash(secret))
    assert.ok(!JSON.stringify(document).includes(secret))
    assert.equal(document.endsAt, session.endsAt)
    assert.equal(maxAgeSeconds, sessionMaxAgeMs / 1000)
  })
})
