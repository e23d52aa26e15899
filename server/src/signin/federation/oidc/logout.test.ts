// A provider says that a session has ended. Whoever could say it falsely could throw anyone out, and
// whoever could hold it back could stay in.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { signinFederationApi } from '@countersign/contract/api/signin-federation'
import type { Browser } from '#signin/browser.fake'
import { beginAt, comeBack, problemAt, putProvider } from '#signin/federation/traveller.fake'
import { House, refused } from '#signin/house.fake'
import { EvilProvider, newKeys } from './evil.fake.ts'

const eventName = 'http://schemas.openid.net/event/backchannel-logout'

describe('the logout of an OpenID provider', () => {
  let house: House
  let provider: EvilProvider
  let browser: Browser
  let tokens = 0

  before(async () => {
    house = await House.open()
    provider = await EvilProvider.start()
  })
  after(async () => {
    provider.stop()
    await house.close()
  })
  beforeEach(async () => {
    await house.clear()
    house.now = Date.now()
    await house.addPerson('ada', { email: 'ada@example.org' })
    await putProvider(house, {
      id: 'honest',
      name: 'Honest',
      kind: 'oidc',
      enabled: true,
      domains: ['example.org'],
      oidc: { issuer: provider.issuer, clientId: 'us', clientAuthentication: 'none' },
    })
    provider.lies = { sid: 'their-session' }
    browser = await signedIn()
  })

  const signedIn = async (): Promise<Browser> => {
    const someone = house.browser()
    const back = provider.authorize(await beginAt(someone, 'honest'))
    assert.equal(problemAt(await comeBack(someone, 'honest', back)), undefined)
    return someone
  }
  const claims = (changes: object = {}): Readonly<Record<string, unknown>> => {
    const iat = Math.floor(house.now / 1000)
    const all = {
      iss: provider.issuer,
      aud: 'us',
      iat,
      exp: iat + 120,
      jti: `token-${(tokens += 1)}`,
      sub: 'ada',
      sid: 'their-session',
      events: { [eventName]: {} },
      ...changes,
    }
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
  }
  const tell = (token: string) =>
    house.browser().call(signinFederationApi.oidcBackChannelLogout, {
      params: { provider: 'honest' },
      body: { logout_token: token },
    })
  const isIn = (someone = browser): boolean => someone.subject().kind === 'person'

  test('ends the session it names, and no other', async () => {
    provider.lies = { sid: 'their-other-session' }
    const other = await signedIn()
    await tell(await provider.sign(claims(), { typ: 'logout+jwt' }))
    assert.equal(isIn(), false)
    assert.equal(isIn(other), true)
  })

  test('ends every session of someone where it names only them', async () => {
    provider.lies = { sid: 'their-other-session' }
    const other = await signedIn()
    await tell(await provider.sign(claims({ sid: undefined })))
    assert.equal(isIn(), false)
    assert.equal(isIn(other), false)
  })

  test('names of someone else and a session that is not theirs end nothing', async () => {
    await tell(await provider.sign(claims({ sub: 'grace' })))
    assert.equal(isIn(), true)
  })

  const seconds = (offset: number): number => Math.floor(Date.now() / 1000) + offset
  const forged = [
    ['of another issuer', { iss: 'http://127.0.0.1:1' }],
    ['for another client', { aud: 'another' }],
    ['without an audience', { aud: undefined }],
    ['that has expired', { exp: seconds(-120) }],
    ['without an end', { exp: undefined }],
    ['without a beginning', { iat: undefined }],
    ['of the future', { iat: seconds(180), exp: seconds(300) }],
    ['of ten minutes ago', { iat: seconds(-600), exp: seconds(60) }],
    ['without a name of its own', { jti: undefined }],
    ['that names nobody', { sub: undefined, sid: undefined }],
    ['without the event', { events: undefined }],
    ['with another event', { events: { 'http://example.org/event': {} } }],
    ['with an event that is none', { events: { [eventName]: 'yes' } }],
    ['with a nonce, so that it is an ID token', { nonce: 'n' }],
  ] as const
  for (const [what, changes] of forged) {
    test(`a logout token ${what} ends nothing`, async () => {
      await refused(tell(await provider.sign(claims(changes))), 'signin.logout_refused')
      assert.equal(isIn(), true)
    })
  }

  test('a logout token counts once (replay)', async () => {
    const token = await provider.sign(claims())
    await tell(token)
    const again = await signedIn()
    await refused(tell(token), 'signin.logout_refused')
    assert.equal(isIn(again), true)
  })

  test('a logout token that is signed by nobody, by another, or with a shared secret ends nothing', async () => {
    const other = await newKeys('RS256', 'one')
    const curve = await newKeys('ES256', 'one')
    for (const token of [
      provider.unsigned(claims()),
      await provider.sign(claims(), {}, other),
      await provider.sign(claims(), {}, curve),
      await provider.signedWithPublicKey(claims()),
      'not.a.token',
      'x',
    ]) {
      await refused(tell(token), 'signin.logout_refused')
    }
    assert.equal(isIn(), true)
  })

  test('a token of another kind ends nothing', async () => {
    await refused(tell(await provider.sign(claims(), { typ: 'at+jwt' })), 'signin.logout_refused')
    assert.equal(isIn(), true)
  })

  test('in front of the browser it takes the name of the session and of the issuer (CSRF of logout)', async () => {
    const ask = (query: { readonly iss?: string; readonly sid?: string }) =>
      house.browser().call(signinFederationApi.oidcFrontChannelLogout, {
        params: { provider: 'honest' },
        query,
      })
    const { issuer: iss } = provider
    for (const query of [
      {},
      { iss },
      { sid: 'their-session' },
      { iss: 'x', sid: 'their-session' },
    ]) {
      await refused(ask(query), 'signin.logout_refused')
    }
    await ask({ iss, sid: 'guessed' })
    assert.equal(isIn(), true)
    await ask({ iss, sid: 'their-session' })
    assert.equal(isIn(), false)
  })
})
