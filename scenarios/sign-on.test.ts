// Signing on to applications elsewhere, in a real browser with a passkey: one that speaks OpenID
// Connect and one that speaks SAML, a refusal that people can read, and a sign-out that reaches all.
import assert from 'node:assert/strict'
import { type Browser, type BrowserContext, type Page } from 'playwright-core'
import { after, before, describe, test } from 'node:test'
import type { UpEvent } from '@countersign/cli/fakes/installation.process'
import { policiesApi } from '@countersign/contract/api/inventory'
import { signOnApi } from '@countersign/contract/api/sign-on'
import type { SignOn } from '@countersign/contract/sign-on'
import { ApplicationFake } from '@countersign/server/src/signin/openid-provider/application.fake.ts'
import { ApplicationFake as SamlApplicationFake } from '@countersign/server/src/signin/saml/application.fake.ts'
import { addPasskeyDevice, launchChromium } from '../test/chromium.ts'
import { lacking } from '../test/parts.ts'
import { hosts, policies } from './organisation.ts'
import { eventually, newPlace, type Place, storySettings } from './place.fake.ts'
import { Visitor } from './visitor.fake.ts'

/** For one thing to happen in the browser, on a machine that does much else. */
const stepTimeoutMs = 20_000
/** Applications are told of an end within seconds; here the machine does much else. */
const toldWithinMs = 30_000
const consoleHost = 'countersign.localhost'

describe(
  'signing on to applications, in a real browser',
  { skip: await lacking('chromium'), timeout: 240_000 },
  () => {
    let place: Place
    let browser: Browser
    let context: BrowserContext
    let page: Page
    let origin: string
    let wiki: ApplicationFake
    let vault: ApplicationFake
    let payroll: ApplicationFake
    let library: SamlApplicationFake
    const faults: unknown[] = []

    before(async () => {
      place = await newPlace()
      const up = place.installation.up({ ...storySettings, COUNTERSIGN_DEMO: '0' })
      const started = up.event(({ event }: UpEvent) => event === 'ready')
      browser = await launchChromium()
      const { setup } = await started
      origin = `http://${consoleHost}:${place.installation.ports.gateway}`
      await place.furnish()
      wiki = await meet('wiki')
      vault = await meet('vault')
      payroll = await meet('payroll')
      library = await meetLibrary()
      context = await browser.newContext()
      context.setDefaultTimeout(stepTimeoutMs)
      context.on('page', (opened) => opened.on('pageerror', (error) => faults.push(error)))
      page = await context.newPage()
      await addPasskeyDevice(page)
      await page.goto((setup as { readonly url: string }).url)
      await page.getByLabel('Your name').fill('Ada Lovelace')
      await page.getByRole('button', { name: 'Create my passkey' }).click()
      await account().waitFor()
    })
    after(async () => {
      await browser?.close()
      for (const one of [wiki, vault, payroll, library]) await one?.close()
      await place?.[Symbol.asyncDispose]()
    })

    test('an application learns who is there from the session with a passkey', async () => {
      await page.goto(wiki.origin)
      await greeted()
      assert.equal(page.url(), `${wiki.origin}/`)
    })

    test('who may not use an application reads so there, and is no step further', async () => {
      await page.goto(payroll.origin)
      await page.getByRole('heading', { name: 'You are not signed on' }).waitFor()
      await page.getByText('access_denied', { exact: true }).waitFor()
      assert.equal(new URL(page.url()).origin, payroll.origin)
      await page.getByRole('link', { name: 'Try again' }).click()
      await page.getByText('access_denied', { exact: true }).waitFor()
    })

    test('a SAML application gets its assertion by a form that sends itself', async () => {
      await page.goto(`${library.origin}/`)
      await page.waitForURL(library.acsUrl)
      await page.getByText(/^welcome .+ back to its-page$/).waitFor()
      assert.equal(library.profile?.['displayName'], 'Ada Lovelace')
    })

    test('who signs out at one application may stay signed in', async () => {
      await page.goto(wiki.origin)
      await greeted()
      await page.getByRole('link', { name: 'Sign out' }).click()
      await page.getByRole('heading', { name: 'Sign out everywhere?' }).waitFor()
      await page.reload()
      await page.getByRole('button', { name: 'Stay signed in' }).click()
      await page.getByRole('heading', { name: 'Goodbye' }).waitFor()
      await page.goto(wiki.origin)
      await greeted()
    })

    test('who confirms to sign out is signed out here and at the other applications', async () => {
      await page.goto(vault.origin)
      await greeted()
      await page.goto(wiki.origin)
      await page.getByRole('link', { name: 'Sign out' }).click()
      await page.getByRole('button', { name: 'Sign out everywhere' }).click()
      await page.getByRole('heading', { name: 'Goodbye' }).waitFor()
      await told(vault)
      await page.goto(vault.origin)
      await passkeyButton().waitFor()
      await page.goto(origin)
      await passkeyButton().waitFor()
      await page.goto(at(hosts.wiki))
      await passkeyButton().waitFor()
    })

    test('who was asked to sign in on the way arrives at the application', async () => {
      await page.goto(vault.origin)
      await passkeyButton().click()
      await greeted()
      assert.equal(page.url(), `${vault.origin}/`)
    })

    test('the portal’s own sign-out ends it at every application', async () => {
      await page.goto(wiki.origin)
      await greeted()
      await page.goto(at(hosts.wiki))
      await page.getByRole('heading', { name: 'hello from wiki.localhost' }).waitFor()
      const before = [wiki, vault].map(({ ended }) => ended.length)
      await page.goto(origin)
      await account().click()
      await page.getByRole('menuitem', { name: 'Sign out' }).click()
      await passkeyButton().waitFor()
      await told(wiki, before[0])
      await told(vault, before[1])
      for (const next of [wiki.origin, vault.origin, `${library.origin}/`, at(hosts.wiki)]) {
        await page.goto(next)
        await passkeyButton().waitFor()
        assert.equal(new URL(page.url()).origin, origin)
      }
    })

    test('no page broke on the way', () => {
      assert.deepEqual(faults, [])
    })

    const at = (host: string): string => `http://${host}:${place.installation.ports.gateway}/`
    const account = () =>
      page.getByRole('button', { name: 'Account of Ada Lovelace' }).filter({ visible: true })
    const passkeyButton = () => page.getByRole('button', { name: 'Sign in with a passkey' })
    const greeted = () => page.getByRole('heading', { name: 'Hello ada-lovelace' }).waitFor()

    const told = (application: ApplicationFake, count = 0): Promise<void> =>
      eventually('the application was told', toldWithinMs, async () => {
        return application.ended.length > count
      })

    const register = (application: string, signOn: SignOn) =>
      place.ask((client) =>
        client.call(signOnApi.setSignOn, { params: { application }, body: signOn }),
      )

    async function meet(id: keyof typeof hosts): Promise<ApplicationFake> {
      const application = await ApplicationFake.open(`${id}-elsewhere.localhost`)
      await register(id, application.signOn())
      const { secret } = await place.ask((client) =>
        client.call(signOnApi.issueSecret, { params: { application: id }, body: {} }),
      )
      await application.meet(`${origin}/oidc`, id, secret)
      return application
    }

    async function meetLibrary(): Promise<SamlApplicationFake> {
      const application = await SamlApplicationFake.open()
      await place.put({
        kind: 'application',
        document: { id: 'library', name: 'Library', tier: 2, hosts: [], kind: 'web', groups: [] },
      })
      await place.ask((client) =>
        client.call(policiesApi.make, {
          body: { files: [...policies, { name: 'library.cedar', text: libraryPolicy }] },
        }),
      )
      await register('library', application.signOn())
      const visitor = new Visitor(place.installation.ports.gateway)
      const { body } = await visitor.visit(consoleHost, '/saml/metadata')
      const certificates = [...body.matchAll(/<ds:X509Certificate>([^<]*)</g)]
      application.meet(
        origin,
        certificates.map(([, found = '']) => found),
      )
      return application
    }
  },
)

const libraryPolicy = `
@id("library-everyone")
@title("Everyone here may use the library")
permit (principal is Person, action == Action::"access", resource == Application::"library")
when { principal.active };
`
