// Signing in through a real OpenID provider, there and back.
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import { after, before, beforeEach, describe, mock, test } from 'node:test'
import { federationApi } from '@countersign/contract/api/federation'
import { signinFederationApi } from '@countersign/contract/api/signin-federation'
import { signinApi } from '@countersign/contract/api/signin'
import { House, refused } from '#signin/house.fake'
import { beginAt, comeBack, problemAt, putProvider } from '#signin/federation/traveller.fake'
import { Peer, PeerVisitor } from './peer.fake.ts'
import { DiscoveredProviders } from './discovered.client.ts'
import { recheck } from './recheck.ts'

const operator = { kind: 'operator' } as const
const redirectUri = 'http://countersign.localhost:7400/signin/oidc/peer'
const startedAt = Date.parse('2026-03-02T09:00:00Z')
const secret = 'a-client-secret-of-some-length-for-tests'

describe('signing in through an OpenID provider', () => {
  let house: House
  let peer: Peer
  let edge: Server

  before(async () => {
    mock.timers.enable({ apis: ['Date'], now: startedAt })
    house = await House.open()
    // What our gateway and server would be to the provider: where it tells of logouts.
    edge = createServer((request, response) => {
      void (async () => {
        let text = ''
        for await (const part of request) text += String(part)
        const token = new URLSearchParams(text).get('logout_token') ?? ''
        await house.call(signinFederationApi.oidcBackChannelLogout, house.browser().caller(), {
          params: { provider: 'peer' },
          body: { logout_token: token },
        })
        response.end()
      })().catch(() => response.writeHead(400).end())
    })
    await new Promise<void>((resolve) => edge.listen(0, '127.0.0.1', resolve))
    const at = edge.address()
    assert.ok(typeof at === 'object' && at)
    peer = await Peer.start({
      clients: [
        {
          client_id: 'countersign',
          client_secret: secret,
          redirect_uris: [redirectUri],
          post_logout_redirect_uris: ['http://countersign.localhost:7400/signin'],
          backchannel_logout_uri: `http://127.0.0.1:${at.port}/`,
          backchannel_logout_session_required: true,
          grant_types: ['authorization_code', 'refresh_token'],
        },
      ],
    })
  })
  after(async () => {
    mock.timers.reset()
    peer.stop()
    edge.closeAllConnections()
    edge.close()
    await house.close()
  })
  beforeEach(async () => {
    await house.clear()
    setClock(startedAt)
    peer.accounts.clear()
    peer.accounts.set('ada', { email: 'ada@example.org', email_verified: true, name: 'Ada' })
    peer.visitor = { account: 'ada' }
    peer.logins = 0
  })
  // The provider and our library read the clock of the process, so it goes with that of the house.
  const setClock = (now: number): void => {
    house.now = now
    mock.timers.setTime(now)
  }
  const pass = (ms: number): void => setClock(house.now + ms)

  const provider = (more: object = {}, oidc: object = {}) => ({
    id: 'peer',
    name: 'Example',
    kind: 'oidc' as const,
    enabled: true,
    domains: ['example.org'],
    contact: 'the service desk, telephone 100',
    trust: [
      { when: 'acr', is: 'urn:example:gold', method: 'passkey', phishingResistant: true },
      { when: 'amr', is: 'otp', method: 'otp', phishingResistant: false },
    ] as {
      when: 'acr' | 'amr'
      is: string
      method: 'otp' | 'passkey'
      phishingResistant: boolean
    }[],
    ...more,
    oidc: {
      issuer: peer.issuer,
      clientId: 'countersign',
      clientAuthentication: 'secret-basic' as const,
      ...oidc,
    },
  })

  const signIn = async (
    browser = house.browser(),
    visitor = new PeerVisitor(),
    query: { readonly return?: string; readonly fresh?: '1' } = {},
  ) => {
    const there = await beginAt(browser, 'peer', query)
    const next = await comeBack(browser, 'peer', await visitor.walk(there.href))
    return { browser, visitor, there, next }
  }

  test('a person of its domain is let in at the first sign-in and linked for good', async () => {
    await house.addPerson('ada', { email: 'Ada@example.org' })
    await putProvider(house, provider(), { clientSecret: secret })
    const { browser, next, there } = await signIn()
    assert.equal(next.href, 'http://countersign.localhost:7400/')
    assert.equal(there.searchParams.get('code_challenge_method'), 'S256')
    const { authentication, person } = browser.session()
    assert.equal(person, 'ada')
    assert.equal(authentication.method, 'password')
    assert.equal(authentication.provider, 'peer')
    assert.equal(authentication.provenance, 'reported')
    const { body } = await house.call(federationApi.links, operator, { query: {} })
    assert.deepEqual(
      body.items.map(({ person: who, subject, by }) => [who, subject, by]),
      [['ada', 'ada', 'email']],
    )
    // The address may change hands afterwards; the link stays with the subject.
    peer.accounts.set('ada', { email: 'lovelace@example.org', email_verified: true })
    const again = await signIn()
    assert.equal(again.browser.session().person, 'ada')
  })

  test('what the provider says of how someone signed in is worth what its table says', async () => {
    await house.addPerson('ada', { email: 'ada@example.org' })
    await putProvider(house, provider(), { clientSecret: secret })
    const rows = [
      [{ amr: ['pwd', 'otp'] }, 'otp', false],
      [{ acr: 'urn:example:gold' }, 'passkey', true],
      [{ amr: ['hwk'], acr: 'urn:example:bronze' }, 'password', false],
      [{}, 'password', false],
    ] as const
    for (const [said, method, phishingResistant] of rows) {
      peer.visitor = { account: 'ada', ...said } as typeof peer.visitor
      const { authentication } = (await signIn()).browser.session()
      assert.equal(authentication.method, method)
      assert.equal(authentication.phishingResistant, phishingResistant)
    }
  })

  test('a sign-in is as old as the provider says, and no younger', async () => {
    await house.addPerson('ada', { email: 'ada@example.org' })
    await putProvider(house, provider(), { clientSecret: secret })
    const { visitor } = await signIn()
    pass(40 * 60_000)
    const { browser } = await signIn(house.browser(), visitor)
    assert.equal(peer.logins, 1)
    assert.equal(browser.session().authentication.observedAt, startedAt)
  })

  test('a step-up is met at the provider and leads back to exactly where it was asked for', async () => {
    await house.addPerson('ada', { email: 'ada@example.org' })
    await house.addApplication('payroll')
    await putProvider(house, provider({}, { stepUpAcrValues: ['urn:example:gold'] }), {
      clientSecret: secret,
    })
    const { browser, visitor } = await signIn()
    const { id } = browser.session()
    const flow = 'f'.repeat(43)
    const wanted = 'http://payroll.localhost:7400/salaries?month=11'
    pass(6 * 60_000)
    const begin = await browser.goOn(wanted, flow, '1')
    assert.equal(begin.pathname, '/signin/with/peer')
    peer.visitor = { account: 'ada', acr: 'urn:example:gold' }
    // What the gateway does with the address it is redirected to.
    const there = await beginAt(browser, 'peer', { return: begin.searchParams.get('return') ?? '' })
    assert.equal(there.searchParams.get('prompt'), 'login')
    assert.equal(there.searchParams.get('max_age'), '0')
    assert.equal(there.searchParams.get('acr_values'), 'urn:example:gold')
    const second = await beginAt(browser, 'peer', {
      return: begin.searchParams.get('return') ?? '',
    })
    const next = await comeBack(browser, 'peer', await visitor.walk(second.href))
    assert.equal(next.pathname, signinApi.continue.path)
    assert.equal(next.searchParams.get('return'), wanted)
    assert.equal(browser.session().id, id)
    assert.equal(browser.session().authentication.method, 'passkey')
    const code = (await browser.goOn(wanted, 'g'.repeat(43))).searchParams.get('code') ?? ''
    const redeemed = await browser.redeem(code, 'payroll.localhost', 'g'.repeat(43))
    assert.equal(redeemed.body.returnTo, '/salaries?month=11')
  })

  test('a step-up that the provider could not satisfy is not asked of it again at once', async () => {
    await house.addPerson('ada', { email: 'ada@example.org' })
    await putProvider(house, provider(), { clientSecret: secret })
    const { browser } = await signIn()
    pass(60_000)
    const next = await browser.goOn('http://countersign.localhost:7400/x', 'f'.repeat(43), '1')
    assert.equal(next.pathname, '/signin')
  })

  test('someone the provider knows and we do not is told so, and is in the queue', async () => {
    await house.addPerson('grace', { email: 'grace@example.org' })
    await putProvider(house, provider(), { clientSecret: secret })
    const first = await signIn()
    assert.equal(problemAt(first.next), 'signin.unknown_identity')
    assert.equal(first.browser.subject().kind, 'anonymous')
    assert.equal(house.ledger.estate.get('person', 'ada'), undefined)
    pass(2 * 60_000)
    await signIn()
    const { body } = await house.call(federationApi.unmatched, operator, { query: {} })
    assert.equal(body.total, 1)
    const [entry] = body.items
    assert.ok(entry)
    assert.equal(entry.count, 2)
    assert.equal(entry.reason, 'no-match')
    assert.equal(entry.subject, 'ada')
    assert.equal(entry.reference, first.next.searchParams.get('reference'))
    assert.deepEqual(entry.claims, { name: 'Ada', email: 'ada@example.org', emailVerified: 'true' })
    assert.ok(entry.lastSeenAt > entry.firstSeenAt)

    const { body: link } = await house.call(federationApi.linkUnmatched, operator, {
      params: { unmatched: entry.id },
      body: { person: 'grace' },
    })
    assert.equal(link.by, 'administrator')
    const { browser } = await signIn()
    assert.equal(browser.session().person, 'grace')
    const after = await house.call(federationApi.unmatched, operator, { query: {} })
    assert.equal(after.body.total, 0)
  })

  test('nobody becomes an administrator because another one says so', async () => {
    await house.addPerson('sue', { groups: ['administrators'] })
    await putProvider(house, provider(), { clientSecret: secret })
    await signIn()
    const { body } = await house.call(federationApi.unmatched, operator, { query: {} })
    const link = { params: { unmatched: body.items[0]?.id ?? '' }, body: { person: 'sue' } }
    const eve = await house.resident('eve', { groups: ['administrators'] })
    await refused(eve.call(federationApi.linkUnmatched, link), 'identity.second_person')
    await house.call(federationApi.linkUnmatched, operator, link)
    assert.equal((await signIn()).browser.session().person, 'sue')
  })

  test('who was dismissed stays unknown, and the queue stays quiet about them', async () => {
    await putProvider(house, provider(), { clientSecret: secret })
    await signIn()
    const open = { query: { state: 'open' } } as const
    const { body } = await house.call(federationApi.unmatched, operator, open)
    const id = body.items[0]?.id ?? ''
    const dismissal = { params: { unmatched: id }, body: { reason: 'left in spring' } }
    await house.call(federationApi.dismissUnmatched, operator, dismissal)
    pass(10 * 60_000)
    assert.equal(problemAt((await signIn()).next), 'signin.unknown_identity')
    assert.equal((await house.call(federationApi.unmatched, operator, open)).body.total, 0)
    const all = await house.call(federationApi.unmatched, operator, { query: {} })
    assert.equal(all.body.items[0]?.dismissed?.reason, 'left in spring')
    assert.equal(all.body.items[0]?.count, 2)
  })

  test('an account that is over is an unknown identity, also where it is linked', async () => {
    await house.addPerson('ada', { email: 'ada@example.org' })
    await putProvider(house, provider(), { clientSecret: secret })
    await signIn()
    await house.addPerson('ada', { email: 'ada@example.org', active: false })
    const { next } = await signIn()
    assert.equal(problemAt(next), 'signin.unknown_identity')
    const { body } = await house.call(federationApi.unmatched, operator, { query: {} })
    assert.equal(body.items[0]?.reason, 'inactive')
    assert.deepEqual(body.items[0]?.candidates, ['ada'])
  })

  test('people here whom their provider never sent are a list, and leave it when they come', async () => {
    await house.addPerson('ada', { email: 'ada@example.org' })
    await house.addPerson('grace', { email: 'grace@example.org' })
    await house.addPerson('tim', { email: 'tim@elsewhere.example' })
    await house.addPerson('gone', { email: 'gone@example.org', active: false })
    await putProvider(house, provider(), { clientSecret: secret })
    const missing = async () =>
      (await house.call(federationApi.neverArrived, operator, { query: {} })).body.items.map(
        ({ person }) => person,
      )
    assert.deepEqual(await missing(), ['ada', 'grace'])
    await signIn()
    assert.deepEqual(await missing(), ['grace'])
  })

  test('signing out here signs out there, and the provider asks again', async () => {
    await house.addPerson('ada', { email: 'ada@example.org' })
    await putProvider(house, provider(), { clientSecret: secret })
    const { browser, visitor } = await signIn()
    const { body } = await browser.call(signinApi.signOut, { body: {} })
    assert.equal(browser.subject().kind, 'anonymous')
    assert.ok(body.next.startsWith(peer.issuer))
    const back = await visitor.walk(body.next)
    assert.equal(back.href, 'http://countersign.localhost:7400/signin')
    await signIn(browser, visitor)
    assert.equal(peer.logins, 2)
  })

  test('the end of a session at the provider ends it here at once, at every host', async () => {
    await house.addPerson('ada', { email: 'ada@example.org' })
    await house.addApplication('payroll')
    await putProvider(house, provider(), { clientSecret: secret })
    const { browser, visitor } = await signIn()
    const other = await signIn()
    const flow = 'f'.repeat(43)
    const code = (await browser.goOn('http://payroll.localhost:7400/', flow)).searchParams.get(
      'code',
    )
    await browser.redeem(code ?? '', 'payroll.localhost', flow)
    assert.equal(browser.subject('payroll.localhost').kind, 'person')
    // Someone signs out at the provider itself, in another tab.
    const told = once(peer.provider, 'backchannel.success')
    const after = encodeURIComponent('http://countersign.localhost:7400/signin')
    await visitor.walk(
      `${peer.issuer}/session/end?post_logout_redirect_uri=${after}&client_id=countersign`,
    )
    await told
    assert.equal(browser.subject().kind, 'anonymous')
    assert.equal(browser.subject('payroll.localhost').kind, 'anonymous')
    assert.equal(other.browser.subject().kind, 'person')
  })

  test('an account that the provider dropped loses its session at the next question', async () => {
    await house.addPerson('ada', { email: 'ada@example.org' })
    const scopes = ['openid', 'email', 'profile', 'offline_access']
    await putProvider(house, provider({}, { scopes, recheckMinutes: 15 }), { clientSecret: secret })
    const { browser } = await signIn()
    const deps = { ...house.dependencies, discovered: new DiscoveredProviders() }
    pass(14 * 60_000)
    peer.accounts.delete('ada')
    assert.equal(await recheck(deps), 0)
    assert.equal(browser.subject().kind, 'person')
    pass(61_000)
    assert.equal(await recheck(deps), 1)
    assert.equal(browser.subject().kind, 'anonymous')
  })

  test('an account that the provider stands by keeps its session, question after question', async () => {
    await house.addPerson('ada', { email: 'ada@example.org' })
    const scopes = ['openid', 'email', 'profile', 'offline_access']
    await putProvider(house, provider({}, { scopes }), { clientSecret: secret })
    const { browser } = await signIn()
    const deps = { ...house.dependencies, discovered: new DiscoveredProviders() }
    for (let round = 0; round < 3; round++) {
      pass(16 * 60_000)
      assert.equal(await recheck(deps), 0)
    }
    assert.equal(browser.subject().kind, 'person')
    peer.accounts.delete('ada')
    pass(16 * 60_000)
    assert.equal(await recheck(deps), 1)
  })

  test('what the provider gave us lies in the store sealed, and never in an answer', async () => {
    await house.addPerson('ada', { email: 'ada@example.org' })
    const scopes = ['openid', 'email', 'profile', 'offline_access']
    const view = await putProvider(house, provider({}, { scopes }), { clientSecret: secret })
    assert.ok(!JSON.stringify(view).includes(secret))
    await signIn()
    const { db } = house.store
    const rows = [
      ...(await db.selectFrom('provider_secrets').select('sealed').execute()),
      ...(await db.selectFrom('provider_sessions').select('sealed').execute()),
    ]
    assert.equal(rows.length, 2)
    for (const { sealed } of rows) assert.equal(sealed?.split('.').length, 5)
    const journal = await db.selectFrom('journal').select('after').execute()
    assert.ok(!JSON.stringify(journal).includes(secret))
  })

  test('a provider that is switched off or removed takes its sessions with it', async () => {
    await house.addPerson('ada', { email: 'ada@example.org' })
    await putProvider(house, provider(), { clientSecret: secret })
    const one = await signIn()
    await putProvider(house, provider({ enabled: false }))
    assert.equal(one.browser.subject().kind, 'anonymous')
    assert.equal(problemAt(await beginAt(house.browser(), 'peer')), 'signin.provider_unknown')
    await putProvider(house, provider())
    const two = await signIn()
    const { body } = await house.call(federationApi.removeProvider, operator, {
      params: { provider: 'peer' },
    })
    assert.equal(body.endedSessions, 1)
    assert.equal(two.browser.subject().kind, 'anonymous')
    const { body: links } = await house.call(federationApi.links, operator, { query: {} })
    assert.equal(links.total, 0)
  })

  test('taking a link away ends what rests on it', async () => {
    await house.addPerson('ada', { email: 'ada@example.org' })
    await putProvider(house, provider(), { clientSecret: secret })
    const { browser } = await signIn()
    const { body } = await house.call(federationApi.links, operator, { query: {} })
    const link = body.items[0]?.id ?? ''
    await house.call(federationApi.removeLink, operator, { params: { link } })
    assert.equal(browser.subject().kind, 'anonymous')
    await refused(
      house.call(federationApi.removeLink, operator, { params: { link } }),
      'identity.link_not_found',
    )
  })

  test('an address leads to its provider, whether or not anyone has it', async () => {
    await house.addPerson('ada', { email: 'ada@example.org' })
    await putProvider(house, provider({ listed: false }), { clientSecret: secret })
    const find = async (address: string) =>
      (await house.browser().call(signinFederationApi.findProvider, { body: { address } })).body
    const expected = {
      provider: { provider: 'peer', name: 'Example', contact: 'the service desk, telephone 100' },
    }
    for (const address of [
      'ada@example.org',
      'nobody@example.org',
      'EXAMPLE.ORG',
      '@example.org',
    ]) {
      assert.deepEqual(await find(address), expected, address)
    }
    for (const address of ['ada@sub.example.org', 'ada@example.org.evil.example', 'x', '@']) {
      assert.deepEqual(await find(address), {}, address)
    }
    const { body } = await house.browser().call(signinApi.offer, {})
    assert.deepEqual(body.providers, [])
    assert.equal(body.findsProviders, true)
  })
})
