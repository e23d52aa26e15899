// What an attacker, or a provider that has gone bad, may try. Each attempt ends in a refusal, nobody
// is let in, and a journey that was refused once is over.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { federationApi } from '@countersign/contract/api/federation'
import { signinFederationApi } from '@countersign/contract/api/signin-federation'
import { exportJWK } from 'jose'
import type { Browser } from '#signin/browser.fake'
import { providerCookie } from '#signin/federation/flow'
import { beginAt, comeBack, problemAt, putProvider } from '#signin/federation/traveller.fake'
import { House } from '#signin/house.fake'
import { EvilProvider, newKeys } from './evil.fake.ts'

const operator = { kind: 'operator' } as const

describe('a sign-in through an OpenID provider', () => {
  let house: House
  let honest: EvilProvider
  let evil: EvilProvider

  before(async () => {
    house = await House.open()
  })
  after(() => house.close())

  beforeEach(async (context) => {
    await house.clear()
    house.now = Date.now()
    honest = await EvilProvider.start()
    evil = await EvilProvider.start()
    await house.addPerson('ada', { email: 'ada@example.org' })
    await putProvider(house, settings('honest', honest, ['example.org']))
    await putProvider(house, settings('evil', evil, ['evil.example']))
    if ('after' in context) {
      context.after(() => {
        honest.stop()
        evil.stop()
      })
    }
  })

  const settings = (
    id: string,
    { issuer }: EvilProvider,
    domains: string[],
    more: object = {},
  ) => ({
    id,
    name: id,
    kind: 'oidc' as const,
    enabled: true,
    domains,
    oidc: { issuer, clientId: `client-at-${id}`, clientAuthentication: 'none' as const },
    ...more,
  })

  /** Signs in at the honest provider, which answers as the test prepared it. */
  const signIn = async (browser: Browser = house.browser()) => {
    const there = await beginAt(browser, 'honest')
    return { browser, next: await comeBack(browser, 'honest', honest.authorize(there)) }
  }
  const expectIn = async (): Promise<void> => {
    const { browser, next } = await signIn()
    assert.equal(problemAt(next), undefined, next.href)
    assert.equal(browser.session().person, 'ada')
  }
  const expectRefused = async (code = 'signin.provider_refused'): Promise<void> => {
    const { browser, next } = await signIn()
    assert.equal(problemAt(next), code)
    assert.equal(browser.subject().kind, 'anonymous')
  }

  test('succeeds where nobody lies, so that every refusal below is one', async () => {
    await expectIn()
    assert.equal(honest.redeemed[0]?.get('code_verifier')?.length, 43)
  })

  describe('mix-up', () => {
    test('an answer of one provider is worth nothing at the address of another', async () => {
      const browser = house.browser()
      const there = await beginAt(browser, 'honest')
      // The evil provider sends the honest one's answer to its own address, to be given the code.
      const next = await comeBack(browser, 'evil', honest.authorize(there))
      assert.equal(problemAt(next), 'signin.expired')
      assert.equal(evil.redeemed.length, 0)
      assert.equal(browser.subject().kind, 'anonymous')
    })

    test('an answer that names another issuer is refused before its code goes anywhere', async () => {
      const browser = house.browser()
      const there = await beginAt(browser, 'honest')
      const back = honest.authorize(there, { iss: evil.issuer })
      assert.equal(problemAt(await comeBack(browser, 'honest', back)), 'signin.provider_refused')
      assert.equal(honest.redeemed.length, 0)
    })

    test('an answer that names no issuer is refused where the provider says it names itself', async () => {
      const browser = house.browser()
      const there = await beginAt(browser, 'honest')
      const back = honest.authorize(there, { iss: undefined })
      assert.equal(problemAt(await comeBack(browser, 'honest', back)), 'signin.provider_refused')
      assert.equal(honest.redeemed.length, 0)
    })

    test('each provider has an address of its own to send people back to', async () => {
      const browser = house.browser()
      const one = (await beginAt(browser, 'honest')).searchParams.get('redirect_uri')
      const other = (await beginAt(browser, 'evil')).searchParams.get('redirect_uri')
      assert.notEqual(one, other)
    })
  })

  describe('code injection', () => {
    test('a code of somebody else brings a nonce that is not of this journey', async () => {
      honest.lies = { nonce: 'the nonce of the victim' }
      await expectRefused()
    })

    test('an ID token without a nonce is refused', async () => {
      honest.lies = { nonce: undefined }
      await expectRefused()
    })

    test('the proof key of one journey does not fit another', async () => {
      const browser = house.browser()
      const challenges = [
        (await beginAt(browser, 'honest')).searchParams.get('code_challenge'),
        (await beginAt(browser, 'honest')).searchParams.get('code_challenge'),
        (await beginAt(house.browser(), 'honest')).searchParams.get('code_challenge'),
      ]
      assert.equal(new Set(challenges).size, 3)
    })

    test('a provider that refuses the code lets nobody in', async () => {
      honest.instead.set('/token', () => Response.json({ error: 'invalid_grant' }, { status: 400 }))
      await expectRefused()
    })
  })

  describe('algorithm confusion', () => {
    test('a token that nobody signed is refused', async () => {
      honest.tokenOf = async (claims) => honest.unsigned(claims)
      await expectRefused()
    })

    test('a token signed with the public key as a shared secret is refused', async () => {
      honest.tokenOf = (claims) => honest.signedWithPublicKey(claims)
      await expectRefused()
    })

    test('a shared secret is refused also where the provider says that it uses one', async () => {
      honest.description = { id_token_signing_alg_values_supported: ['HS256', 'none', 'RS256'] }
      honest.tokenOf = (claims) => honest.signedWithPublicKey(claims)
      await expectRefused()
    })

    test('an elliptic signature under the name of an RSA key is refused', async () => {
      const curve = await newKeys('ES256', 'one')
      honest.tokenOf = (claims) => honest.sign(claims, {}, curve)
      await expectRefused()
    })

    test('a signature of a key that the provider does not publish is refused', async () => {
      const other = await newKeys('RS256', 'one')
      honest.tokenOf = (claims) => honest.sign(claims, {}, other)
      await expectRefused()
    })

    test('a key that a token brings along is not looked at', async () => {
      const other = await newKeys('RS256', 'own')
      const jwk = await exportJWK(other.publicKey)
      honest.tokenOf = (claims) => honest.sign(claims, { jwk }, other)
      await expectRefused()
    })

    test('a provider that signs with nothing we believe is not spoken to', async () => {
      honest.description = { id_token_signing_alg_values_supported: ['HS256'] }
      const next = await beginAt(house.browser(), 'honest')
      assert.equal(problemAt(next), 'signin.provider_unreachable')
    })
  })

  describe('confusion of issuer and audience', () => {
    const cases = [
      ['a token of another issuer', () => ({ iss: evil.issuer })],
      ['a token for another client', () => ({ aud: 'another-client' })],
      ['a token for no client', () => ({ aud: undefined })],
      [
        'a token for several clients that another one asked for',
        () => ({ aud: ['client-at-honest', 'another'], azp: 'another' }),
      ],
      ['a token without a subject', () => ({ sub: undefined })],
      ['a token with an empty subject', () => ({ sub: '' })],
    ] as const
    for (const [what, lies] of cases) {
      test(`${what} is refused`, async () => {
        honest.lies = lies()
        await expectRefused()
      })
    }

    test('a description that calls itself by another name is refused', async () => {
      honest.description = { issuer: evil.issuer }
      const next = await beginAt(house.browser(), 'honest')
      assert.equal(problemAt(next), 'signin.provider_unreachable')
    })
  })

  describe('time', () => {
    const seconds = (offset: number): number => Math.floor(Date.now() / 1000) + offset
    const refusedCases = [
      ['an expired token', () => ({ exp: seconds(-120) })],
      ['a token of the future', () => ({ iat: seconds(120) })],
      ['a token from before the question', () => ({ iat: seconds(-120) })],
      ['a token that does not count yet', () => ({ nbf: seconds(120) })],
      ['a sign-in of the future', () => ({ auth_time: seconds(120) })],
      ['a token that does not say when', () => ({ auth_time: undefined })],
      ['a sign-in older than what was asked for', () => ({ auth_time: seconds(-13 * 3600) })],
    ] as const
    for (const [what, lies] of refusedCases) {
      test(`${what} is refused`, async () => {
        honest.lies = lies()
        await expectRefused()
      })
    }

    test('a clock that differs by half a minute does no harm, and makes nothing younger', async () => {
      honest.lies = { iat: seconds(30), exp: seconds(330), auth_time: seconds(30) }
      const { browser } = await signIn()
      assert.ok(browser.session().authentication.observedAt <= house.now)
      honest.lies = { exp: seconds(-30) }
      await expectIn()
    })

    test('a fresh sign-in that was asked for and not made is refused', async () => {
      const browser = house.browser()
      honest.lies = { auth_time: seconds(-300) }
      const there = await beginAt(browser, 'honest', { fresh: '1' })
      assert.equal(there.searchParams.get('prompt'), 'login')
      const next = await comeBack(browser, 'honest', honest.authorize(there))
      assert.equal(problemAt(next), 'signin.provider_not_fresh')
    })

    test('a provider that never says when has people prove themselves each time', async () => {
      const silent = settings('honest', honest, ['example.org'], { saysWhen: false })
      await putProvider(house, silent)
      honest.lies = { auth_time: undefined }
      const browser = house.browser()
      const there = await beginAt(browser, 'honest')
      assert.equal(there.searchParams.get('prompt'), 'login')
      const begunAt = house.now
      house.pass(20_000)
      const next = await comeBack(browser, 'honest', honest.authorize(there))
      assert.equal(problemAt(next), undefined)
      assert.equal(browser.session().authentication.observedAt, begunAt)
    })

    test('a journey that took too long is over', async () => {
      const browser = house.browser()
      const there = await beginAt(browser, 'honest')
      house.pass(15 * 60_000)
      const next = await comeBack(browser, 'honest', honest.authorize(there))
      assert.equal(problemAt(next), 'signin.expired')
    })
  })

  describe('forged and replayed journeys', () => {
    test('a state counts once', async () => {
      const browser = house.browser()
      const back = honest.authorize(await beginAt(browser, 'honest'))
      assert.equal(problemAt(await comeBack(browser, 'honest', back)), undefined)
      assert.equal(problemAt(await comeBack(browser, 'honest', back)), 'signin.expired')
      assert.equal(honest.redeemed.length, 1)
    })

    test('a state that nobody was given is refused', async () => {
      const browser = house.browser()
      const there = await beginAt(browser, 'honest')
      for (const state of [undefined, '', 'x'.repeat(43)]) {
        const back = honest.authorize(there, { state })
        assert.equal(problemAt(await comeBack(browser, 'honest', back)), 'signin.expired')
      }
    })

    test('an answer slipped to a victim does not sign them in as the attacker (CSRF of login)', async () => {
      const attacker = house.browser()
      const back = honest.authorize(await beginAt(attacker, 'honest'))
      const victim = house.browser()
      assert.equal(problemAt(await comeBack(victim, 'honest', back)), 'signin.expired')
      // Also where the victim has a journey of their own under way.
      const again = honest.authorize(await beginAt(attacker, 'honest'))
      await beginAt(victim, 'honest')
      assert.equal(problemAt(await comeBack(victim, 'honest', again)), 'signin.expired')
      assert.equal(victim.subject().kind, 'anonymous')
      assert.equal(honest.redeemed.length, 0)
    })

    test('the cookie of a journey is one that no sibling host can set (cookie tossing)', async () => {
      const answered = await house.browser().call(signinFederationApi.begin, {
        params: { provider: 'honest' },
        query: {},
      })
      assert.deepEqual(
        answered.cookies.map(([name]) => name),
        [providerCookie],
      )
      assert.match(providerCookie, /^__Host-/)
    })

    test('a cookie that is not of our making is not used', async () => {
      const browser = house.browser()
      browser.others.set(providerCookie, 'tossed')
      await beginAt(browser, 'honest')
      assert.match(browser.others.get(providerCookie) ?? '', /^[\w-]{43}$/)
    })

    test('two tabs of one browser do not get in each other’s way', async () => {
      const browser = house.browser()
      const one = await beginAt(browser, 'honest')
      const other = await beginAt(browser, 'honest')
      honest.authorize(other)
      assert.equal(problemAt(await comeBack(browser, 'honest', honest.authorize(one))), undefined)
      const next = await comeBack(browser, 'honest', honest.authorize(other))
      assert.equal(problemAt(next), undefined)
    })

    test('a session of before does not stay with whoever knew its cookie (session fixation)', async () => {
      const { browser } = await signIn()
      const cookie = browser.cookie()
      await signIn(browser)
      assert.notEqual(browser.cookie(), cookie)
    })

    test('no answer leads out of the house (open redirect)', async () => {
      for (const to of [
        'https://evil.example/',
        '//evil.example',
        '/\\evil.example',
        'javascript:1',
      ]) {
        const next = await beginAt(house.browser(), 'honest', { return: to })
        assert.equal(problemAt(next), 'signin.return_refused', to)
        assert.equal(next.searchParams.get('return'), null)
      }
    })

    test('a refusal of the provider is told as one, and its words are not repeated', async () => {
      const browser = house.browser()
      const there = await beginAt(browser, 'honest')
      const back = honest.authorize(there, {
        code: undefined,
        error: 'access_denied',
        error_description: 'call 555 and read out your password',
      })
      const next = await comeBack(browser, 'honest', back)
      assert.equal(problemAt(next), 'signin.provider_declined')
      assert.ok(!next.href.includes('555'))
    })

    test('an address that guesses is stopped', async () => {
      const browser = house.browser()
      const there = await beginAt(browser, 'honest')
      const codes = new Set<string | undefined>()
      for (let guess = 0; guess < 40; guess++) {
        const back = honest.authorize(there, { state: `${guess}`.padStart(43, 'g') })
        codes.add(problemAt(await comeBack(browser, 'honest', back)))
      }
      assert.deepEqual([...codes], ['signin.expired', 'request.too_many'])
    })
  })

  describe('who someone is', () => {
    const unknownBecause = async (reason: string): Promise<void> => {
      const { browser, next } = await signIn()
      assert.equal(problemAt(next), 'signin.unknown_identity')
      assert.equal(browser.subject().kind, 'anonymous')
      const { body } = await house.call(federationApi.unmatched, operator, { query: {} })
      assert.deepEqual(
        body.items.map((item) => item.reason),
        [reason],
      )
    }

    test('an address that was not verified finds nobody', async () => {
      honest.lies = { email_verified: false }
      await unknownBecause('email-unverified')
    })

    test('an address of which nothing is said finds nobody', async () => {
      honest.lies = { email_verified: undefined }
      await unknownBecause('email-unverified')
    })

    test('a provider speaks for nobody outside of its domains', async () => {
      const browser = house.browser()
      const there = await beginAt(browser, 'evil')
      const next = await comeBack(browser, 'evil', evil.authorize(there))
      assert.equal(problemAt(next), 'signin.unknown_identity')
      const { body } = await house.call(federationApi.unmatched, operator, { query: {} })
      assert.equal(body.items[0]?.reason, 'not-authoritative')
      assert.deepEqual(body.items[0]?.candidates, ['ada'])
    })

    test('a provider cannot be the authority for the domain of another', async () => {
      await assert.rejects(
        putProvider(house, settings('evil', evil, ['evil.example', 'example.org'])),
        /`honest` speaks for the domain `example\.org` already/,
      )
    })

    test('two people with one address are nobody', async () => {
      await house.addPerson('adam', { email: 'ADA@example.org' })
      await unknownBecause('several-match')
    })

    test('an address that went to a newcomer does not open the account of who had it before', async () => {
      await expectIn()
      honest.lies = { sub: 'another ada' }
      await unknownBecause('subject-changed')
    })

    test('an id counts only for people of the domains of the provider', async () => {
      const byId = {
        claims: { id: 'staff_number' },
        correlation: ['id'] as ('id' | 'email')[],
      }
      await putProvider(house, settings('evil', evil, ['evil.example'], byId))
      evil.lies = { staff_number: 'ada' }
      const browser = house.browser()
      const next = await comeBack(browser, 'evil', evil.authorize(await beginAt(browser, 'evil')))
      assert.equal(problemAt(next), 'signin.unknown_identity')
      await putProvider(house, settings('honest', honest, ['example.org'], byId))
      honest.lies = { staff_number: 'ada', email: undefined }
      await expectIn()
    })

    test('a provider stays where it is, because its links are to its own people', async () => {
      await assert.rejects(
        putProvider(house, settings('honest', await otherIssuer(evil), ['example.org'])),
        /stays where it is/,
      )
    })

    test('claims of any shape and size do no harm', async () => {
      honest.lies = { name: 'x'.repeat(5000), email: ['ada@example.org', 'b@c.d'], groups: [[[]]] }
      await unknownBecause('no-match')
      const { body } = await house.call(federationApi.unmatched, operator, { query: {} })
      assert.deepEqual(body.items[0]?.claims, { emailVerified: 'true' })
    })

    test('what was only sent beside the token does not go before what was signed', async () => {
      honest.lies = { email: 'nobody@example.org', name: undefined }
      honest.userinfo = { sub: 'ada', email: 'ada@example.org', name: 'Ada' }
      await unknownBecause('no-match')
    })

    test('words about someone else are refused', async () => {
      honest.lies = { email: undefined }
      honest.userinfo = { sub: 'grace', email: 'ada@example.org', email_verified: true }
      await expectRefused()
    })
  })

  describe('a provider that wears us down', () => {
    const unreachable = async (): Promise<void> => {
      const next = await beginAt(house.browser(), 'honest')
      assert.equal(problemAt(next), 'signin.provider_unreachable')
    }
    const endless = (): Response =>
      new Response(
        new ReadableStream({
          pull: (controller) => controller.enqueue(Buffer.alloc(65_536, 0x20)),
        }),
        { headers: { 'content-type': 'application/json' } },
      )

    test('a description without end is not read to the end', async () => {
      honest.instead.set('/.well-known/openid-configuration', endless)
      await unreachable()
    })

    test('a description that never comes is not waited for', async (context) => {
      context.mock.method(AbortSignal, 'timeout', () =>
        AbortSignal.abort(new DOMException('late', 'TimeoutError')),
      )
      honest.instead.set('/.well-known/openid-configuration', () => new Promise(() => {}))
      await unreachable()
    })

    test('a description that is not one is refused', async () => {
      for (const text of ['', '[]', '{', 'null', '{"issuer":7}', '<html>']) {
        honest.instead.set(
          '/.well-known/openid-configuration',
          () => new Response(text, { headers: { 'content-type': 'application/json' } }),
        )
        await unreachable()
      }
    })

    test('a description that sends us elsewhere is not followed', async () => {
      honest.instead.set('/.well-known/openid-configuration', () =>
        Response.redirect(`${evil.issuer}/.well-known/openid-configuration`, 302),
      )
      await unreachable()
      assert.deepEqual(evil.asked, [])
    })

    test('keys without end let nobody in', async () => {
      honest.instead.set('/keys', endless)
      await expectRefused()
    })

    test('a provider that is gone says so, and nothing is broken', async () => {
      honest.stop()
      await unreachable()
    })
  })
})

// The same provider under another name of this machine.
async function otherIssuer(provider: EvilProvider): Promise<EvilProvider> {
  return Object.assign(Object.create(provider) as EvilProvider, {
    issuer: provider.issuer.replace('127.0.0.1', 'localhost'),
  })
}
