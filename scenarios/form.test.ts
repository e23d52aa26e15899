// A form that was filled in for too long: the sign-in has grown old meanwhile, and what was typed is
// not lost. In a real browser, with a passkey of its own.
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import { type Browser, type BrowserContext, type Page } from 'playwright-core'
import { after, before, describe, test } from 'node:test'
import type { UpEvent } from '@countersign/cli/fakes/installation.process'
import { addPasskeyDevice, launchChromium, type PasskeyDevice } from '../test/chromium.ts'
import { lacking } from '../test/parts.ts'
import { hosts, person } from './organisation.ts'
import { newPlace, type Place, storySettings } from './place.fake.ts'

/** For one thing to happen in the browser, on a machine that does much else. */
const stepTimeoutMs = 20_000
const typed = 'Ada’s order: 2 × "tea" <b>&amp;\r\nsecond line'

describe(
  'a form that meets a step-up',
  { skip: await lacking('chromium'), timeout: 240_000 },
  () => {
    let place: Place
    let browser: Browser
    let context: BrowserContext
    let page: Page
    let passkeys: Awaited<ReturnType<PasskeyDevice['passkeys']>> = []
    let orders: Server
    const received: { readonly type: string; readonly body: string; readonly origin: string }[] = []

    before(async () => {
      orders = createServer((request, response) => {
        const parts: Buffer[] = []
        request.on('data', (part: Buffer) => parts.push(part))
        request.on('end', () => {
          response.setHeader('content-type', 'text/html; charset=utf-8')
          if (request.method === 'POST') {
            const { 'content-type': type = '', origin = '' } = request.headers
            received.push({ type, body: Buffer.concat(parts).toString(), origin })
            response.end('<h1>ordered</h1>')
          } else response.end(orderForm)
        })
      })
      await new Promise<void>((resolve) => orders.listen(0, '127.0.0.1', resolve))
      const address = orders.address()
      const port = typeof address === 'object' && address ? address.port : 0
      place = await newPlace()
      const up = place.installation.up(storySettings)
      const started = up.event(({ event }: UpEvent) => event === 'ready')
      browser = await launchChromium()
      const ready = await started
      await place.furnish()
      await place.put({
        kind: 'application',
        document: {
          id: 'vault',
          name: 'Vault',
          tier: 0,
          hosts: [hosts.vault],
          upstream: `http://127.0.0.1:${port}`,
          kind: 'web',
          groups: [],
        },
      })
      context = await browser.newContext()
      context.setDefaultTimeout(stepTimeoutMs)
      page = await context.newPage()
      const device = await addPasskeyDevice(page)
      await page.goto((ready['setup'] as { readonly url: string }).url)
      await page.getByLabel('Your name').fill('Ada Lovelace')
      await page.getByRole('button', { name: 'Create my passkey' }).click()
      await page.getByRole('button', { name: 'Account of Ada Lovelace' }).first().waitFor()
      passkeys = await device.passkeys()
      await place.put(person('ada-lovelace', 'Ada Lovelace', ['administrators', 'personas']))
    })
    after(async () => {
      await browser?.close()
      await place?.[Symbol.asyncDispose]()
      orders?.closeAllConnections()
      orders?.close()
    })

    for (const packing of ['application/x-www-form-urlencoded', 'multipart/form-data']) {
      test(`is sent again after the sign-in, and arrives once as it was typed: ${packing}`, async () => {
        received.length = 0
        await page.goto(at('/orders'))
        await page.getByRole('button', { name: packing }).waitFor()
        await page.getByLabel('Order').fill(typed)
        await weaken()
        await page.getByRole('button', { name: packing }).click()
        await page.getByRole('heading', { name: 'Vault needs a fresh sign-in' }).waitFor()
        assert.equal(received.length, 0)

        const opened = context.waitForEvent('page')
        await page.getByRole('link', { name: 'Sign in, in a new tab' }).click()
        const tab = await opened
        const inTab = await addPasskeyDevice(tab)
        await inTab.hold(passkeys)
        await tab.getByRole('button', { name: 'Sign in with a passkey' }).click()
        await tab.getByRole('heading', { name: 'You are signed in' }).waitFor()
        // A passkey counts how often it was used, and one that counts back is refused.
        passkeys = await inTab.passkeys()
        await tab.close()

        await page.getByRole('button', { name: 'Send again' }).click()
        await page.getByRole('heading', { name: 'ordered' }).waitFor()
        assert.equal(received.length, 1)
        const [order] = received
        assert.ok(order)
        assert.equal(order.origin, at('').slice(0, -1))
        assert.equal(order.type.split(';')[0], packing)
        const form = await new Response(order.body, {
          headers: { 'content-type': order.type },
        }).formData()
        assert.deepEqual([...form].slice(0, 3), [
          ['token', 't"1'],
          ['order', typed],
          ['send', packing],
        ])
        if (packing !== 'multipart/form-data') {
          assert.equal(
            order.body,
            new URLSearchParams([
              ['token', 't"1'],
              ['order', typed],
              ['send', packing],
            ]).toString(),
          )
        }
      })
    }

    function at(path: string): string {
      return `http://${hosts.vault}:${place.installation.ports.gateway}/${path.slice(1)}`
    }

    /** In another tab of this browser, Ada takes up a session that the vault finds too weak. */
    async function weaken(): Promise<void> {
      const tab = await context.newPage()
      await tab.goto(`http://countersign.localhost:${place.installation.ports.gateway}/`)
      await tab.getByRole('button', { name: 'Account of Ada Lovelace' }).first().click()
      await tab.getByRole('menuitem', { name: 'Sign out' }).click()
      await tab.getByRole('button', { name: 'Sign in with a passkey' }).waitFor()
      await tab.goto(at('/orders'))
      await tab.getByRole('button', { name: /Ada Lovelace/ }).click()
      await tab.getByRole('heading', { name: 'Vault needs a fresh sign-in' }).waitFor()
      await tab.close()
    }
  },
)

const orderForm = `<!doctype html><title>Orders</title>
<form method="post">
<input type="hidden" name="token" value="t&quot;1">
<label>Order <textarea name="order"></textarea></label>
<button name="send" value="application/x-www-form-urlencoded">application/x-www-form-urlencoded</button>
<button name="send" value="multipart/form-data" formenctype="multipart/form-data">multipart/form-data</button>
</form>`
