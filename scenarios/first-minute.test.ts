// What a newcomer does in the first minute, in a real browser with a passkey of its own.
import assert from 'node:assert/strict'
import { type Browser, type Page } from 'playwright-core'
import { after, before, describe, test } from 'node:test'
import type { UpEvent } from '@countersign/cli/fakes/installation.process'
import { addPasskeyDevice, launchChromium } from '../test/chromium.ts'
import { lacking } from '../test/parts.ts'
import { hosts, person } from './organisation.ts'
import { newPlace, type Place, storySettings } from './place.fake.ts'

/** For one thing to happen in the browser, on a machine that does much else. */
const stepTimeoutMs = 15_000

describe('the first minute', { skip: await lacking('chromium'), timeout: 240_000 }, () => {
  let place: Place
  let browser: Browser
  let page: Page
  let consoleUrl: string
  let setupUrl: string
  const faults: unknown[] = []

  const at = (host: string): string => `http://${host}:${place.installation.ports.gateway}/`
  const account = () =>
    page.getByRole('button', { name: 'Account of Ada Lovelace' }).filter({ visible: true })
  const passkeyButton = () => page.getByRole('button', { name: 'Sign in with a passkey' })

  before(async () => {
    place = await newPlace()
    const up = place.installation.up(storySettings)
    const started = up.event(({ event }: UpEvent) => event === 'ready')
    browser = await launchChromium()
    const ready = await started
    consoleUrl = String(ready['consoleUrl'])
    setupUrl = (ready['setup'] as { readonly url: string }).url
    await place.furnish()
    const context = await browser.newContext()
    context.setDefaultTimeout(stepTimeoutMs)
    page = await context.newPage()
    page.on('pageerror', (error) => faults.push(error))
    await addPasskeyDevice(page)
  })
  after(async () => {
    await browser?.close()
    await place?.[Symbol.asyncDispose]()
  })

  test('the setup link makes a passkey and leads into the console', async () => {
    await page.goto(setupUrl)
    await page.getByLabel('Your name').fill('Ada Lovelace')
    await page.getByRole('button', { name: 'Create my passkey' }).click()
    await account().waitFor()
    assert.equal(page.url(), consoleUrl)
  })

  test('the setup link works once', async () => {
    const stranger = await browser.newPage()
    await addPasskeyDevice(stranger)
    await stranger.goto(setupUrl)
    await stranger.getByLabel('Your name').fill('Eve')
    await stranger.getByRole('button', { name: 'Create my passkey' }).click()
    await stranger.getByText('this link was used already or has expired').waitFor()
    await stranger.close()
  })

  test('who signs out comes back with the passkey', async () => {
    await signOut()
    await passkeyButton().click()
    await account().waitFor()
    assert.equal(page.url(), consoleUrl)
  })

  test('an application that policy allows opens, without another sign-in', async () => {
    const reply = await page.goto(at(hosts.wiki))
    assert.equal(reply?.status(), 200)
    assert.equal(page.url(), at(hosts.wiki))
    assert.equal(await page.getByRole('heading').innerText(), 'hello from wiki.localhost')
  })

  test('a refusal says why, and its decision arrives live in the console', async () => {
    const watching = await page.context().newPage()
    await watching.goto(`${consoleUrl}visibility/decisions?application=payroll`)
    await watching.getByText('Live', { exact: true }).waitFor()

    const reply = await page.goto(at(hosts.payroll))
    assert.equal(reply?.status(), 403)
    await page.getByRole('heading', { name: 'Access to Payroll is refused' }).waitFor()
    await page.getByText('Human resources may use payroll').waitFor()
    const id = reply?.headers()['countersign-decision'] ?? ''
    assert.match(id, /^dec_/)
    await page.getByText(id).waitFor()

    await watching.locator(`a[href="/visibility/decisions/${id}"]`).click()
    await watching.getByRole('heading', { level: 1, name: /Ada Lovelace.*Payroll/ }).waitFor()
    const particulars = watching.getByRole('complementary', { name: 'Particulars' })
    await particulars.getByText(id).waitFor()
    await watching.close()
  })

  test('a weak sign-in is taken through a step-up and back', async () => {
    // Ada becomes a persona as well, so that she can sign in without her passkey.
    await place.put(person('ada-lovelace', 'Ada Lovelace', ['administrators', 'personas']))
    await page.goto(consoleUrl)
    await signOut()
    await page.goto(at(hosts.vault))
    await page.getByRole('button', { name: /Ada Lovelace/ }).click()
    // She has just signed in, and it was too weak: she is told, rather than sent round in circles.
    await page.getByRole('heading', { name: 'Vault needs a fresh sign-in' }).waitFor()
    await page.getByRole('link', { name: 'Sign in again' }).click()
    await passkeyButton().click()
    await page.getByRole('heading', { name: 'hello from vault.localhost' }).waitFor()
    assert.equal(page.url(), at(hosts.vault))
  })

  test('signing out ends access at the applications too', async () => {
    await page.goto(at(hosts.wiki))
    await page.getByRole('heading', { name: 'hello from wiki.localhost' }).waitFor()
    await page.goto(consoleUrl)
    await signOut()
    await page.goto(at(hosts.wiki))
    await passkeyButton().waitFor()
    assert.equal(new URL(page.url()).origin, new URL(consoleUrl).origin)
  })

  test('no page broke on the way', () => {
    assert.deepEqual(faults, [])
  })

  async function signOut(): Promise<void> {
    await account().click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await passkeyButton().waitFor()
  }
})
