// The rules of federation on their own: whose word counts, what it is worth, how old it is.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Person } from '@countersign/contract/documents'
import {
  identityProviderDraft,
  type IdentityProvider,
  type TrustRow,
} from '@countersign/contract/identity-provider'
import { isPrivateUrl } from '@countersign/contract/private-url'
import { Problem } from '@countersign/contract/problems'
import fc from 'fast-check'
import { correlate } from './correlate.ts'
import { beginFlow, derived, isTheirs, journeyMaxAgeMs } from './flow.ts'
import { observedAt, skewMaxMs } from './observed.ts'
import { authorityOf, domainOf, faultAmong, pairId, referenceOf, speaksFor } from './provider.ts'
import { reportedAuthentication } from './trust.ts'
import { wordsOf } from './words.ts'

const provider = (more: object = {}): IdentityProvider =>
  identityProviderDraft.parse({
    id: 'one',
    name: 'One',
    kind: 'oidc',
    enabled: true,
    domains: ['example.org'],
    oidc: { issuer: 'https://id.example.org', clientId: 'us', clientAuthentication: 'none' },
    ...more,
  })
const someone = (id: string, more: Partial<Person> = {}): Person => ({
  id,
  name: id,
  class: 'employee',
  active: true,
  groups: [],
  ...more,
})

describe('the word of a provider', () => {
  test('means nobody by an address that only becomes theirs in lower case', async () => {
    const kate = someone('kate', { email: 'kate@example.org' })
    const found = await correlate(
      provider(),
      { email: '\u212aate@example.org', emailVerified: true },
      { link: undefined, people: [kate], isTaken: async () => false, now: 0 },
    )
    assert.deepEqual(found, { kind: 'unknown', reason: 'no-match', candidates: [] })
    assert.equal(domainOf('ada@\u212aey.example'), undefined)
  })

  test('finds at most one person, present and of its domains, whatever it says', async () => {
    const emails = fc.constantFrom(
      'a@example.org',
      'A@Example.org',
      'b@example.org',
      'a@else.example',
      undefined,
    )
    const people = fc.array(
      fc.record({ email: emails, active: fc.boolean(), endsAt: fc.option(fc.constant(50)) }),
      { maxLength: 6 },
    )
    await fc.assert(
      fc.asyncProperty(people, emails, fc.option(fc.boolean()), async (rows, email, verified) => {
        const all = rows.map((row, index) =>
          someone(`p${index}`, {
            active: row.active,
            ...(row.email === undefined ? {} : { email: row.email }),
            ...(row.endsAt === null ? {} : { endsAt: row.endsAt }),
          }),
        )
        const words = {
          ...(email === undefined ? {} : { email }),
          ...(verified === null ? {} : { emailVerified: verified }),
        }
        const found = await correlate(provider(), words, {
          link: undefined,
          people: all,
          isTaken: async () => false,
          now: 100,
        })
        if (found.kind === 'unknown') return
        const { person } = found
        assert.equal(verified, true)
        assert.ok(person.active && person.endsAt === undefined)
        assert.ok(speaksFor(provider(), person.email ?? ''))
        const same = all.filter((it) => it.email?.toLowerCase() === email?.toLowerCase())
        assert.deepEqual(same, [person])
      }),
    )
  })

  test('is worth a password, unless its table says more', () => {
    const rows: TrustRow[] = [
      { when: 'acr', is: 'gold', method: 'hardware-key', phishingResistant: true },
      { when: 'amr', is: 'mfa', method: 'otp', phishingResistant: false },
    ]
    const worth = (amr: readonly string[], acr?: string) =>
      reportedAuthentication({ id: 'one', trust: rows }, { amr, acr }, 5).method
    assert.equal(worth([]), 'password')
    assert.equal(worth(['pwd', 'mfa']), 'otp')
    assert.equal(worth(['mfa'], 'gold'), 'hardware-key')
    assert.equal(worth(['gold'], 'mfa'), 'password')
  })

  test('cannot make a password or a code unphishable', () => {
    for (const method of ['password', 'otp']) {
      const row = { when: 'amr', is: 'x', method, phishingResistant: true }
      assert.throws(() => provider({ trust: [row] }), /can be phished/)
    }
    assert.throws(() =>
      provider({ trust: [{ when: 'amr', is: 'x', method: 'persona', phishingResistant: false }] }),
    )
  })

  test('counts for whole domains: neither for parts nor for what contains them', () => {
    for (const email of ['a@example.org', 'a@EXAMPLE.ORG', '"x@y"@example.org']) {
      assert.ok(speaksFor(provider(), email), email)
    }
    for (const email of [
      'example.org',
      'a@sub.example.org',
      'a@example.org.evil.example',
      'a@notexample.org',
      'a@example.org@evil.example',
      'a@example.org ,b@evil.example',
      '',
    ]) {
      assert.ok(!speaksFor(provider(), email), email)
    }
    assert.equal(domainOf('x'), undefined)
    assert.equal(authorityOf([provider({ enabled: false })], 'a@example.org'), undefined)
  })

  test('is read in short texts of the agreed names, and in nothing else', () => {
    const read = (claims: Readonly<Record<string, unknown>>) => wordsOf(provider(), claims)
    assert.deepEqual(read({ email: ' a@b.c ', name: ['Ada'], email_verified: 'true' }), {
      email: 'a@b.c',
      name: 'Ada',
      emailVerified: true,
    })
    for (const name of ['', ' ', 'x'.repeat(257), 'a\nb', 7, null, {}, ['a', 'b'], [[]]]) {
      assert.deepEqual(read({ name }), {})
    }
    assert.deepEqual(read({ email_verified: 1 }), { emailVerified: false })
    // A claim is a member of its own, not one that every object has.
    const odd = wordsOf({ claims: { name: 'constructor' } }, {})
    assert.deepEqual(odd, {})
  })
})

describe('the age of a sign-in elsewhere', () => {
  test('is never negative, and never less than the provider says but for the clocks', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e7 }),
        fc.integer({ min: 0, max: 1e6 }),
        fc.option(fc.integer({ min: 0, max: 2e7 })),
        fc.boolean(),
        (begunAt, tookMs, authTime, isFresh) => {
          const now = begunAt + tookMs
          let at: number
          try {
            at = observedAt(authTime ?? undefined, { begunAt, isFresh }, now)
          } catch (error) {
            assert.ok(error instanceof Problem)
            return
          }
          assert.ok(at <= now)
          if (authTime !== null) {
            assert.ok(at <= authTime + skewMaxMs)
            if (isFresh) assert.ok(at >= begunAt && authTime >= begunAt - skewMaxMs)
          }
        },
      ),
    )
  })
})

describe('providers beside each other', () => {
  test('do not share a domain, nor stand there twice', () => {
    const other = provider({ id: 'two' })
    assert.match(faultAmong(other, [provider()]) ?? '', /speaks for the domain `example\.org`/)
    const same = provider({ id: 'two', domains: [] })
    assert.match(faultAmong(same, [provider()]) ?? '', /is the same provider already/)
    const fine = provider({
      id: 'two',
      domains: ['two.example'],
      oidc: { issuer: 'https://two.example', clientId: 'us', clientAuthentication: 'none' },
    })
    assert.equal(faultAmong(fine, [provider()]), undefined)
  })

  test('have people whose names do not run into each other', () => {
    assert.notEqual(pairId('a', 'b","c'), pairId('a","b', 'c'))
    assert.match(referenceOf(pairId('a', 'b')), /^[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}$/)
  })

  test('are spoken to over https, or on this machine', () => {
    for (const url of [
      'https://id.example.org',
      'http://127.0.0.1:9/x',
      'http://[::1]/',
      'http://localhost',
    ]) {
      assert.ok(isPrivateUrl(url), url)
    }
    for (const url of [
      'http://id.example.org',
      'http://127.0.0.1.evil.example',
      'http://localhost.evil.example',
      'https://user:word@id.example.org',
      'ftp://127.0.0.1',
      'x',
    ]) {
      assert.ok(!isPrivateUrl(url), url)
    }
    assert.throws(() =>
      provider({
        oidc: { issuer: 'http://id.example.org', clientId: 'x', clientAuthentication: 'none' },
      }),
    )
  })
})

describe('a journey', () => {
  const source = (fill: number) => ({
    now: () => 1000,
    randomBytes: (count: number) => Buffer.alloc(count, fill),
  })
  const wish = { provider: 'one', returnTo: undefined, isFresh: false }

  test('belongs to one browser, one provider and a quarter of an hour', () => {
    const { flow, cookie } = beginFlow(wish, undefined, source(1))
    assert.ok(isTheirs(flow, { cookie, provider: 'one' }, 1000 + journeyMaxAgeMs - 1))
    assert.ok(!isTheirs(flow, { cookie, provider: 'one' }, 1000 + journeyMaxAgeMs))
    assert.ok(!isTheirs(flow, { cookie, provider: 'two' }, 1000))
    assert.ok(!isTheirs(flow, { cookie: undefined, provider: 'one' }, 1000))
    assert.ok(!isTheirs(flow, { cookie: `${cookie}x`, provider: 'one' }, 1000))
  })

  test('shows the provider secrets that are kept nowhere and are each their own', () => {
    const begun = beginFlow(wish, undefined, source(1))
    const other = beginFlow(wish, begun.cookie, source(2))
    assert.equal(other.cookie, begun.cookie)
    const secrets = (['nonce', 'verifier', 'request'] as const).flatMap((what) => [
      derived(begun, what),
      derived(other, what),
    ])
    assert.equal(new Set(secrets).size, 6)
    for (const secret of secrets) assert.match(secret, /^[\w-]{43}$/)
    const kept = JSON.stringify(begun.flow)
    for (const secret of [...secrets, begun.state, begun.cookie]) assert.ok(!kept.includes(secret))
  })
})
