// Attacks through the browser of somebody else, and on the requests it carries.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { sessionCookie } from '@countersign/contract/session'
import * as openid from 'openid-client'
import { ClientFake, leftFor, redirectUri } from './client.fake.ts'
import { type Browser, confidential, Town } from './town.fake.ts'

let town: Town
let wiki: ClientFake
before(async () => {
  town = await Town.open()
  await town.application('wiki', confidential)
  await town.application('vault', { ...confidential, requirePar: true })
  wiki = await discovered('wiki')
})
after(() => town.close())

async function discovered(id: string) {
  return ClientFake.discover(town, id, openid.ClientSecretBasic(await town.secretOf(id)))
}

async function signedIn(): Promise<Browser> {
  const browser = town.browser()
  await browser.signIn('ada')
  return browser
}

/** The first redirect, which leads to the interaction. */
async function begin(browser: Browser): Promise<URL> {
  const { url } = await wiki.question()
  const response = await browser.ask(url)
  return new URL(response.headers.get('location') ?? '', town.origin)
}

describe('an interaction', () => {
  it('is of the browser that began it: session fixation', async () => {
    const mallory = town.browser()
    const interaction = await begin(mallory)
    assert.match(interaction.pathname, /^\/oidc\/interaction\//)
    const victim = await signedIn()
    const { page, left } = await victim.visit(interaction)
    assert.equal(left, undefined)
    assert.equal(page?.status, 400)
    assert.match((await page?.text()) ?? '', /was not begun here/)
    const resume = interaction.pathname.replace('interaction', 'authorize')
    assert.equal((await victim.visit(resume)).page?.status, 400)
    // And nothing that the victim did has signed Mallory on.
    const { left: signIn } = await mallory.visit(interaction)
    assert.equal(signIn?.pathname, '/signin')
  })

  it('leads nowhere but to our own sign-in page and back', async () => {
    const browser = town.browser()
    const { left } = await browser.visit(await begin(browser))
    assert.match(left?.searchParams.get('return') ?? '', /^\/oidc\/interaction\/[\w-]+$/)
  })

  it('sees a sign-in of somebody else as theirs', async () => {
    const browser = town.browser()
    const asked = await wiki.question()
    const { left: signIn } = await browser.visit(asked.url)
    await town.server.import({
      kind: 'person',
      document: { id: 'bo', name: 'Bo', class: 'employee', active: true, groups: [] },
    })
    await browser.signIn('bo')
    const answer = await leftFor(browser, signIn?.searchParams.get('return') ?? '')
    const tokens = await wiki.tokens(asked, answer)
    assert.equal(tokens.claims()?.sub, 'bo')
  })
})

describe('cookie tossing', () => {
  it('signs nobody on: the cookies of the library say nothing about who is there', async () => {
    const mallory = town.browser()
    await mallory.signIn('ada')
    await wiki.signOn(mallory)
    const victim = town.browser()
    for (const { name, value, path } of mallory.cookies) {
      if (name !== sessionCookie) victim.plant(name, value, path)
    }
    const none = await leftFor(victim, (await wiki.question({ prompt: 'none' })).url)
    assert.equal(none.searchParams.get('error'), 'login_required')
  })

  it('does not change who is signed on', async () => {
    const mallory = await signedIn()
    await wiki.signOn(mallory)
    await town.server.import({
      kind: 'person',
      document: { id: 'bo', name: 'Bo', class: 'employee', active: true, groups: [] },
    })
    const bo = town.browser()
    await bo.signIn('bo')
    for (const { name, value, path } of mallory.cookies) {
      if (name !== sessionCookie) bo.plant(name, value, path)
    }
    assert.equal((await wiki.signOn(bo)).claims()?.sub, 'bo')
  })
})

describe('a sign-out', () => {
  it('asks first, and says who asks: CSRF of logout', async () => {
    const browser = await signedIn()
    const tokens = await wiki.signOn(browser)
    const url = openid.buildEndSessionUrl(wiki.config, { id_token_hint: tokens.id_token ?? '' })
    const { page } = await browser.visit(url)
    assert.equal(page?.status, 200)
    const text = (await page?.text()) ?? ''
    assert.match(text, /Sign out everywhere\?/)
    assert.match(text, /wiki asks to sign you out/)
    // A page of another site can send the form, but not the word that stands in ours.
    for (const xsrf of ['', 'guessed']) {
      const forged = await browser.send('/oidc/sign-out/confirm', { xsrf, logout: 'yes' })
      assert.equal(forged.status, 400)
    }
    assert.ok(town.server.ledger.estate.get('session', browser.session ?? ''))
  })

  it('is not confirmed with the word of another browser', async () => {
    const mallory = await signedIn()
    const victim = await signedIn()
    await victim.visit('/oidc/sign-out')
    const { page } = await mallory.visit('/oidc/sign-out')
    const xsrf = /name="xsrf" value="(\w+)"/.exec((await page?.text()) ?? '')?.[1] ?? ''
    assert.notEqual(xsrf, '')
    const forged = await victim.send('/oidc/sign-out/confirm', { xsrf, logout: 'yes' })
    assert.equal(forged.status, 400)
  })
})

describe('a request object', () => {
  it('is refused by value, and by an address that we did not give out', async () => {
    const browser = await signedIn()
    const { url } = await wiki.question({ request: 'e30.e30.' })
    const byValue = await leftFor(browser, url)
    assert.equal(byValue.searchParams.get('error'), 'request_not_supported')
    for (const address of [
      'https://evil.example/request.jwt',
      'urn:ietf:params:oauth:request_uri:made-up',
      'http://169.254.169.254/latest/meta-data',
    ]) {
      const { url: asked } = await wiki.question({ request_uri: address })
      const { left, page } = await browser.visit(asked)
      assert.match(left?.searchParams.get('error') ?? String(page?.status), /request_uri|400/)
      assert.equal(left?.searchParams.get('code') ?? null, null)
    }
  })

  it('that was pushed is good once, and for the application that pushed it', async () => {
    const vault = await discovered('vault')
    const verifier = openid.randomPKCECodeVerifier()
    const url = await openid.buildAuthorizationUrlWithPAR(vault.config, {
      redirect_uri: redirectUri,
      scope: 'openid',
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    })
    const stolen = new URL(url)
    stolen.searchParams.set('client_id', 'wiki')
    const browser = await signedIn()
    const other = await browser.visit(stolen)
    assert.equal(other.left?.searchParams.get('code') ?? null, null)
    const answer = await leftFor(browser, url)
    const tokens = await openid.authorizationCodeGrant(vault.config, answer, {
      pkceCodeVerifier: verifier,
    })
    assert.equal(tokens.claims()?.sub, 'ada')
    const again = await browser.visit(url)
    assert.equal(again.left?.searchParams.get('code') ?? null, null)
  })

  it('must be pushed where the application registered so', async () => {
    const vault = await discovered('vault')
    const answer = await leftFor(await signedIn(), (await vault.question()).url)
    assert.equal(answer.searchParams.get('error'), 'invalid_request')
  })
})

describe('a page of an error', () => {
  const script = `"><script>alert(1)</script>'`

  it('shows what came from outside as text, and runs nothing', async () => {
    const browser = await signedIn()
    for (const more of [
      { client_id: script },
      { redirect_uri: `https://evil.example/${script}` },
      { response_mode: script },
      { state: script, redirect_uri: 'https://evil.example/' },
    ]) {
      const { url } = await wiki.question(more)
      const { page, left } = await browser.visit(url)
      if (left) {
        assert.equal(left.origin, 'https://wiki.example.org')
        continue
      }
      const text = (await page?.text()) ?? ''
      assert.ok(!text.includes('<script>alert'), JSON.stringify(more))
      const policy = page?.headers.get('content-security-policy') ?? ''
      assert.match(policy, /default-src 'none'/)
      assert.ok(!/unsafe/.test(policy))
    }
  })

  it('answers in no mode that an application could not have meant', async () => {
    const browser = await signedIn()
    for (const mode of ['fragment.jwt', 'web_message', 'javascript']) {
      const { url } = await wiki.question({ response_mode: mode })
      const answer = await leftFor(browser, url)
      assert.equal(answer.searchParams.get('code'), null)
      assert.match(answer.searchParams.get('error') ?? '', /unsupported_response_mode/)
    }
    const { url } = await wiki.question({ response_mode: 'form_post', state: script })
    const { page } = await browser.visit(url)
    const text = (await page?.text()) ?? ''
    assert.match(text, /action="https:\/\/wiki\.example\.org\/callback"/)
    assert.ok(!text.includes('<script>alert'))
  })
})
