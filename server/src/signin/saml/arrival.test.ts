import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { federationApi } from '@countersign/contract/api/federation'
import { samlIdentityApi } from '@countersign/contract/api/saml'
import { tokenHash } from '@countersign/contract/session'
import { type Browser, Town } from '#signin/openid-provider/town.fake'
import { type Form, formOf, postFromElsewhere } from './form.fake.ts'
import { askedOf, ProviderFake } from './provider.fake.ts'

const cookie = '__Host-countersign'

describe('someone who signs in through a SAML identity provider', () => {
  let town: Town
  let provider: ProviderFake
  before(async () => {
    town = await Town.open()
    provider = await ProviderFake.open()
    const saml = await town.server.client.call(samlIdentityApi.samlReadProvider, {
      body: { metadata: provider.idp.getMetadata() },
    })
    const common = { name: 'Corp', enabled: true, domains: ['example.org'] }
    await town.server.client.call(federationApi.putProvider, {
      params: { provider: 'corp' },
      body: {
        provider: {
          ...common,
          id: 'corp',
          kind: 'saml',
          saml: { ...saml, stepUpClass: 'https://refeds.org/profile/mfa' },
          claims: { email: 'mail' },
          emailsAreVerified: true,
          trust: [
            {
              when: 'acr',
              is: 'https://refeds.org/profile/mfa',
              method: 'passkey',
              phishingResistant: true,
            },
          ],
        },
      },
    })
    provider.meet(await (await fetch(`${town.origin}/signin/saml/corp/metadata`)).text())
  })
  after(async () => {
    await provider.close()
    await town.close()
  })
  beforeEach(() => {
    provider.said = {
      nameId: 'ada',
      mail: 'ada@example.org',
      contextClass: 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport',
    }
  })

  const begin = async (browser: Browser, query = ''): Promise<Form> => {
    const { left } = await browser.visit(`/signin/with/corp${query}`)
    assert.ok(left, 'the browser goes to the provider')
    const page = await fetch(left)
    const html = await page.text()
    assert.equal(page.status, 200, html)
    return formOf(html)
  }
  const sessionOf = (browser: Browser) => {
    const value = browser.cookies.find(({ name }) => name === cookie)?.value ?? ''
    const subject = town.server.ledger.estate.subjectOf(tokenHash(value), 'localhost', Date.now())
    return subject.kind === 'person' ? subject.session : undefined
  }
  const told = (address: string) => new URL(address).searchParams.get('problem')

  it('is who they are here, with what that sign-in is worth here', async () => {
    const browser = town.browser()
    const form = await begin(browser, '?return=/portal')
    const finish = await postFromElsewhere(form)
    const done = await browser.ask(finish)
    assert.equal(done.headers.get('location'), `${town.origin}/portal`)
    const session = sessionOf(browser)
    assert.equal(session?.person, 'ada')
    const { observedAt, ...authentication } = session.authentication
    assert.deepEqual(authentication, {
      method: 'password',
      phishingResistant: false,
      provenance: 'reported',
      provider: 'corp',
    })
    assert.ok(observedAt <= Date.now())
  })

  it('is asked for what proves more where a fresh sign-in is needed, and it counts', async () => {
    const browser = town.browser()
    provider.said = { ...provider.said, contextClass: 'https://refeds.org/profile/mfa' }
    const form = await begin(browser, '?fresh=1')
    const { request } = provider.asked as { readonly request: Readonly<Record<string, string>> }
    assert.equal(request['forceAuthn'] ?? 'true', 'true')
    await browser.ask(await postFromElsewhere(form))
    assert.equal(sessionOf(browser)?.authentication.method, 'passkey')
  })

  it('is refused where a fresh sign-in was asked for and an old one came', async () => {
    const browser = town.browser()
    provider.said = { ...provider.said, authenticatedAt: Date.now() - 3_600_000 }
    const done = await browser.ask(await postFromElsewhere(await begin(browser, '?fresh=1')))
    assert.equal(told(done.headers.get('location') ?? ''), 'signin.provider_not_fresh')
    assert.equal(sessionOf(browser), undefined)
  })

  it('is nobody where the provider names somebody whom nobody knows', async () => {
    const browser = town.browser()
    provider.said = { ...provider.said, nameId: 'mallory', mail: 'mallory@example.org' }
    const done = await browser.ask(await postFromElsewhere(await begin(browser)))
    assert.equal(told(done.headers.get('location') ?? ''), 'signin.unknown_identity')
    assert.equal(sessionOf(browser), undefined)
  })

  it('is not signed in by an answer to the request of another browser (login CSRF)', async () => {
    const attacker = town.browser()
    const victim = town.browser()
    const finish = await postFromElsewhere(await begin(attacker))
    await begin(victim)
    const done = await victim.ask(finish)
    assert.equal(told(done.headers.get('location') ?? ''), 'signin.expired')
    assert.equal(sessionOf(victim), undefined)
    const late = await attacker.ask(finish)
    assert.equal(told(late.headers.get('location') ?? ''), 'signin.expired', 'it is spent')
  })

  it('is not signed in by an answer with the relay state of their own request', async () => {
    const attacker = town.browser()
    const victim = town.browser()
    const { action, fields } = await begin(attacker)
    const theirs = await begin(victim)
    const state = theirs.fields['RelayState'] ?? ''
    const finish = await postFromElsewhere({ action, fields: { ...fields, RelayState: state } })
    const done = await victim.ask(finish)
    assert.equal(told(done.headers.get('location') ?? ''), 'signin.expired')
    assert.equal(sessionOf(victim), undefined)
  })

  it('is not signed in a second time by an assertion that was replayed', async () => {
    const browser = town.browser()
    const form = await begin(browser)
    await browser.ask(await postFromElsewhere(form))
    assert.equal(told(await postFromElsewhere(form)), 'signin.saml_refused')
  })

  it('is not signed in by an answer that nobody asked for', async () => {
    const { action, fields } = await begin(town.browser())
    for (const state of ['', 'https://evil.example.org', '//evil.example.org']) {
      const address = await postFromElsewhere({ action, fields: { ...fields, RelayState: state } })
      assert.equal(new URL(address).origin, town.origin, 'the relay state leads nowhere')
      assert.equal(told(address), 'signin.expired')
    }
  })

  it('is sent to no other site by what they wanted to return to', async () => {
    const { left } = await town
      .browser()
      .visit('/signin/with/corp?return=https://evil.example.org/')
    assert.equal(told(left?.href ?? ''), 'signin.return_refused')
  })

  it('is not signed in by a provider that answers for another one', async () => {
    const { action, fields } = await begin(town.browser())
    const elsewhere = action.replace('/corp/', '/other/')
    assert.equal(
      told(await postFromElsewhere({ action: elsewhere, fields })),
      'signin.provider_unknown',
    )
  })

  it('is told the same, whatever is wrong with the answer, and the log says what', async () => {
    const { action } = await begin(town.browser())
    for (const SAMLResponse of ['x', Buffer.from('<a/>').toString('base64')]) {
      const address = await postFromElsewhere({ action, fields: { SAMLResponse, RelayState: 'x' } })
      assert.equal(told(address), 'signin.saml_refused')
    }
  })

  it('signs out there too, by a request that the provider accepts', async () => {
    const browser = town.browser()
    await browser.ask(await postFromElsewhere(await begin(browser)))
    const done = await browser.ask('/api/signin/signout', {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    })
    const { next } = (await done.json()) as { readonly next: string }
    assert.ok(next.startsWith(`${provider.origin}/slo?SAMLRequest=`), next)
    const query = next.slice(next.indexOf('?') + 1)
    const { extract } = await provider.idp.parseLogoutRequest(
      provider.sp,
      'redirect',
      askedOf(query),
    )
    assert.equal(extract.nameID, 'ada')
  })

  it('is signed out here when the provider says so, and by nobody else', async () => {
    const browser = town.browser()
    await browser.ask(await postFromElsewhere(await begin(browser)))
    const session = sessionOf(browser)
    assert.ok(session)
    const user = { logoutNameID: 'ada', sessionIndex: provider.sessionIndex }
    const { context } = provider.idp.createLogoutRequest(provider.sp, 'redirect', user)
    const unsigned = context.replace(/&SigAlg=.*$/, '')
    const refused = await town.browser().visit(unsigned)
    assert.equal(told(refused.left?.href ?? ''), 'signin.saml_refused')
    assert.ok(town.server.ledger.estate.get('session', session.id), 'it goes on')

    const { left } = await town.browser().visit(context)
    assert.ok(left?.href.startsWith(`${provider.origin}/slo?SAMLResponse=`), left?.href)
    assert.equal(town.server.ledger.estate.get('session', session.id), undefined)
    const again = await town.browser().visit(context)
    assert.equal(told(again.left?.href ?? ''), 'signin.saml_refused', 'it counts once')
  })
})
