// Getting a passkey, losing it and getting another, in a real browser whose authenticator is cancelled,
// whose page is reloaded, and whose link is used twice. The pages that people see are tested with
// the console; here the browser's own WebAuthn meets the server through the gateway.
import assert from 'node:assert/strict'
import { type Browser, type BrowserContext, type CDPSession, type Page } from 'playwright-core'
import { after, before, describe, test } from 'node:test'
import type { UpEvent } from '@countersign/cli/fakes/installation.process'
import { factorsApi } from '@countersign/contract/api/factors'
import { identityApi } from '@countersign/contract/api/identity'
import { signinApi } from '@countersign/contract/api/signin'
import { signinFactorsApi } from '@countersign/contract/api/signin-factors'
import { launchChromium } from '../test/chromium.ts'
import { lacking } from '../test/parts.ts'
import { person } from './organisation.ts'
import { newPlace, type Place, storySettings, withoutConsole } from './place.fake.ts'

interface Answer {
  readonly status: number
  readonly json: Readonly<Record<string, unknown>>
}

describe('factors in a real browser', { skip: await lacking('chromium'), timeout: 240_000 }, () => {
  let place: Place
  let browser: Browser
  let origin: string

  before(async () => {
    place = await newPlace()
    const up = place.installation.up({ ...storySettings, ...withoutConsole, COUNTERSIGN_DEMO: '0' })
    const started = up.event(({ event }: UpEvent) => event === 'ready')
    browser = await launchChromium()
    await started
    origin = `http://countersign.localhost:${place.installation.ports.gateway}`
    await place.furnish()
    await allowModels(chromiumModel)
  })
  after(async () => {
    await browser?.close()
    await place?.[Symbol.asyncDispose]()
  })

  test('a person enrols with a link after they cancelled once and reloaded the page midway', async () => {
    const { page, device } = await newBrowser()
    const link = await linkFor('ada')
    await device.verifyPerson(false)
    const cancelled = await enrol(page, link)
    assert.equal(cancelled, 'NotAllowedError')
    assert.equal((await call(page, signinFactorsApi.enrolChallenge.path, { link })).status, 200)
    await page.reload()
    await device.verifyPerson(true)
    assert.deepEqual(await enrol(page, link), { status: 200, json: { next: '/' } })
    assert.equal(await whoAmI(page), 'ada')
  })

  test('a link that was used opens nothing in another browser', async () => {
    const { page } = await newBrowser()
    const link = await linkFor('ben')
    assert.equal(statusOf(await enrol(page, link)), 200)
    const stranger = await newBrowser()
    const refused = await call(stranger.page, signinFactorsApi.enrolChallenge.path, { link })
    assert.equal(refused.status, 410)
    assert.equal(await whoAmI(stranger.page), undefined)
  })

  test('of two tabs with the same link one enrols', async () => {
    const { page: one, context } = await newBrowser()
    const two = await context.newPage()
    await two.goto(`${origin}${signinApi.offer.path}`)
    await addDevice(two)
    const link = await linkFor('cy')
    const results = await Promise.all([enrol(one, link), enrol(two, link)])
    assert.deepEqual(
      results.map(statusOf).toSorted((a, b) => a - b),
      [200, 410],
    )
    assert.equal((await factorsOf('cy')).passkeys.length, 1)
  })

  test('who enrolled comes back with the passkey, and with no other person’s check', async () => {
    const { page, context, device } = await newBrowser()
    assert.equal(statusOf(await enrol(page, await linkFor('dee'))), 200)
    await context.clearCookies()
    await device.verifyPerson(false)
    assert.equal(await signIn(page), 'NotAllowedError')
    assert.equal(await whoAmI(page), undefined)
    await device.verifyPerson(true)
    assert.equal(statusOf(await signIn(page)), 200)
    assert.equal(await whoAmI(page), 'dee')
  })

  test('a passkey that becomes backed up is known to be from its next use on', async () => {
    const { page, device } = await newBrowser({ defaultBackupEligibility: true })
    assert.equal(statusOf(await enrol(page, await linkFor('eli'))), 200)
    const [before] = (await factorsOf('eli')).passkeys
    assert.deepEqual([before?.backupEligible, before?.backedUp], [true, false])
    await device.backUp()
    assert.equal(statusOf(await signIn(page)), 200)
    assert.equal((await factorsOf('eli')).passkeys[0]?.backedUp, true)
  })

  test('a certified key that cannot be copied is a hardware key for as long as its model is listed', async () => {
    const { page } = await newBrowser({ transport: 'usb' })
    assert.equal(statusOf(await enrol(page, await linkFor('fay'))), 200)
    const [key] = (await factorsOf('fay')).passkeys
    assert.deepEqual(
      [key?.aaguid, key?.attestation, key?.backupEligible, key?.hardwareKey],
      [chromiumModel, 'certified', false, true],
    )
    assert.equal(await methodOf(page), 'hardware-key')
    await allowModels()
    assert.equal(statusOf(await signIn(page)), 200)
    assert.equal(await methodOf(page), 'passkey')
    await allowModels(chromiumModel)
  })

  test('a recovery code leads to a new passkey, and signing in with that ends the weakness', async () => {
    const { page } = await newBrowser()
    assert.equal(statusOf(await enrol(page, await linkFor('gil'))), 200)
    const { codes } = (await call(page, factorsApi.renewRecoveryCodes.path, {})).json
    const [code] = codes as readonly string[]
    const phone = await newBrowser()
    const used = await call(phone.page, signinFactorsApi.recoveryCode.path, { code })
    assert.deepEqual(used, { status: 200, json: { next: '/identity/me' } })
    const begun = await call(phone.page, identityApi.passkeyChallenge.path, {})
    const response = await create(phone.page, begun.json['options'])
    const registered = await call(phone.page, identityApi.registerPasskey.path, {
      challenge: begun.json['challenge'],
      response,
      name: 'phone',
    })
    assert.equal(registered.status, 200)
    assert.equal(statusOf(await signIn(phone.page)), 200)
    const { json } = await call(phone.page, factorsApi.myFactors.path)
    assert.equal(json['canChange'], true)
  })

  test('a lost laptop stops working at once, and a second person opens the way to a new one', async () => {
    const laptop = await newBrowser()
    assert.equal(statusOf(await enrol(laptop.page, await linkFor('hal'))), 200)
    const { passkeys } = await factorsOf('hal')
    const lost = passkeys.map(({ id }) => id)
    await place.put(person('ida', 'Ida', ['administrators']))
    const ida = await newBrowser()
    assert.equal(statusOf(await enrol(ida.page, await linkFor('ida', false))), 200)
    const { id } = await place.ask((client) =>
      client.call(factorsApi.startRecovery, { body: { person: 'hal', lost } }),
    )
    const confirmPath = factorsApi.confirmRecovery.path.replace(':recovery', id)
    const confirmed = await call(ida.page, confirmPath, {})
    assert.equal(confirmed.status, 200)
    assert.equal(await whoAmI(laptop.page), undefined)
    assert.equal(statusOf(await signIn(laptop.page)), 401)
    const link = new URL(String(confirmed.json['url'])).hash.slice(1)
    const phone = await newBrowser()
    assert.equal(statusOf(await enrol(phone.page, link)), 200)
    assert.equal(await whoAmI(phone.page), 'hal')
  })

  const allowModels = (...models: readonly string[]) =>
    place.ask((client) =>
      client.call(factorsApi.setFactorsPolicy, {
        body: {
          hardwareKeys: models.map((aaguid) => ({ aaguid, name: 'Virtual', roots: [] })),
          recoveryWaitMinutes: 0,
        },
      }),
    )

  const factorsOf = (id: string) =>
    place.ask((client) => client.call(factorsApi.factorsOf, { params: { person: id } }))

  /** A link for someone, who is there from now on. */
  async function linkFor(id: string, isNew = true): Promise<string> {
    if (isNew) await place.put(person(id, id, []))
    const { url } = await place.ask((client) =>
      client.call(factorsApi.enrol, { body: { person: id } }),
    )
    return new URL(url).hash.slice(1)
  }

  /** A browser of somebody, with an authenticator, at a page of ours that runs no script. */
  async function newBrowser(model: Model = {}): Promise<{
    readonly page: Page
    readonly context: BrowserContext
    readonly device: Device
  }> {
    // The answer that serves as a page forbids scripts, and the test is one.
    const context = await browser.newContext({ bypassCSP: true })
    const page = await context.newPage()
    await page.goto(`${origin}${signinApi.offer.path}`)
    return { page, context, device: await addDevice(page, model) }
  }
})

/** The model that Chromium's virtual authenticators name. */
const chromiumModel = '01020304-0506-0708-0102-030405060708'

interface Model {
  readonly transport?: 'internal' | 'usb'
  readonly defaultBackupEligibility?: boolean
}

interface Device {
  readonly verifyPerson: (succeeds: boolean) => Promise<void>
  /** Copies its passkeys to where its owner's other devices find them. */
  readonly backUp: () => Promise<void>
}

async function addDevice(
  page: Page,
  { transport = 'internal', defaultBackupEligibility = false }: Model = {},
): Promise<Device> {
  const session: CDPSession = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport,
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
      defaultBackupEligibility,
      defaultBackupState: false,
    },
  })
  return {
    async verifyPerson(isUserVerified) {
      await session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified })
    },
    async backUp() {
      const { credentials } = await session.send('WebAuthn.getCredentials', { authenticatorId })
      for (const { credentialId } of credentials) {
        await session.send('WebAuthn.setCredentialProperties', {
          authenticatorId,
          credentialId,
          backupEligibility: true,
          backupState: true,
        })
      }
    },
  }
}

/** Asks the server from within the page, as a script of ours would. */
async function call(page: Page, path: string, body?: object): Promise<Answer> {
  return page.evaluate(
    async ([at, sent]) => {
      const response = await fetch(
        at,
        sent === undefined
          ? {}
          : {
              method: 'POST',
              headers: { 'content-type': 'application/json' },
              body: JSON.stringify(sent),
            },
      )
      return { status: response.status, json: (await response.json()) as Answer['json'] }
    },
    [path, body] as const,
  )
}

// In the page, where there are things that no program has: these are not checked as TypeScript.
const createInPage = `async (options) => {
  try {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options)
    return (await navigator.credentials.create({ publicKey })).toJSON()
  } catch (error) {
    return error.name
  }
}`
const getInPage = `async (options) => {
  try {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options)
    return (await navigator.credentials.get({ publicKey })).toJSON()
  } catch (error) {
    return error.name
  }
}`

/** What the browser's authenticator answers, or the name of what it refused with. */
async function create(page: Page, options: unknown): Promise<unknown> {
  return page.evaluate(`(${createInPage})(${JSON.stringify(options)})`)
}

async function enrol(page: Page, link: string): Promise<Answer | string> {
  const begun = await call(page, signinFactorsApi.enrolChallenge.path, { link })
  if (begun.status !== 200) return begun
  const { challenge, options } = begun.json
  const response = await create(page, options)
  if (typeof response === 'string') return response
  return call(page, signinFactorsApi.enrol.path, { link, challenge, response, name: 'first' })
}

async function signIn(page: Page): Promise<Answer | string> {
  const { json } = await call(page, signinApi.passkeyChallenge.path, {})
  const options = JSON.stringify(json['options'])
  const response: unknown = await page.evaluate(`(${getInPage})(${options})`)
  if (typeof response === 'string') return response
  return call(page, signinApi.passkey.path, { challenge: json['challenge'], response })
}

/** The person whose session the browser is in. */
async function whoAmI(page: Page): Promise<string | undefined> {
  const { status, json } = await call(page, identityApi.me.path)
  return status === 200
    ? (json as { readonly person: { readonly id: string } }).person.id
    : undefined
}

/** How the browser's person proved who they are. */
async function methodOf(page: Page): Promise<string> {
  const { json } = await call(page, identityApi.me.path)
  const { session } = json as { session: { authentication: { method: string } } }
  return session.authentication.method
}

function statusOf(answer: Answer | string): number {
  return typeof answer === 'string' ? 0 : answer.status
}
