// The browser harness itself: everything that later tests take for granted about the browser.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { after, before, describe, test } from 'node:test'

import type { Browser, Page } from 'playwright-core'

import { addPasskeyDevice, launchChromium } from './chromium.ts'
import { lacking } from './parts.ts'

describe('the Chromium of the tests', { skip: await lacking('chromium') }, () => {
  let browser: Browser
  let server: Server
  let port: number
  const requests: IncomingMessage[] = []

  before(async () => {
    server = createServer((request, response) => {
      requests.push(request)
      response.setHeader('set-cookie', '__Host-s=1; Path=/; Secure; HttpOnly; SameSite=Lax')
      response.setHeader('content-type', 'text/html')
      response.end('<title>page</title>')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    assert.ok(address !== null && typeof address === 'object')
    port = address.port
    browser = await launchChromium()
  })

  after(async () => {
    await browser?.close()
    server.closeAllConnections()
    server.close()
  })

  async function pageAt(host: string): Promise<Page> {
    const page = await browser.newPage()
    await page.goto(`http://${host}:${port}/`)
    return page
  }

  test('several hosts below localhost reach the loopback interface', async () => {
    for (const host of ['localhost', 'countersign.localhost', 'wiki.countersign.localhost']) {
      const page = await pageAt(host)
      assert.equal(await page.title(), 'page')
      assert.equal(requests.at(-1)?.headers.host?.split(':')[0], host)
      await page.close()
    }
  })

  test('a name outside localhost does not resolve', async () => {
    const page = await browser.newPage()
    await assert.rejects(page.goto('http://example.com/'), /ERR_NAME_NOT_RESOLVED/)
    await page.close()
  })

  test('a __Host- cookie set over http on a host below localhost comes back', async () => {
    const page = await pageAt('countersign.localhost')
    await page.reload()
    assert.match(requests.at(-1)?.headers.cookie ?? '', /__Host-s=1/)
    await page.close()
  })

  test('a __Host- cookie stays with its host', async () => {
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(`http://countersign.localhost:${port}/`)
    await page.goto(`http://wiki.countersign.localhost:${port}/`)
    assert.equal(requests.at(-1)?.headers.cookie, undefined)
    await context.close()
  })

  test('a passkey made on a page signs in on another page that was given it', async () => {
    const first = await pageAt('countersign.localhost')
    const device = await addPasskeyDevice(first)
    assert.equal(await first.evaluate(createPasskey), 'public-key')
    const passkeys = await device.passkeys()
    assert.equal(passkeys.length, 1)
    assert.equal(passkeys[0]?.rpId, 'countersign.localhost')
    const second = await pageAt('countersign.localhost')
    const other = await addPasskeyDevice(second)
    await other.hold(passkeys)
    assert.equal(await second.evaluate(usePasskey), passkeys[0]?.credentialId)
    await first.close()
    await second.close()
  })

  test('a person who fails verification gets no passkey', async () => {
    const page = await pageAt('countersign.localhost')
    const device = await addPasskeyDevice(page)
    await device.verifyPerson(false)
    assert.equal(await page.evaluate(createPasskey), 'NotAllowedError')
    await page.close()
  })

  test('the same-origin policy holds', async () => {
    const page = await pageAt('countersign.localhost')
    const other = `http://wiki.countersign.localhost:${port}/`
    const read = await page.evaluate(
      (url) =>
        fetch(url).then(
          () => 'read',
          () => 'refused',
        ),
      other,
    )
    assert.equal(read, 'refused')
    await page.close()
  })
})

// Strings, because these run in the page: its types are not those of Node.
const createPasskey = `
  navigator.credentials.create({ publicKey: {
    challenge: new Uint8Array(32),
    rp: { id: 'countersign.localhost', name: 'Countersign' },
    user: { id: new Uint8Array([1]), name: 'ada', displayName: 'Ada' },
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    timeout: 2000,
  } }).then((made) => made.type, (error) => error.name)`

const usePasskey = `
  navigator.credentials.get({ publicKey: {
    challenge: new Uint8Array(32),
    rpId: 'countersign.localhost',
    userVerification: 'required',
    timeout: 2000,
  } }).then((used) => btoa(String.fromCharCode(...new Uint8Array(used.rawId))), (error) => error.name)`
