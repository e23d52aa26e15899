// The same over HTTP, as a browser behind a gateway sees it: cookies, redirects, forms and headers.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { federationApi } from '@countersign/contract/api/federation'
import { Secret } from '@countersign/contract/secret'
import { sessionCookie, tokenHash } from '@countersign/contract/session'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { reseal } from '#feed/reseal.store'
import { providerCookie } from '#signin/federation/flow'
import { putSecret, readSecret } from '#signin/federation/provider-secrets.store'
import { House } from '#signin/house.fake'
import { type GatewayFake, ServerFake } from '#server.fake'
import { EvilProvider } from './evil.fake.ts'

let server: ServerFake
let gateway: GatewayFake
let provider: EvilProvider

before(async () => {
  server = await ServerFake.start()
  server.now = Date.now()
  gateway = await server.enrol()
  provider = await EvilProvider.start()
  await server.import({
    kind: 'person',
    document: {
      id: 'ada',
      name: 'Ada',
      email: 'ada@example.org',
      class: 'employee',
      active: true,
      groups: [],
    },
  })
  await server.client.call(federationApi.putProvider, {
    params: { provider: 'office' },
    body: {
      provider: {
        id: 'office',
        name: 'Office',
        kind: 'oidc',
        enabled: true,
        domains: ['example.org'],
        oidc: { issuer: provider.issuer, clientId: 'us', clientAuthentication: 'private-key' },
      },
    },
  })
})
after(async () => {
  provider.stop()
  await server.remove()
})

const cookiesOf = (answer: {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}): readonly string[] => {
  const lines = answer.headers['set-cookie']
  return typeof lines === 'object' ? lines : lines === undefined ? [] : [lines]
}

test('a browser goes there with one cookie of its own, and comes back signed in', async () => {
  const begun = await gateway.pass('/signin/with/office?return=%2Fportal')
  assert.equal(begun.status, 303)
  assert.equal(begun.headers['cache-control'], 'no-store')
  const [line = ''] = cookiesOf(begun)
  assert.match(
    line,
    /^__Host-countersign-provider=[\w-]{43}; Path=\/; Max-Age=900; HttpOnly; Secure; SameSite=Lax$/,
  )
  provider.lies = { sid: 'their-session' }
  const back = provider.authorize(new URL(String(begun.headers['location'])))
  const cookie = line.split(';')[0] ?? ''

  const twice = await gateway.pass(back.pathname + back.search, undefined, {
    headers: { cookie: `${cookie}; ${providerCookie}=${'x'.repeat(43)}` },
  })
  assert.match(String(twice.headers['location']), /problem=signin\.expired/)

  const again = await gateway.pass('/signin/with/office?return=%2Fportal', undefined, {
    headers: { cookie },
  })
  const second = provider.authorize(new URL(String(again.headers['location'])))
  const done = await gateway.pass(second.pathname + second.search, undefined, {
    headers: { cookie },
  })
  assert.equal(done.headers['location'], 'http://countersign.localhost:7400/portal')
  const session = cookiesOf(done)[0] ?? ''
  assert.ok(session.startsWith(`${sessionCookie}=`))
  const token = /=([\w-]{43});/.exec(session)?.[1] ?? ''
  const host = 'countersign.localhost'
  const subject = server.ledger.estate.subjectOf(tokenHash(token), host, server.now)
  assert.equal(subject.kind, 'person')

  // It showed itself with its own key, which the provider reads where we publish it.
  const keys = await gateway.pass('/signin/oidc/office/keys')
  const assertion = provider.redeemed.at(-1)?.get('client_assertion') ?? ''
  const set = createLocalJWKSet(keys.json as unknown as JSONWebKeySet)
  const { payload } = await jwtVerify(assertion, set, { issuer: 'us', subject: 'us' })
  assert.ok(payload.jti !== undefined)
  assert.ok(!keys.text.includes('"d"'))

  // The provider says, as a form and without a browser, that the session there has ended.
  const now = Math.floor(Date.now() / 1000)
  const logout = await provider.sign({
    iss: provider.issuer,
    aud: 'us',
    iat: now,
    exp: now + 60,
    jti: 'one',
    sid: 'their-session',
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
  })
  const tell = (rawBody: string) =>
    gateway.pass('/signin/oidc/office/back-channel-logout', undefined, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      rawBody,
    })
  const refused = await tell('logout_token=x.y.z')
  assert.equal(refused.status, 400)
  assert.equal(refused.json['error'], 'invalid_request')
  const told = await tell(new URLSearchParams({ logout_token: logout }).toString())
  assert.equal(told.status, 200)
  assert.equal(told.headers['cache-control'], 'no-store')
  const after = server.ledger.estate.subjectOf(tokenHash(token), host, server.now)
  assert.equal(after.kind, 'anonymous')
})

test('what is kept of a provider opens under the next master key, and for that provider alone', async () => {
  const house = await House.open()
  try {
    const { masterKey: current } = house.dependencies
    const next = new Secret<Uint8Array>(house.dependencies.randomBytes(32))
    const mine = { provider: 'one', name: 'client-secret' }
    await house.store.transaction(async (tx) => {
      await putSecret(tx, current, mine, { secret: new Secret('word'), setAt: 1 })
      await reseal(tx, { current, next })
    })
    const { db } = house.store
    assert.equal((await readSecret(db, next, mine))?.secret.reveal(), 'word')
    await assert.rejects(readSecret(db, current, mine), /does not open/)
    await db.updateTable('provider_secrets').set({ provider: 'two' }).execute()
    await assert.rejects(readSecret(db, next, { ...mine, provider: 'two' }), /does not open/)
  } finally {
    await house.close()
  }
})
