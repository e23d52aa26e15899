// Signing in where one has an account already, in a real browser: there and back through a provider
// that speaks OpenID Connect and one that speaks SAML, also where somebody cancels, reloads, goes
// back, or is nobody here.
import assert from 'node:assert/strict'
import { type Browser, type BrowserContext, type Page } from 'playwright-core'
import { after, before, beforeEach, describe, test } from 'node:test'
import type { UpEvent } from '@countersign/cli/fakes/installation.process'
import { federationApi } from '@countersign/contract/api/federation'
import type { ImportLine } from '@countersign/contract/api/automation'
import { identityApi } from '@countersign/contract/api/identity'
import { samlIdentityApi } from '@countersign/contract/api/saml'
import type { RouteArguments } from '@countersign/contract/route'
import { Peer } from '@countersign/server/src/signin/federation/oidc/peer.fake.ts'
import { ProviderFake } from '@countersign/server/src/signin/saml/provider.fake.ts'
import { launchChromium } from '../test/chromium.ts'
import { lacking } from '../test/parts.ts'
import { hosts } from './organisation.ts'
import { newPlace, type Place, storySettings } from './place.fake.ts'
import { startUpstream, type Upstream } from './upstream.fake.ts'
import { Visitor } from './visitor.fake.ts'

/** For one thing to happen in the browser, on a machine that does much else. */
const stepTimeoutMs = 20_000
const consoleHost = 'countersign.localhost'
const secret = 'a-client-secret-of-some-length-for-tests'
const gold = 'urn:example:gold'

describe(
  'signing in elsewhere, in a real browser',
  { skip: await lacking('chromium'), timeout: 240_000 },
  () => {
    let place: Place
    let upstream: Upstream
    let browser: Browser
    let context: BrowserContext
    let page: Page
    let peer: Peer
    let corp: ProviderFake
    let origin: string
    const faults: unknown[] = []

    before(async () => {
      place = await newPlace()
      upstream = await startUpstream()
      const up = place.installation.up({ ...storySettings, COUNTERSIGN_DEMO: '0' })
      const started = up.event(({ event }: UpEvent) => event === 'ready')
      browser = await launchChromium()
      await started
      origin = `http://${consoleHost}:${place.installation.ports.gateway}`
      await place.furnish()
      await place.put(
        employee('ada', 'Ada Lovelace', 'ada@example.org'),
        employee('pat', 'Pat Partner', 'pat@partner.example'),
        employee('sam', 'Sam Corp', 'sam@corp.example'),
        {
          kind: 'application',
          document: {
            id: 'vault',
            name: 'Vault',
            tier: 0,
            hosts: [hosts.vault],
            upstream: upstream.url,
            kind: 'web',
            groups: [],
          },
        },
      )
      await meetPeer()
      await meetCorp()
    })
    after(async () => {
      await browser?.close()
      peer?.stop()
      await corp?.close()
      await upstream?.[Symbol.asyncDispose]()
      await place?.[Symbol.asyncDispose]()
    })
    beforeEach(async () => {
      await context?.close()
      context = await browser.newContext()
      context.setDefaultTimeout(stepTimeoutMs)
      context.on('page', (opened) => opened.on('pageerror', (error) => faults.push(error)))
      page = await context.newPage()
      peer.visitor = { account: 'ada' }
    })

    test('who chooses a provider lands on exactly the page that was wanted', async () => {
      const wanted = `${at(hosts.wiki)}notes/7?view=all&q=a%26b`
      await page.goto(wanted)
      await choose('Example')
      await page.getByRole('heading', { name: 'Sign in at Example' }).waitFor()
      await signInThere()
      await page.getByRole('heading', { name: 'hello from wiki.localhost' }).waitFor()
      assert.equal(page.url(), wanted)
      assert.equal(await whoAmI(), 'ada')
    })

    test('an address leads to the provider of its domain, and another one to nobody', async () => {
      peer.visitor = { account: 'pat' }
      await page.goto(at(hosts.wiki))
      const field = page.getByLabel('Your organisation’s sign-in')
      await field.fill('pat@nobody.example')
      const go = page.getByRole('button', { name: 'Go to my organisation’s sign-in' })
      await go.click()
      await page.getByText('No organisation signs in here with this address.').waitFor()
      assert.equal(await page.getByRole('button', { name: 'Sign in with Partner' }).count(), 0)
      await field.fill('pat@partner.example')
      await go.click()
      await signInThere()
      await page.getByRole('heading', { name: 'hello from wiki.localhost' }).waitFor()
      assert.equal(await whoAmI(), 'pat')
    })

    test('somebody whom nobody knows is told so, with whom to ask and a reference', async () => {
      peer.visitor = { account: 'mallory' }
      await page.goto(at(hosts.wiki))
      await choose('Example')
      await signInThere()
      const told = page.getByRole('alert')
      await told.getByText('Your identity provider knows you, and we do not.').waitFor()
      await told.getByText('Whom to ask: the service desk').waitFor()
      const reference = new URL(page.url()).searchParams.get('reference') ?? ''
      assert.notEqual(reference, '')
      await told.getByText(reference).waitFor()
      const { items } = await place.ask((client) =>
        client.call(federationApi.unmatched, { query: {} }),
      )
      assert.deepEqual(
        items.map((it) => [it.subject, it.reference]),
        [['mallory', reference]],
      )
      assert.equal(await whoAmI(), undefined)
    })

    test('who cancels there is told plainly, and the next try leads where they wanted', async () => {
      await page.goto(`${at(hosts.wiki)}notes/8`)
      await choose('Example')
      await page.getByRole('button', { name: 'Cancel' }).click()
      await page.getByRole('alert').getByText('did not sign you in').waitFor()
      assert.equal(await whoAmI(), undefined)
      await choose('Example')
      await signInThere()
      await page.getByRole('heading', { name: 'hello from wiki.localhost' }).waitFor()
      assert.equal(page.url(), `${at(hosts.wiki)}notes/8`)
    })

    test('reloading and going back and forth on the way do no harm', async () => {
      await page.goto(`${at(hosts.wiki)}notes/9`)
      await choose('Example')
      await page.getByRole('heading', { name: 'Sign in at Example' }).waitFor()
      await page.reload()
      await page.goBack()
      await page.reload()
      await choose('Example')
      await page.getByRole('heading', { name: 'Sign in at Example' }).waitFor()
      const returned = page.waitForRequest((it) => it.url().includes('/signin/oidc/example?'))
      await signInThere()
      await page.getByRole('heading', { name: 'hello from wiki.localhost' }).waitFor()
      assert.equal(page.url(), `${at(hosts.wiki)}notes/9`)
      // The address that the provider sent them to is worth nothing twice, and costs nothing.
      await page.goto((await returned).url())
      await page.getByRole('alert').getByText('This sign-in took too long.').waitFor()
      assert.equal(await whoAmI(), 'ada')
    })

    test('two tabs that began both arrive, each where it wanted', async () => {
      const other = await context.newPage()
      await page.goto(`${at(hosts.wiki)}one`)
      await choose('Example')
      await page.getByRole('heading', { name: 'Sign in at Example' }).waitFor()
      await other.goto(`${at(hosts.wiki)}two`)
      await choose('Example', other)
      await other.getByRole('heading', { name: 'Sign in at Example' }).waitFor()
      await signInThere()
      await page.getByRole('heading', { name: 'hello from wiki.localhost' }).waitFor()
      await signInThere(other)
      await other.getByRole('heading', { name: 'hello from wiki.localhost' }).waitFor()
      assert.deepEqual(
        [page, other].map((it) => new URL(it.url()).pathname),
        ['/one', '/two'],
      )
    })

    test('an application that asks for more sends them to their provider again, and back', async () => {
      await page.goto(at(hosts.wiki))
      await choose('Example')
      await signInThere()
      await page.getByRole('heading', { name: 'hello from wiki.localhost' }).waitFor()
      const before = peer.logins
      peer.visitor = { account: 'ada', acr: gold }
      await page.goto(`${at(hosts.vault)}safe`)
      await page.getByRole('heading', { name: 'Vault needs a fresh sign-in' }).waitFor()
      await page.getByRole('link', { name: 'Sign in again' }).click()
      await choose('Example')
      // The next try after a cancelled one has to prove as much.
      await page.getByRole('button', { name: 'Cancel' }).click()
      await page.getByRole('alert').getByText('did not sign you in').waitFor()
      await choose('Example')
      await signInThere()
      await page.getByRole('heading', { name: 'hello from vault.localhost' }).waitFor()
      assert.equal(page.url(), `${at(hosts.vault)}safe`)
      assert.equal(peer.logins, before + 1)
    })

    test('a provider that posts its answer from its own page brings them where they wanted', async () => {
      corp.said = { ...corp.said, nameId: 'sam', mail: 'sam@corp.example' }
      await page.goto(`${at(hosts.wiki)}notes/10?x=1`)
      await choose('Corp')
      // Everything is at another site than ours here: the browser brings no cookie along.
      await signInThere()
      await page.getByRole('heading', { name: 'hello from wiki.localhost' }).waitFor()
      assert.equal(page.url(), `${at(hosts.wiki)}notes/10?x=1`)
      assert.equal(await whoAmI(), 'sam')
    })

    test('a posted answer for somebody whom nobody knows signs nobody in', async () => {
      corp.said = { ...corp.said, nameId: 'eve', mail: 'eve@corp.example' }
      await page.goto(at(hosts.wiki))
      await choose('Corp')
      await signInThere()
      await page.getByText('Your identity provider knows you, and we do not.').waitFor()
      assert.equal(await whoAmI(), undefined)
    })

    test('a posted answer counts once: going back and sending it again signs nobody in', async () => {
      corp.said = { ...corp.said, nameId: 'sam', mail: 'sam@corp.example' }
      await page.goto(at(hosts.wiki))
      await choose('Corp')
      await page.getByRole('button', { name: 'Sign in' }).waitFor()
      const answer = await page.content()
      await signInThere()
      await page.getByRole('heading', { name: 'hello from wiki.localhost' }).waitFor()
      await context.clearCookies()
      await page.goto(corp.origin)
      await page.setContent(answer)
      await signInThere()
      await page.getByText('A SAML message was refused.').waitFor()
      assert.equal(await whoAmI(), undefined)
    })

    test('no page broke on the way', () => {
      assert.deepEqual(faults, [])
    })

    const at = (host: string): string => `http://${host}:${place.installation.ports.gateway}/`

    const choose = (name: string, tab = page): Promise<void> =>
      tab.getByRole('button', { name: `Sign in with ${name}` }).click()

    const signInThere = (tab = page): Promise<void> =>
      tab.getByRole('button', { name: 'Sign in', exact: true }).click()

    /** The person whose session the browser is in. */
    async function whoAmI(): Promise<string | undefined> {
      const tab = await context.newPage()
      const reply = await tab.goto(origin + identityApi.me.path)
      // Whoever is nobody is sent to sign in.
      const isSomebody = new URL(tab.url()).pathname === identityApi.me.path
      const me = isSomebody ? ((await reply?.json()) as { person: { id: string } }) : undefined
      await tab.close()
      return me?.person.id
    }

    async function meetPeer(): Promise<void> {
      const client = {
        client_secret: secret,
        grant_types: ['authorization_code'],
        post_logout_redirect_uris: [`${origin}/signin`],
      }
      peer = await Peer.start({
        clients: [
          { ...client, client_id: 'one', redirect_uris: [`${origin}/signin/oidc/example`] },
          { ...client, client_id: 'two', redirect_uris: [`${origin}/signin/oidc/partner`] },
        ],
      })
      peer.showsPage = true
      for (const account of ['ada', 'mallory']) {
        peer.accounts.set(account, { email: `${account}@example.org`, email_verified: true })
      }
      peer.accounts.set('pat', { email: 'pat@partner.example', email_verified: true })
      const common = { kind: 'oidc', enabled: true, contact: 'the service desk' } as const
      const oidc = { issuer: peer.issuer, clientAuthentication: 'secret-basic' } as const
      await putProvider({
        ...common,
        id: 'example',
        name: 'Example',
        domains: ['example.org'],
        trust: [{ when: 'acr', is: gold, method: 'passkey', phishingResistant: true }],
        oidc: { ...oidc, clientId: 'one', stepUpAcrValues: [gold] },
      })
      await putProvider({
        ...common,
        id: 'partner',
        name: 'Partner',
        listed: false,
        domains: ['partner.example'],
        oidc: { ...oidc, clientId: 'two' },
      })
    }

    async function meetCorp(): Promise<void> {
      corp = await ProviderFake.open()
      const saml = await place.ask((client) =>
        client.call(samlIdentityApi.samlReadProvider, {
          body: { metadata: corp.idp.getMetadata() },
        }),
      )
      await putProvider({
        id: 'corp',
        name: 'Corp',
        kind: 'saml',
        enabled: true,
        domains: ['corp.example'],
        claims: { email: 'mail' },
        emailsAreVerified: true,
        saml,
      })
      const visitor = new Visitor(place.installation.ports.gateway)
      corp.meet((await visitor.visit(consoleHost, '/signin/saml/corp/metadata')).body)
    }

    async function putProvider(provider: Draft): Promise<void> {
      const clientSecret = provider.kind === 'oidc' ? { clientSecret: secret } : {}
      await place.ask((client) =>
        client.call(federationApi.putProvider, {
          params: { provider: provider.id },
          body: { provider, ...clientSecret },
        }),
      )
    }
  },
)

type Draft = RouteArguments<typeof federationApi.putProvider>['body']['provider']

function employee(id: string, name: string, email: string): ImportLine {
  const document = { id, name, email, class: 'employee', active: true } as const
  return { kind: 'person', document: { ...document, groups: [] } }
}
