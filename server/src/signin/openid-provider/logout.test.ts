import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { signOnApi } from '@countersign/contract/api/sign-on'
import { sessionCookie } from '@countersign/contract/session'
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose'
import * as openid from 'openid-client'
import { House } from '#signin/house.fake'
import { keepSignedOn, signedOnOf } from '#signin/sign-ons.store'
import { ClientFake, leftFor } from './client.fake.ts'
import { tellEnded } from './session-ends.job.ts'
import { type Browser, confidential, Town } from './town.fake.ts'

/** An application that listens for word of sessions that have ended. */
class Listening {
  readonly words: URLSearchParams[] = []
  readonly server: Server
  #heard: (() => void) | undefined

  constructor() {
    this.server = createServer((request, response) => {
      let body = ''
      request.setEncoding('utf8').on('data', (part: string) => (body += part))
      request.on('end', () => {
        this.words.push(new URLSearchParams(body))
        response.writeHead(200).end()
        this.#heard?.()
      })
    })
  }

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/ended`
  }

  async heard(count: number): Promise<void> {
    while (this.words.length < count) {
      await new Promise<void>((resolve) => (this.#heard = resolve))
    }
  }
}

let town: Town
let wiki: ClientFake
const listening = new Listening()
before(async () => {
  town = await Town.open()
  const backchannelLogoutUri = await listening.open()
  await town.application('wiki', { ...confidential, backchannelLogoutUri })
  await town.application('vault', { ...confidential, backchannelLogoutUri })
  wiki = await discovered('wiki')
})
after(async () => {
  listening.server.close()
  await town.close()
})

async function discovered(id: string): Promise<ClientFake> {
  return ClientFake.discover(town, id, openid.ClientSecretBasic(await town.secretOf(id)))
}

async function signedIn(): Promise<Browser> {
  const browser = town.browser()
  await browser.signIn('ada')
  return browser
}

/** Confirms what the page asks; `logout` is the button that signs out. */
async function confirm(browser: Browser, page: Response | undefined, logout = true) {
  const text = (await page?.text()) ?? ''
  const xsrf = /name="xsrf" value="(\w+)"/.exec(text)?.[1] ?? ''
  const answer = await browser.send('/oidc/sign-out/confirm', {
    xsrf,
    ...(logout ? { logout: 'yes' } : {}),
  })
  return new URL(answer.headers.get('location') ?? '', town.origin)
}

const bye = 'https://wiki.example.org/bye'

describe('a person who signs out from an application', () => {
  it('is signed out here and everywhere, once they have confirmed it, and goes back', async () => {
    const browser = await signedIn()
    const { session } = browser
    const tokens = await wiki.signOn(browser)
    const url = openid.buildEndSessionUrl(wiki.config, {
      id_token_hint: tokens.id_token ?? '',
      post_logout_redirect_uri: bye,
      state: 's t',
    })
    const { page } = await browser.visit(url)
    const left = await confirm(browser, page)
    assert.equal(left.origin + left.pathname, bye)
    assert.equal(left.searchParams.get('state'), 's t')
    assert.equal(town.server.ledger.estate.get('session', session ?? ''), undefined)
    assert.ok(browser.cookies.every(({ name }) => name !== sessionCookie))
    const again = await leftFor(browser, (await wiki.question({ prompt: 'none' })).url)
    assert.equal(again.searchParams.get('error'), 'login_required')
    await assert.rejects(openid.refreshTokenGrant(wiki.config, tokens.refresh_token ?? ''))
  })

  it('may ask with a form, and with no hint at all', async () => {
    const browser = await signedIn()
    const asked = await browser.send('/oidc/sign-out', { client_id: 'wiki' })
    assert.equal(asked.status, 303)
    const { page } = await browser.visit(asked.headers.get('location') ?? '')
    const left = await confirm(browser, page)
    assert.equal(left.pathname, '/oidc/sign-out/success')
    const { page: done } = await browser.visit(left)
    assert.match((await done?.text()) ?? '', /You are signed out/)
  })

  it('stays signed in where they say so', async () => {
    const browser = await signedIn()
    await wiki.signOn(browser)
    const { page } = await browser.visit('/oidc/sign-out?client_id=wiki')
    await confirm(browser, page, false)
    assert.ok(town.server.ledger.estate.get('session', browser.session ?? ''))
  })

  it('goes nowhere that is not registered, and not without saying for which application', async () => {
    const browser = await signedIn()
    const tokens = await wiki.signOn(browser)
    for (const query of [
      { id_token_hint: tokens.id_token ?? '', post_logout_redirect_uri: `${bye}/` },
      { client_id: 'wiki', post_logout_redirect_uri: 'https://evil.example/' },
      { id_token_hint: tokens.id_token ?? '', client_id: 'vault' },
      { id_token_hint: `${tokens.id_token?.slice(0, -4)}AAAA` },
    ]) {
      const url = `/oidc/sign-out?${new URLSearchParams(query as Record<string, string>).toString()}`
      const { page, left } = await browser.visit(url)
      assert.equal(left, undefined)
      assert.equal(page?.status, 400, JSON.stringify(query))
    }
    const alone = `/oidc/sign-out?${new URLSearchParams({ post_logout_redirect_uri: bye }).toString()}`
    const { page } = await browser.visit(alone)
    assert.equal((await confirm(browser, page)).pathname, '/oidc/sign-out/success')
  })

  it('may be signed out already', async () => {
    const browser = await signedIn()
    const tokens = await wiki.signOn(browser)
    await town.endSession(browser.session ?? '')
    const url = openid.buildEndSessionUrl(wiki.config, {
      id_token_hint: tokens.id_token ?? '',
      post_logout_redirect_uri: bye,
    })
    const { page } = await browser.visit(url)
    assert.equal((await confirm(browser, page)).href, bye)
  })
})

describe('when a session ends', () => {
  it('every application that it was signed on to is told, whoever ended it', async () => {
    const browser = await signedIn()
    const { session = '' } = browser
    const vault = await discovered('vault')
    const tokens = [await wiki.signOn(browser), await vault.signOn(browser)]
    const sids = tokens.map((it) => it.claims()?.['sid'])
    assert.equal(new Set(sids).size, 2)
    const shown = await town.server.client.call(signOnApi.signOn, {
      params: { application: 'vault' },
    })
    assert.equal(shown.signedOn, 1)
    await town.endSession(session)
    const keys = createRemoteJWKSet(new URL(wiki.config.serverMetadata().jwks_uri ?? ''))
    const told: JWTPayload[] = []
    // Word of the sessions of other tests comes here too.
    for (let count = 1; told.length < 2; count++) {
      await listening.heard(count)
      const { payload } = await jwtVerify(
        listening.words[count - 1]?.get('logout_token') ?? '',
        keys,
        { issuer: `${town.origin}/oidc`, typ: 'logout+jwt' },
      )
      if (sids.some((sid) => sid === payload['sid'])) told.push(payload)
    }
    assert.deepEqual(new Set(told.map(({ aud }) => aud)), new Set(['vault', 'wiki']))
    assert.deepEqual(new Set(told.map(({ sid }) => sid)), new Set(sids))
    for (const { sub, jti, nonce, events } of told) {
      assert.equal(sub, 'ada')
      assert.ok(jti)
      assert.equal(nonce, undefined)
      assert.deepEqual(events, { 'http://schemas.openid.net/event/backchannel-logout': {} })
    }
  })
})

describe('an account that is switched off', () => {
  it('has its applications told, though its session was ended by nobody', async () => {
    const heard = listening.words.length
    const browser = await signedIn()
    const tokens = await wiki.signOn(browser)
    await town.setActive('ada', false)
    const sid = tokens.claims()?.['sid']
    for (let count = heard + 1; ; count++) {
      await listening.heard(count)
      const [, claims = ''] = (listening.words[count - 1]?.get('logout_token') ?? '').split('.')
      const told = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { sid?: unknown }
      if (told.sid === sid) break
    }
    await town.setActive('ada', true)
  })
})

describe('an application that does not answer', () => {
  it('is told again later, each time later, and that it never heard is recorded', async () => {
    const house = await House.open()
    try {
      const { store, ledger } = house
      const signedOn = {
        session: 'ses_gone',
        application: 'wiki',
        protocol: 'oidc',
        person: 'ada',
        sid: 's',
        scope: 'openid',
        address: '192.0.2.7',
        at: house.now,
      } as const
      await keepSignedOn(store.db, signedOn)
      let tries = 0
      const options = {
        ...house.dependencies,
        tellOf: async () => {
          tries++
          throw new Error('nobody is there')
        },
      }
      for (let round = 0; round < 8; round++) {
        await tellEnded(options)
        assert.equal(await tellEnded(options), 0)
        house.now += 10 * 60_000 + 1
      }
      assert.equal(tries, 8)
      assert.equal(await tellEnded(options), 0)
      assert.deepEqual(await signedOnOf(store.db, 'ses_gone'), [])
      const { event } = await store.db
        .selectFrom('journal')
        .select('event')
        .orderBy('sequence', 'desc')
        .limit(1)
        .executeTakeFirstOrThrow()
      assert.equal(event, 'applications.sign-on.unreachable')
      assert.ok(ledger.sequence > 0)
    } finally {
      await house.close()
    }
  })
})
