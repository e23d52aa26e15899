import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { signOnApi } from '@countersign/contract/api/sign-on'
import { visibilityApi } from '@countersign/contract/api/visibility'
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import * as openid from 'openid-client'
import { personaAuthentication } from '#signin/session'
import { ClientFake, leftFor, refusedWith } from './client.fake.ts'
import { confidential, Town } from './town.fake.ts'

let town: Town
let wiki: ClientFake
let vault: ClientFake
before(async () => {
  town = await Town.open()
  await town.application('wiki', confidential)
  await town.application('vault', { ...confidential, idTokenAlgorithm: 'ES256' })
  await town.application('locked', confidential)
  wiki = await discovered('wiki')
  vault = await discovered('vault', { id_token_signed_response_alg: 'ES256' })
})
after(() => town.close())

async function discovered(id: string, metadata: Partial<openid.ClientMetadata> = {}) {
  const proof = openid.ClientSecretBasic(await town.secretOf(id))
  return ClientFake.discover(town, id, proof, { metadata })
}

function ada() {
  const browser = town.browser()
  browser.signsInAs = { person: 'ada' }
  return browser
}

describe('an application that asks who someone is', () => {
  it('finds everything from the issuer alone', () => {
    const metadata = wiki.config.serverMetadata()
    assert.equal(metadata.issuer, `${town.origin}/oidc`)
    for (const endpoint of [
      metadata.authorization_endpoint,
      metadata.token_endpoint,
      metadata.userinfo_endpoint,
      metadata.jwks_uri,
      metadata.end_session_endpoint,
      metadata.pushed_authorization_request_endpoint,
    ]) {
      assert.ok(endpoint?.startsWith(`${town.origin}/oidc/`), endpoint)
    }
    assert.deepEqual(metadata.response_types_supported, ['code'])
    assert.deepEqual(metadata['subject_types_supported'], ['public'])
    assert.deepEqual(metadata.code_challenge_methods_supported, ['S256'])
    const algorithms = metadata.id_token_signing_alg_values_supported
    assert.deepEqual(algorithms?.toSorted(), ['ES256', 'RS256'])
    assert.equal(metadata.authorization_response_iss_parameter_supported, true)
    assert.equal(metadata['backchannel_logout_supported'], true)
  })

  it('is told in an ID token, signed as it registered, once they have signed in', async () => {
    const tokens = await wiki.signOn(ada())
    const keys = createRemoteJWKSet(new URL(wiki.config.serverMetadata().jwks_uri ?? ''))
    const { payload, protectedHeader } = await jwtVerify(tokens.id_token ?? '', keys, {
      issuer: `${town.origin}/oidc`,
      audience: 'wiki',
    })
    assert.equal(protectedHeader.alg, 'RS256')
    assert.equal(payload.sub, 'ada')
    assert.ok((payload.exp ?? 0) > (payload.iat ?? 0))
    assert.equal(payload['acr'], 'phr')
    assert.deepEqual(payload['amr'], ['pop', 'user', 'mfa'])
    assert.equal(typeof payload['auth_time'], 'number')
    const other = await vault.signOn(ada())
    assert.equal(decodeProtectedHeader(other.id_token ?? '').alg, 'ES256')
  })

  it('reads at the userinfo endpoint what it asked for, with a header or a form', async () => {
    const tokens = await wiki.signOn(ada(), {}, 'openid profile email groups')
    const everything = await openid.fetchUserInfo(wiki.config, tokens.access_token, 'ada')
    assert.deepEqual(everything, {
      sub: 'ada',
      name: 'Ada Byron',
      preferred_username: 'ada',
      email: 'ada@example.org',
      groups: ['nurses', 'staff'],
    })
    const url = wiki.config.serverMetadata().userinfo_endpoint ?? ''
    const body = new URLSearchParams({ access_token: tokens.access_token })
    const posted = await fetch(url, { method: 'POST', body })
    assert.equal(((await posted.json()) as { sub?: string }).sub, 'ada')
    const little = await wiki.signOn(ada())
    const claims = await openid.fetchUserInfo(wiki.config, little.access_token, 'ada')
    assert.deepEqual(claims, { sub: 'ada' })
  })

  it('asks with a form as well as with a link', async () => {
    const { url } = await wiki.question()
    const browser = ada()
    const answer = await browser.send(url.pathname, Object.fromEntries(url.searchParams))
    assert.equal(answer.status, 303)
    const left = await leftFor(browser, new URL(answer.headers.get('location') ?? '', town.origin))
    assert.ok(left.searchParams.get('code'))
  })

  it('gets its state back unchanged, also with an error', async () => {
    const browser = ada()
    const state = 'a b+c%20&=/?é'
    const answer = await leftFor(browser, (await wiki.question({ state })).url)
    assert.equal(answer.searchParams.get('state'), state)
    const failed = await leftFor(
      town.browser(),
      (await wiki.question({ state, prompt: 'none' })).url,
    )
    assert.equal(failed.searchParams.get('state'), state)
    assert.equal(failed.searchParams.get('error'), 'login_required')
  })

  it('is refused what it does not know how to ask for', async () => {
    const browser = ada()
    for (const [more, error] of [
      [{ response_type: 'token' }, 'unsupported_response_type'],
      [{ response_type: 'id_token' }, 'unsupported_response_type'],
      [{ scope: 'openid groups', request: 'x.y.z' }, 'request_not_supported'],
      [{ prompt: 'none login' }, 'invalid_request'],
    ] as const) {
      const { url } = await wiki.question(more)
      const answer = await leftFor(browser, url)
      const found = answer.searchParams.get('error') ?? answer.hash
      assert.match(found, new RegExp(error), JSON.stringify(more))
    }
    const { url } = await wiki.question()
    url.searchParams.delete('response_type')
    const answer = await leftFor(browser, url)
    assert.equal(answer.searchParams.get('error'), 'invalid_request')
  })

  it('may ignore parameters that it does not know, and so do we', async () => {
    const more = { extra: 'foobar', ui_locales: 'se', claims_locales: 'se', display: 'page' }
    assert.equal((await wiki.signOn(ada(), more)).claims()?.sub, 'ada')
  })
})

describe('a person who is asked about', () => {
  it('signs in once for many applications', async () => {
    const browser = ada()
    await wiki.signOn(browser)
    await vault.signOn(browser)
    await wiki.signOn(browser)
    assert.equal(browser.signIns, 1)
  })

  it('is told of as signed in before, without a page, with `prompt=none`', async () => {
    const browser = ada()
    const first = await wiki.signOn(browser)
    const second = await wiki.signOn(browser, { prompt: 'none' })
    assert.equal(browser.signIns, 1)
    assert.equal(second.claims()?.['auth_time'], first.claims()?.['auth_time'])
    const hinted = await wiki.signOn(browser, {
      prompt: 'none',
      id_token_hint: first.id_token ?? '',
    })
    assert.equal(hinted.claims()?.sub, 'ada')
  })

  it('signs in again where the application asks for it with `prompt=login`', async () => {
    const browser = ada()
    await wiki.signOn(browser)
    await wiki.signOn(browser, { prompt: 'login' })
    assert.equal(browser.signIns, 2)
    const unsigned = ada()
    await wiki.signOn(unsigned, { prompt: 'login' })
    assert.equal(unsigned.signIns, 1)
  })

  it('signs in again where their sign-in is older than `max_age`', async () => {
    const browser = ada()
    const longAgo = Date.now() - 20_000
    await browser.signIn('ada', { ...passkey(), observedAt: longAgo })
    const tokens = await wiki.signOn(browser, { max_age: '15' })
    assert.equal(browser.signIns, 1)
    assert.ok(Number(tokens.claims()?.['auth_time']) * 1000 > longAgo)
    await wiki.signOn(browser, { max_age: '10000' })
    assert.equal(browser.signIns, 1)
    await browser.signIn('ada', { ...passkey(), observedAt: longAgo })
    const none = await leftFor(
      browser,
      (await wiki.question({ max_age: '15', prompt: 'none' })).url,
    )
    assert.equal(none.searchParams.get('error'), 'login_required')
  })

  it('signs in more strongly where the application asks for that with `acr_values`', async () => {
    const browser = ada()
    await browser.signIn('ada', personaAuthentication(Date.now()))
    const weak = await wiki.signOn(browser)
    assert.equal(weak.claims()?.['acr'], 'urn:countersign:acr:one-factor')
    const tokens = await wiki.signOn(browser, { acr_values: 'phr phrh' })
    assert.equal(browser.signIns, 1)
    assert.equal(tokens.claims()?.['acr'], 'phr')
  })

  it('is not signed on where a class is essential and was not reached', async () => {
    const claims = JSON.stringify({ id_token: { acr: { essential: true, values: ['phrh'] } } })
    const answer = await leftFor(ada(), (await wiki.question({ claims })).url)
    assert.equal(answer.searchParams.get('error'), 'unmet_authentication_requirements')
  })

  it('signs in with more where a policy of the application asks for that', async () => {
    const browser = ada()
    await browser.signIn('ada', personaAuthentication(Date.now()))
    const none = await leftFor(browser, (await vault.question({ prompt: 'none' })).url)
    assert.equal(none.searchParams.get('error'), 'login_required')
    await vault.signOn(browser)
    assert.equal(browser.signIns, 1)
  })

  it('is not signed on where no policy lets them, and the refusal is a recorded decision', async () => {
    const locked = await discovered('locked')
    const answer = await leftFor(ada(), (await locked.question()).url)
    assert.equal(answer.searchParams.get('error'), 'access_denied')
    const id = /dec_\w+/.exec(answer.searchParams.get('error_description') ?? '')?.[0] ?? ''
    const { record: decision } = await town.server.client.call(visibilityApi.decision, {
      params: { decision: id },
    })
    assert.equal(decision.verdict, 'deny')
    assert.deepEqual(decision.resource, { type: 'Application', id: 'locked' })
    assert.equal(decision.principal.id, 'ada')
    assert.deepEqual((decision.context['request'] as { protocol?: string }).protocol, 'oidc')
  })

  it('agrees by having registered: who asks for consent gets the sign-on', async () => {
    const tokens = await wiki.signOn(ada(), { prompt: 'consent' }, 'openid offline_access')
    assert.ok(tokens.refresh_token)
  })

  it('is another person than the one hinted at, and then nobody is told of', async () => {
    const hint = (await wiki.signOn(ada())).id_token ?? ''
    await town.server.import({
      kind: 'person',
      document: { id: 'bo', name: 'Bo', class: 'employee', active: true, groups: [] },
    })
    const bo = town.browser()
    await bo.signIn('bo')
    const asked = await wiki.question({ prompt: 'none', id_token_hint: hint })
    const answer = await leftFor(bo, asked.url)
    assert.equal(answer.searchParams.get('error'), 'login_required')
  })
})

describe('what an application has', () => {
  it('is refreshed with a new refresh token each time, for the same sign-in', async () => {
    const first = await wiki.signOn(ada())
    const second = await openid.refreshTokenGrant(wiki.config, first.refresh_token ?? '')
    assert.notEqual(second.refresh_token, first.refresh_token)
    assert.equal(second.claims()?.['auth_time'], first.claims()?.['auth_time'])
  })

  it('is not refreshed for a person who has lost access, which is recorded', async () => {
    const browser = ada()
    await browser.signIn('ada')
    const first = await vault.signOn(browser)
    const second = await openid.refreshTokenGrant(vault.config, first.refresh_token ?? '')
    // The same session, proved by less: the policy of the vault lets it in no longer.
    await browser.signIn('ada', personaAuthentication(Date.now()))
    const refresh = openid.refreshTokenGrant(vault.config, second.refresh_token ?? '')
    await refusedWith(refresh, 'invalid_grant')
    const { decisions } = await town.server.client.call(visibilityApi.decisions, {
      query: { application: 'vault', limit: 1 },
    })
    assert.equal(decisions[0]?.verdict, 'step-up')
    assert.equal(decisions[0]?.path, '/oidc/token')
  })

  it('ends with the session it rests on', async () => {
    const browser = ada()
    await browser.signIn('ada')
    const tokens = await wiki.signOn(browser)
    await town.endSession(browser.session ?? '')
    const refresh = openid.refreshTokenGrant(wiki.config, tokens.refresh_token ?? '')
    await refusedWith(refresh, 'invalid_grant')
    await assert.rejects(openid.fetchUserInfo(wiki.config, tokens.access_token, 'ada'))
  })

  it('ends with the account of its person', async () => {
    const tokens = await wiki.signOn(ada())
    await town.setActive('ada', false)
    const refresh = openid.refreshTokenGrant(wiki.config, tokens.refresh_token ?? '')
    await refusedWith(refresh, 'invalid_grant')
    await town.setActive('ada', true)
  })

  it('is revoked when the application says so', async () => {
    const tokens = await wiki.signOn(ada())
    await openid.tokenRevocation(wiki.config, tokens.refresh_token ?? '')
    const refresh = openid.refreshTokenGrant(wiki.config, tokens.refresh_token ?? '')
    await refusedWith(refresh, 'invalid_grant')
  })

  it('is kept by us as hashes alone', async () => {
    const asked = await wiki.question()
    const answer = await leftFor(ada(), asked.url)
    const tokens = await wiki.tokens(asked, answer)
    const { db } = town.server.store
    const everything = JSON.stringify([
      await db
        .selectFrom('openid_records' as 'documents')
        .selectAll()
        .execute(),
      await db
        .selectFrom('openid_beginnings' as 'documents')
        .selectAll()
        .execute(),
      await db.selectFrom('documents').selectAll().execute(),
      await db.selectFrom('keys').selectAll().execute(),
    ])
    assert.ok(everything.includes('RefreshToken'))
    const code = answer.searchParams.get('code') ?? ''
    for (const secret of [tokens.access_token, tokens.refresh_token ?? '', code]) {
      assert.ok(secret.length > 40 && !everything.includes(secret))
    }
    assert.ok(!everything.includes('"d":'))
  })
})

describe('a person who looks at their sign-ons', () => {
  it('sees each application, and what it may learn', async () => {
    const browser = ada()
    await wiki.signOn(browser, {}, 'openid email')
    await vault.signOn(browser)
    const answer = await browser.ask(signOnApi.mySignOns.path)
    const { signOns } = signOnApi.mySignOns.output.schema.parse(await answer.json())
    assert.deepEqual(
      signOns.map(({ application, learns }) => [application, learns]),
      [
        ['vault', []],
        ['wiki', ['email']],
      ],
    )
  })
})

describe('an address that persons share', () => {
  it('is that of the browser also when the application refreshes', async () => {
    await town.application('office', confidential)
    const office = await discovered('office')
    // The fake gateway says 192.0.2.7 of everyone, so this is the rule, seen from its record.
    await office.signOn(ada())
    const rows = await town.server.store.db
      .selectFrom('sign_ons' as 'documents')
      .selectAll()
      .execute()
    const row = rows.find((it) => 'application' in it && it.application === 'office')
    assert.ok(row && 'address' in row && row.address === '192.0.2.7')
  })
})

function passkey() {
  return {
    method: 'passkey',
    phishingResistant: true,
    observedAt: Date.now(),
    provenance: 'attested',
  } as const
}
