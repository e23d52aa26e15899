// What is remembered of proofs: that none counts twice while it counts at all, and never more than
// there is room for.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { proofFor, proofMaxAgeSeconds, tokenDigest } from '@countersign/contract/dpop'
import fc from 'fast-check'
import { SeenProofs } from './seen-proofs.ts'

const startMs = Date.UTC(2026, 2, 2)

describe('proofs that were seen', () => {
  it('a proof counts once for as long as it counts, in whatever order proofs and time come', () => {
    const steps = fc.array(
      fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), laterMs: fc.nat(20_000) }),
      { maxLength: 60 },
    )
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 3 }), (uses, maxCount) => {
        const seen = new SeenProofs({ maxCount })
        const endsAt = new Map<string, number>()
        let nowMs = startMs
        for (const { name, laterMs } of uses) {
          nowMs += laterMs
          const end = nowMs / 1000 + proofMaxAgeSeconds
          const counts = (endsAt.get(name) ?? 0) > nowMs / 1000
          const isFirst = seen.isFirst(name, end, nowMs)
          assert.ok(!(isFirst && counts), 'it was believed twice')
          if (isFirst) endsAt.set(name, end)
          assert.ok(seen.size <= maxCount)
        }
      }),
    )
  })

  it('none is believed that could not be remembered', () => {
    const seen = new SeenProofs({ maxCount: 2 })
    const end = startMs / 1000 + 60
    assert.deepEqual(
      ['a', 'b', 'c'].map((name) => seen.isFirst(name, end, startMs)),
      [true, true, false],
    )
    assert.equal(seen.isFirst('c', end + 60, startMs + 60_000), true)
    assert.equal(seen.size, 1)
  })
})

describe('a proof', () => {
  const url = new URL('https://api.example.org/a/b')
  const seconds = startMs / 1000
  const claims = { jti: '1', htm: 'GET', htu: url.href, iat: seconds, ath: tokenDigest('token') }
  const request = { method: 'GET', url, token: 'token', now: startMs }

  it('is for exactly the request that it names', () => {
    assert.ok(proofFor(claims, request))
    const word = fc.stringMatching(/^[A-Za-z]{1,8}$/)
    fc.assert(
      fc.property(word, word, word, word, (method, path, host, token) => {
        const other = {
          ...request,
          method,
          url: new URL(`https://${host}.example.org/${path}`),
          token,
        }
        assert.equal(proofFor(claims, other), undefined)
        const own = { ...claims, htm: method, htu: other.url.href, ath: tokenDigest(token) }
        assert.ok(proofFor(own, other))
      }),
    )
  })

  it('counts for a minute, and no longer than it is remembered', () => {
    fc.assert(
      fc.property(fc.integer({ min: -200_000, max: 200_000 }), (laterMs) => {
        const made = proofFor(claims, { ...request, now: startMs + laterMs })
        assert.equal(made !== undefined, laterMs >= -10_000 && laterMs < 60_000)
        assert.ok(made === undefined || made.endsAt * 1000 > startMs + laterMs)
      }),
    )
  })

  const odd: Readonly<Record<string, string>> = {
    'with a user in it': 'https://me@api.example.org/a/b',
    'at another port': 'https://api.example.org:444/a/b',
    'that is a path only': '/a/b',
    'of a WebSocket': 'wss://api.example.org/a/b',
    'with a dot more': 'https://api.example.org./a/b',
    'that goes on': 'https://api.example.org/a/b/',
    'in other letters': 'https://api.example.org/A/b',
  }
  for (const [what, htu] of Object.entries(odd)) {
    it(`does not fit where it names an address ${what}`, () => {
      assert.equal(proofFor({ ...claims, htu }, request), undefined)
    })
  }

  it('may name its address in another spelling of the same', () => {
    for (const htu of [
      'HTTPS://API.example.org:443/a/b',
      'https://api.example.org/a/./b',
      'https://api.example.org/a/b?x=1#y',
    ]) {
      assert.ok(proofFor({ ...claims, htu }, request), htu)
    }
  })
})
