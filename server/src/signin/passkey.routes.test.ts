import assert from 'node:assert/strict'
import { createPrivateKey, randomBytes } from 'node:crypto'
import { after, before, beforeEach, describe, test } from 'node:test'
import { identityApi } from '@countersign/contract/api/identity'
import { signinApi } from '@countersign/contract/api/signin'
import type { ProblemCode } from '@countersign/contract/problems'
import { sessionCookie, tokenHash } from '@countersign/contract/session'
import { sql } from 'kysely'
import { readDocument, readDocuments } from '#journal/documents.store'
import type { Twist } from './authenticator.fake.ts'
import { challengeMaxAgeMs } from './challenge.ts'
import type { Browser } from './browser.fake.ts'
import { House, refused } from './house.fake.ts'
import { passkey, passkeyId } from './passkey.ts'
import { renewalMarginMs, sessionMaxAgeMs } from './session.ts'

let house: House
before(async () => {
  house = await House.open()
})
after(() => house.close())
beforeEach(() => house.clear())

const passkeyOf = async (browser: Browser) =>
  passkey.parse(
    await readDocument(
      house.store.db,
      'passkey',
      passkeyId(browser.authenticator.credentials[0] ?? ''),
    ),
  )

const base64url = (hex: string) => Buffer.from(hex, 'hex').toString('base64url')

describe('signing in with a passkey', () => {
  test('begins a session that says how, when and that it resists phishing', async () => {
    const ada = await house.resident('ada')
    ada.jar.clear()
    const { body, cookies, sequence } = await ada.signIn()
    assert.deepEqual(body, { next: '/' })
    assert.deepEqual(cookies, [[sessionCookie, ada.cookie(), sessionMaxAgeMs / 1000]])
    assert.equal(sequence, house.ledger.sequence)
    const { person, authentication } = ada.session()
    assert.equal(person, 'ada')
    assert.deepEqual(authentication, {
      method: 'passkey',
      phishingResistant: true,
      observedAt: house.now,
      provenance: 'attested',
      credential: passkeyId(ada.authenticator.credentials[0] ?? ''),
    })
  })

  test('names the own device in the demo, and none elsewhere, where no device has proved itself', async () => {
    const ada = await house.resident('ada')
    await house.put({
      event: 'devices.device.put',
      kind: 'device',
      id: 'laptop',
      after: {
        id: 'laptop',
        name: 'laptop',
        owner: 'ada',
        ownership: 'corporate',
        platform: 'linux',
        facts: {},
      },
    })
    for (const demo of [false, true]) {
      house.restart({ demo })
      ada.jar.clear()
      await ada.signIn()
      assert.equal(ada.session().device, demo ? 'laptop' : undefined)
    }
  })

  test('asks for any passkey of the site, with user verification', async () => {
    const { body } = await house.browser().call(signinApi.passkeyChallenge, { body: {} })
    const { allowCredentials, userVerification, rpId } = body.options
    assert.deepEqual(allowCredentials, [])
    assert.equal(userVerification, 'required')
    assert.equal(rpId, 'countersign.localhost')
  })

  test('goes where the visitor wanted to go', async () => {
    const ada = await house.resident('ada')
    await house.addApplication('wiki')
    const cases = [
      ['/decisions?verdict=deny', '/decisions?verdict=deny'],
      ['http://countersign.localhost:7400/people', '/people'],
      ['http://wiki.localhost:7400/page', 'http://wiki.localhost:7400/page'],
    ] as const
    for (const [returnTo, next] of cases) {
      assert.equal((await ada.signIn({}, { returnTo })).body.next, next)
    }
  })

  test('goes nowhere else', async () => {
    const ada = await house.resident('ada')
    for (const returnTo of ['https://evil.example/', '//evil.example', '/\\evil.example']) {
      await refused(ada.signIn({}, { returnTo }), 'signin.return_refused')
    }
  })

  test('remembers when the passkey was used and how often', async () => {
    const ada = await house.resident('ada')
    house.pass(60_000)
    await ada.signIn()
    const { counter, lastUsedAt } = await passkeyOf(ada)
    assert.equal(counter, 2)
    assert.equal(lastUsedAt, house.now)
  })

  test('works with an authenticator that does not count', async () => {
    const ada = await house.resident('ada')
    const bob = await house.resident('bob')
    for (let times = 0; times < 2; times++) await ada.signIn()
    const { id } = await passkeyOf(bob)
    const before = await passkeyOf(bob)
    await house.put({
      event: 'identity.passkey.used',
      kind: 'passkey',
      id,
      after: { ...before, counter: 0 },
    })
    for (let times = 0; times < 2; times++) await bob.signIn({ counter: 0 })
  })

  const lies: readonly (readonly [string, Twist, ProblemCode])[] = [
    ['an answer made at another site', { origin: 'http://evil.localhost:7400' }, 'signin.failed'],
    ['an answer for another site', { rpId: 'evil.localhost' }, 'signin.failed'],
    ['an answer to another challenge', { challenge: 'AAAA' }, 'signin.failed'],
    ['an answer made for a registration', { type: 'webauthn.create' }, 'signin.failed'],
    ['an answer made in a frame of another site', { crossOrigin: true }, 'signin.failed'],
    ['an answer without the user verified', { userVerified: false }, 'signin.failed'],
    ['an answer without the user present', { userPresent: false }, 'signin.failed'],
    ['a signature by another key', { wrongKey: true }, 'signin.failed'],
    ['a copy of the key whose counter lags', { counter: 1 }, 'signin.failed'],
    ['a counter that was set back to nothing', { counter: 0 }, 'signin.failed'],
    ['a credential that names another user', { userHandle: 'AAAA' }, 'signin.failed'],
    ['a credential that suddenly can be copied', { backupEligible: false }, 'signin.failed'],
  ]
  for (const [name, twist, code] of lies) {
    test(`${name} is refused`, async () => {
      const ada = await house.resident('ada')
      ada.jar.clear()
      await refused(ada.signIn(twist), code)
      assert.equal(ada.cookie(), undefined)
    })
  }

  test('an answer is good once', async () => {
    const ada = await house.resident('ada')
    const { body } = await ada.call(signinApi.passkeyChallenge, { body: {} })
    const { challenge } = body
    const response = ada.authenticator.get(body.options)
    await ada.call(signinApi.passkey, { body: { challenge, response } })
    const thief = house.browser()
    await refused(
      thief.call(signinApi.passkey, { body: { challenge, response } }),
      'signin.expired',
    )
  })

  test('of two that present the same answer at once, one gets in', async () => {
    const ada = await house.resident('ada')
    const { body } = await ada.call(signinApi.passkeyChallenge, { body: {} })
    const answer = { challenge: body.challenge, response: ada.authenticator.get(body.options) }
    const results = await Promise.allSettled(
      [house.browser(), house.browser(), house.browser()].map((browser) =>
        browser.call(signinApi.passkey, { body: answer }),
      ),
    )
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
  })

  test('an answer that failed cannot be corrected: the challenge is gone', async () => {
    const ada = await house.resident('ada')
    const { body } = await ada.call(signinApi.passkeyChallenge, { body: {} })
    const { challenge } = body
    const wrong = ada.authenticator.get(body.options, { wrongKey: true })
    await refused(
      ada.call(signinApi.passkey, { body: { challenge, response: wrong } }),
      'signin.failed',
    )
    const right = ada.authenticator.get(body.options)
    await refused(
      ada.call(signinApi.passkey, { body: { challenge, response: right } }),
      'signin.expired',
    )
  })

  test('a challenge lasts five minutes', async () => {
    const ada = await house.resident('ada')
    const late = async (ms: number) => {
      const { body } = await ada.call(signinApi.passkeyChallenge, { body: {} })
      const response = ada.authenticator.get(body.options)
      house.pass(ms)
      return ada.call(signinApi.passkey, { body: { challenge: body.challenge, response } })
    }
    await late(challengeMaxAgeMs - 1)
    await refused(late(challengeMaxAgeMs), 'signin.expired')
  })

  test('a challenge for registering a passkey does not serve to sign in', async () => {
    const ada = await house.resident('ada')
    const { body } = await ada.call(identityApi.passkeyChallenge, { body: {} })
    const { challenge, options } = body
    const response = ada.authenticator.get({ ...options, rpId: 'countersign.localhost' })
    await refused(ada.call(signinApi.passkey, { body: { challenge, response } }), 'signin.expired')
  })

  test('a challenge that we never gave is refused', async () => {
    const ada = await house.resident('ada')
    const challenge = randomBytes(32).toString('base64url')
    const response = ada.authenticator.get({ challenge, rpId: 'countersign.localhost' })
    await refused(ada.call(signinApi.passkey, { body: { challenge, response } }), 'signin.expired')
  })

  test('a person who ended, was deactivated or is gone cannot sign in', async () => {
    const ada = await house.resident('ada')
    const states = [{ active: false }, { endsAt: house.now }, { startsAt: house.now + 1 }]
    for (const state of states) {
      await house.addPerson('ada', state)
      await refused(ada.signIn(), 'signin.failed')
    }
    await house.put({
      event: 'identity.person.removed',
      kind: 'person',
      id: 'ada',
      after: null,
    })
    await refused(ada.signIn(), 'signin.failed')
  })

  test('an unknown credential, a wrong signature and a person who left are told the same', async () => {
    const ada = await house.resident('ada')
    const said = async (work: Promise<unknown>) => {
      const error = await work.then(
        () => assert.fail('it was let in'),
        (error: unknown) => error as { toDetails: () => object },
      )
      return error.toDetails()
    }
    const wrong = await said(ada.signIn({ wrongKey: true }))
    const stranger = house.browser()
    stranger.authenticator.create({
      challenge: 'AAAA',
      rp: { id: 'countersign.localhost' },
      user: { id: 'AAAA' },
    })
    assert.deepEqual(await said(stranger.signIn()), wrong)
    await house.addPerson('ada', { active: false })
    assert.deepEqual(await said(ada.signIn()), wrong)
  })

  test('the key that stands in for unknown credentials lets nobody in', async () => {
    const eve = house.browser()
    eve.authenticator.create({
      challenge: 'AAAA',
      rp: { id: 'countersign.localhost' },
      user: { id: 'AAAA' },
    })
    // The private key of the base point is 1: everybody has it.
    const base = createPrivateKey({
      format: 'jwk',
      key: {
        kty: 'EC',
        crv: 'P-256',
        d: base64url(`${'0'.repeat(63)}1`),
        // SEC 2 §2.4.2.
        x: base64url('6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296'),
        y: base64url('4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5'),
      },
    })
    await refused(eve.signIn({ wrongKey: base }), 'signin.failed')
  })

  const nonsense = {
    nothing: {},
    'a null credential': { id: null },
    'an id with a null character': { id: 'a\0', rawId: 'a\0', type: 'public-key', response: {} },
    'data that is not what it says': {
      id: 'AAAA',
      rawId: 'AAAA',
      type: 'public-key',
      response: {
        clientDataJSON: 'AAAA',
        authenticatorData: 'AAAA',
        signature: 'AA',
        userHandle: 'A',
      },
    },
    'a very deep structure': JSON.parse(
      '{"response":'.repeat(500) + '{}' + '}'.repeat(500),
    ) as object,
  }
  for (const [name, response] of Object.entries(nonsense)) {
    test(`${name} instead of an answer is a failed sign-in`, async () => {
      const browser = house.browser()
      const { body } = await browser.call(signinApi.passkeyChallenge, { body: {} })
      await refused(
        browser.call(signinApi.passkey, {
          body: { challenge: body.challenge, response: { ...response } },
        }),
        'signin.failed',
      )
    })
  }
})

describe('signing in again', () => {
  test('strengthens the session at every host, under a new cookie', async () => {
    const ada = await house.resident('ada')
    await house.addApplication('wiki')
    const flow = tokenHash('flow').slice(0, 43)
    const url = await ada.goOn('http://wiki.localhost:7400/', flow)
    await ada.redeem(url.searchParams.get('code') ?? '', 'wiki.localhost', flow)
    const before = { cookie: ada.cookie(), session: ada.session() }
    house.pass(3_600_000)
    await ada.signIn()
    assert.notEqual(ada.cookie(), before.cookie)
    assert.equal(ada.session().id, before.session.id)
    assert.equal(ada.session().endsAt, before.session.endsAt)
    assert.equal(ada.session('wiki.localhost').authentication.observedAt, house.now)
  })

  test('makes a cookie that was known before worthless: a session cannot be fixed', async () => {
    const ada = await house.resident('ada')
    const eve = house.browser()
    eve.jar.set('countersign.localhost', ada.cookie() ?? '')
    assert.equal(eve.subject().kind, 'person')
    await ada.signIn()
    assert.equal(eve.subject().kind, 'anonymous')
    assert.equal(ada.subject().kind, 'person')
  })

  test('does not adopt a cookie that someone planted', async () => {
    const ada = await house.resident('ada')
    const planted = randomBytes(32).toString('base64url')
    ada.jar.set('countersign.localhost', planted)
    await ada.signIn()
    assert.notEqual(ada.cookie(), planted)
  })

  test('as another person ends the session that was there', async () => {
    const ada = await house.resident('ada')
    const bob = await house.resident('bob')
    const before = ada.session()
    bob.jar.set('countersign.localhost', ada.cookie() ?? '')
    await bob.signIn()
    assert.equal(bob.session().person, 'bob')
    assert.equal(ada.subject().kind, 'anonymous')
    assert.equal(house.ledger.estate.get('session', before.id), undefined)
  })

  test('shortly before the end begins a new session', async () => {
    const ada = await house.resident('ada')
    const before = ada.session()
    house.pass(sessionMaxAgeMs - renewalMarginMs)
    await ada.signIn()
    assert.notEqual(ada.session().id, before.id)
    assert.equal(ada.session().endsAt, house.now + sessionMaxAgeMs)
    assert.equal(house.ledger.estate.get('session', before.id), undefined)
  })

  test('in a second browser leaves the first one alone', async () => {
    const ada = await house.resident('ada')
    const first = ada.cookie()
    ada.jar.clear()
    await ada.signIn()
    const phone = house.browser()
    phone.jar.set('countersign.localhost', first ?? '')
    assert.notEqual(phone.session().id, ada.session().id)
  })
})

describe('what is kept', () => {
  test('holds no cookie and no challenge, only their hashes', async () => {
    const ada = await house.resident('ada')
    const { body } = await ada.call(signinApi.passkeyChallenge, { body: {} })
    const { rows } = await sql<{ readonly all: string }>`
      select coalesce(string_agg(t::text, ' '), '') as all from (
        select row_to_json(journal)::text as t from journal
        union all select row_to_json(documents)::text from documents
        union all select row_to_json(signin_challenges)::text from signin_challenges
      ) everything`.execute(house.store.db)
    const all = rows[0]?.all ?? ''
    const cookie = ada.cookie() ?? ''
    assert.ok(all.includes(tokenHash(cookie)))
    assert.ok(all.includes(tokenHash(body.challenge)))
    assert.ok(!all.includes(cookie))
    assert.ok(!all.includes(body.challenge))
    assert.equal((await readDocuments(house.store.db, 'token')).length > 0, true)
  })
})

describe('failures', () => {
  test('are bounded for an address, without locking anyone else out', async () => {
    const ada = await house.resident('ada')
    const eve = house.browser()
    eve.authenticator.create({
      challenge: 'AAAA',
      rp: { id: 'countersign.localhost' },
      user: { id: 'AAAA' },
    })
    for (let count = 0; count < 30; count++) await refused(eve.signIn(), 'signin.failed')
    await refused(eve.signIn(), 'request.too_many')
    // Ada sits behind the same address, and gets in.
    assert.equal(ada.address, eve.address)
    await ada.signIn()
    house.pass(2_000)
    await refused(eve.signIn(), 'signin.failed')
  })

  test('with someone else\u2019s passkey do not lock its owner out at another address', async () => {
    const ada = await house.resident('ada')
    for (let count = 0; count < 30; count++) {
      await refused(ada.signIn({ wrongKey: true }), 'signin.failed')
    }
    await refused(ada.signIn(), 'request.too_many')
    ada.address = '198.51.100.7'
    await ada.signIn()
  })

  test('challenges for one address are bounded, those for others are not', async () => {
    const eve = house.browser()
    const ask = () => eve.call(signinApi.passkeyChallenge, { body: {} })
    for (let count = 0; count < 240; count++) await ask()
    await refused(ask(), 'request.too_many')
    eve.address = '198.51.100.7'
    await ask()
  })
})
