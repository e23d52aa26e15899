import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { addressKey, Attempts } from './attempts.ts'

describe('attempts', () => {
  const limits = { burst: 3, refillMs: 1_000, keysMax: 2 }

  test('some may fail at once, then one more for each while that passes', () => {
    const attempts = new Attempts(limits)
    const spent = [0, 0, 0, 0, 999, 1_000, 1_000].map((now) => attempts.spend('a', now))
    assert.deepEqual(spent, [true, true, true, false, false, true, false])
  })

  test('who waits long enough starts anew, with no more than at first', () => {
    const attempts = new Attempts(limits)
    for (let count = 0; count < 3; count++) attempts.spend('a', 0)
    const spent = [1, 2, 3, 4].map(() => attempts.spend('a', 1_000_000))
    assert.deepEqual(spent, [true, true, true, false])
  })

  test('one address cannot use up the attempts of another', () => {
    const attempts = new Attempts(limits)
    for (let count = 0; count < 9; count++) attempts.spend('a', 0)
    assert.equal(attempts.spend('a', 0), false)
    assert.equal(attempts.spend('b', 0), true)
  })

  test('a clock that is set back gives nothing', () => {
    const attempts = new Attempts(limits)
    for (let count = 0; count < 3; count++) attempts.spend('a', 10_000)
    assert.equal(attempts.spend('a', 0), false)
  })

  test('a success costs nothing', () => {
    const attempts = new Attempts(limits)
    for (let count = 0; count < 9; count++) {
      assert.equal(attempts.spend('a', 0), true)
      attempts.giveBack('a', 0)
    }
    assert.equal(attempts.size, 0)
  })

  test('only so many buckets are kept, and the one touched longest ago goes', () => {
    const attempts = new Attempts(limits)
    for (const key of ['a', 'a', 'a', 'b', 'a', 'c']) attempts.spend(key, 0)
    assert.equal(attempts.size, 2)
    attempts.spend('b', 0)
    attempts.spend('d', 0)
    assert.equal(attempts.size, 2)
    assert.equal(attempts.spend('a', 0), true)
  })

  test('no sequence of moments lets more through than burst and refill allow', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5_000), { maxLength: 60 }), (pauses) => {
        const attempts = new Attempts(limits)
        let now = 0
        let passed = 0
        for (const pause of pauses) {
          now += pause
          if (attempts.spend('a', now)) passed++
        }
        assert.ok(passed <= limits.burst + now / limits.refillMs)
      }),
    )
  })
})

describe('an address is counted', () => {
  const cases = [
    ['an IPv4 address by itself', '192.0.2.1', '192.0.2.1'],
    ['an IPv4 address in IPv6 clothes as what it is', '::ffff:192.0.2.1', '192.0.2.1'],
    ['an IPv6 address by its /64', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['a shortened one like its long form', '2001:DB8::1', '2001:db8:0:0::/64'],
    ['leading zeros like none', '2001:0db8:0001:0002::1', '2001:db8:1:2::/64'],
    ['the own machine', '::1', '0:0:0:0::/64'],
    ['a link-local address without its interface', 'fe80::1%eth0', 'fe80:0:0:0::/64'],
  ] as const
  for (const [name, address, key] of cases) {
    test(name, () => assert.equal(addressKey(address), key))
  }
})
