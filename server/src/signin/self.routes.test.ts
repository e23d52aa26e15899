import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { identityApi } from '@countersign/contract/api/identity'
import { signinApi } from '@countersign/contract/api/signin'
import { passkeysMax } from './passkey.ts'
import type { Browser } from './browser.fake.ts'
import { House, refused } from './house.fake.ts'
import { freshMaxAgeMs } from './factors/may-change.ts'

let house: House
before(async () => {
  house = await House.open()
})
after(() => house.close())
beforeEach(() => house.clear())

const me = async (browser: Browser) => (await browser.call(identityApi.me, {})).body

describe('who I am', () => {
  test('is what the session and the directory say, with my passkeys', async () => {
    const ada = await house.resident('ada')
    const { person, session, passkeys, permissions } = await me(ada)
    assert.equal(person.id, 'ada')
    assert.equal(session.id, ada.session().id)
    assert.deepEqual(
      passkeys.map(({ name, registeredAt, lastUsedAt }) => ({ name, registeredAt, lastUsedAt })),
      [{ name: 'laptop', registeredAt: house.now, lastUsedAt: house.now }],
    )
    // No policy is released in this house, so nothing is permitted.
    assert.deepEqual(permissions, [])
  })

  test('is nobody without a session', async () => {
    await refused(me(house.browser()), 'access.sign_in_required')
    await refused(house.call(identityApi.me, { kind: 'operator' }, {}), 'access.sign_in_required')
  })
})

describe('a passkey of my own', () => {
  test('is added after a fresh sign-in with another, under the same user id', async () => {
    const ada = await house.resident('ada')
    house.pass(1)
    const { body, sequence } = await ada.addPasskey({}, 'security key')
    assert.equal(body.name, 'security key')
    assert.equal(sequence, house.ledger.sequence)
    assert.deepEqual(
      (await me(ada)).passkeys.map(({ name }) => name),
      ['laptop', 'security key'],
    )
    ada.jar.clear()
    // The authenticator answers with its newest credential.
    await ada.signIn()
    assert.equal(ada.session().person, 'ada')
  })

  test('is asked of an authenticator that has none of mine yet', async () => {
    const ada = await house.resident('ada')
    const { body } = await ada.call(identityApi.passkeyChallenge, { body: {} })
    const { excludeCredentials } = body.options as { excludeCredentials: { id: string }[] }
    assert.deepEqual(
      excludeCredentials.map(({ id }) => id),
      ada.authenticator.credentials,
    )
  })

  test('is not added by a stolen session whose sign-in is an hour old', async () => {
    const ada = await house.resident('ada')
    house.pass(freshMaxAgeMs + 1)
    await refused(ada.addPasskey(), 'access.step_up_required')
    await ada.signIn()
    await ada.addPasskey()
  })

  test('is not added by a weak session, once the demo is over', async () => {
    const ada = await house.resident('ada')
    house.restart({ demo: true })
    await ada.becomePersona('ada')
    house.restart({ demo: false })
    await refused(ada.addPasskey(), 'access.step_up_required')
  })

  test('is not added where the sign-in became too old after the challenge', async () => {
    const ada = await house.resident('ada')
    house.pass(freshMaxAgeMs)
    const { body } = await ada.call(identityApi.passkeyChallenge, { body: {} })
    const response = ada.authenticator.create(body.options)
    house.pass(1)
    await refused(
      ada.call(identityApi.registerPasskey, {
        body: { challenge: body.challenge, response, name: 'x' },
      }),
      'access.step_up_required',
    )
  })

  test('is not added with a challenge of someone else\u2019s session', async () => {
    const ada = await house.resident('ada')
    const eve = await house.resident('eve')
    const { body } = await eve.call(identityApi.passkeyChallenge, { body: {} })
    const response = eve.authenticator.create(body.options)
    await refused(
      ada.call(identityApi.registerPasskey, {
        body: { challenge: body.challenge, response, name: 'x' },
      }),
      'signin.expired',
    )
  })

  test('is not added with a challenge for signing in', async () => {
    const ada = await house.resident('ada')
    const { body } = await ada.call(signinApi.passkeyChallenge, { body: {} })
    const { challenge } = body
    const response = ada.authenticator.create({
      challenge,
      rp: { id: 'countersign.localhost' },
      user: { id: 'AAAA' },
    })
    await refused(
      ada.call(identityApi.registerPasskey, { body: { challenge, response, name: 'x' } }),
      'signin.expired',
    )
  })

  test('is not added twice with one answer', async () => {
    const ada = await house.resident('ada')
    const { body } = await ada.call(identityApi.passkeyChallenge, { body: {} })
    const response = ada.authenticator.create(body.options)
    const again = { body: { challenge: body.challenge, response, name: 'x' } }
    await ada.call(identityApi.registerPasskey, again)
    await refused(ada.call(identityApi.registerPasskey, again), 'signin.expired')
  })

  test('is not added without the user verified', async () => {
    const ada = await house.resident('ada')
    await refused(ada.addPasskey({ userVerified: false }), 'signin.failed')
  })

  test('cannot take over the credential of someone else', async () => {
    const ada = await house.resident('ada')
    const eve = await house.resident('eve')
    const credential = Buffer.from(ada.authenticator.credentials[0] ?? '', 'base64url')
    await refused(eve.addPasskey({ credential }), 'signin.failed')
    await ada.signIn()
    assert.equal(ada.session().person, 'ada')
  })

  test('is one of a bounded number', async () => {
    const ada = await house.resident('ada')
    for (let count = 1; count < passkeysMax; count++) await ada.addPasskey()
    await refused(ada.addPasskey(), 'request.conflict')
  })
})
