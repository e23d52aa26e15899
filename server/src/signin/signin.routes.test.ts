import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, beforeEach, describe, test } from 'node:test'
import fastify from 'fastify'
import { signinApi } from '@countersign/contract/api/signin'
import { allRoutes } from '@countersign/contract/openapi'
import { flowMaxAgeSeconds, sessionCookie, tokenPattern } from '@countersign/contract/session'
import { bindRoutes } from '#http/bind.routes'
import { type Browser, consoleOrigin } from './browser.fake.ts'
import { House, refused } from './house.fake.ts'
import { sessionMaxAgeMs } from './session.ts'

let house: House
before(async () => {
  house = await House.open()
})
after(() => house.close())
beforeEach(() => house.clear())

const newFlow = () => randomBytes(32).toString('base64url')
const wiki = 'http://wiki.localhost:7400'

describe('a persona', () => {
  const invite = async () => {
    await house.addPerson('nurse', {
      name: 'Nia Reyes',
      title: 'Ward nurse',
      department: 'Cardiology',
      groups: ['personas'],
    })
    await house.addPerson('other', { groups: [] })
  }

  test('is offered in the demo, and only there', async () => {
    await invite()
    const offer = async () => (await house.browser().call(signinApi.offer, {})).body.personas
    assert.deepEqual(await offer(), [])
    house.restart({ demo: true })
    assert.deepEqual(await offer(), [
      {
        person: 'nurse',
        name: 'Nia Reyes',
        title: 'Ward nurse',
        story: 'Ward nurse, Cardiology',
      },
    ])
  })

  test('is one click away in the demo, weakly and at her own device', async () => {
    await invite()
    for (const id of ['laptop-2', 'laptop-1', 'phone-0']) {
      const owner = id === 'phone-0' ? 'other' : 'nurse'
      const platform = 'macos'
      await house.put({
        event: 'devices.device.put',
        kind: 'device',
        id,
        after: { id, name: id, owner, ownership: 'corporate', platform, facts: {} },
      })
    }
    house.restart({ demo: true })
    const browser = house.browser()
    await browser.becomePersona('nurse')
    const { person, device, authentication } = browser.session()
    assert.equal(person, 'nurse')
    assert.equal(device, 'laptop-1')
    assert.deepEqual(authentication, {
      method: 'persona',
      phishingResistant: false,
      observedAt: house.now,
      provenance: 'self-reported',
    })
  })

  test('is refused outside the demo', async () => {
    await invite()
    await refused(house.browser().becomePersona('nurse'), 'signin.personas_off')
  })

  test('is one of the personas: nobody else can be clicked', async () => {
    await invite()
    house.restart({ demo: true })
    await refused(house.browser().becomePersona('other'), 'signin.failed')
    await refused(house.browser().becomePersona('nobody'), 'signin.failed')
  })

  test('who has left is neither offered nor let in', async () => {
    await house.addPerson('nurse', { groups: ['personas'], active: false })
    house.restart({ demo: true })
    const { body } = await house.browser().call(signinApi.offer, {})
    assert.deepEqual(body.personas, [])
    await refused(house.browser().becomePersona('nurse'), 'signin.failed')
  })

  test('can be changed for another: the first session ends', async () => {
    await house.addPerson('a', { groups: ['personas'] })
    await house.addPerson('b', { groups: ['personas'] })
    house.restart({ demo: true })
    const browser = house.browser()
    await browser.becomePersona('a')
    const { id } = browser.session()
    await browser.becomePersona('b')
    assert.equal(browser.session().person, 'b')
    assert.equal(house.ledger.estate.get('session', id), undefined)
    assert.equal(house.ledger.estate.count('token'), 1)
  })
})

const carry = async (browser: Browser, to = `${wiki}/`) => {
  const flow = newFlow()
  const url = await browser.goOn(to, flow)
  return browser.redeem(url.searchParams.get('code') ?? '', url.hostname, flow)
}

describe('signing out', () => {
  test('ends the session at every host and clears the cookie', async () => {
    const ada = await house.resident('ada')
    await house.addApplication('wiki')
    await carry(ada)
    assert.equal(ada.subject('wiki.localhost').kind, 'person')
    const { cookies, body, sequence } = await ada.call(signinApi.signOut, { body: {} })
    assert.deepEqual(cookies, [[sessionCookie, '', 0]])
    assert.deepEqual(body, { next: '/signin' })
    assert.equal(sequence, house.ledger.sequence)
    assert.equal(ada.subject('wiki.localhost').kind, 'anonymous')
    assert.equal(house.ledger.estate.count('token'), 0)
    assert.equal(house.ledger.estate.count('session'), 0)
  })

  test('leaves the same person\u2019s other browser alone', async () => {
    const ada = await house.resident('ada')
    const cookie = ada.cookie() ?? ''
    ada.jar.clear()
    await ada.signIn()
    await ada.call(signinApi.signOut, { body: {} })
    ada.jar.set('countersign.localhost', cookie)
    assert.equal(ada.subject().kind, 'person')
  })

  test('is for those who are signed in', async () => {
    const stranger = house.browser()
    await refused(stranger.call(signinApi.signOut, { body: {} }), 'access.sign_in_required')
  })
})

describe('going on to the host that asked', () => {
  beforeEach(() => house.addApplication('wiki'))

  test('without a session leads over the sign-in page and back', async () => {
    const ada = await house.resident('ada')
    await ada.call(signinApi.signOut, { body: {} })
    const flow = newFlow()
    const signin = await ada.goOn(`${wiki}/page?q=1`, flow)
    assert.equal(signin.origin + signin.pathname, `${consoleOrigin}/signin`)
    const { body } = await ada.signIn({}, { returnTo: signin.searchParams.get('return') ?? '' })
    const next = new URL(body.next, consoleOrigin)
    assert.equal(next.pathname, '/signin/continue')
    assert.deepEqual(Object.fromEntries(next.searchParams), { return: `${wiki}/page?q=1`, flow })
    const there = await ada.goOn(next.searchParams.get('return') ?? '', flow)
    assert.equal(there.origin + there.pathname, `${wiki}/.countersign/callback`)
  })

  test('with a session carries a code of one minute and the path wanted there, and nothing else', async () => {
    const ada = await house.resident('ada')
    const url = await ada.goOn(`${wiki}/page?q=1`, newFlow())
    assert.deepEqual([...url.searchParams.keys()], ['code', 'return'])
    assert.equal(url.searchParams.get('return'), '/page?q=1')
    assert.match(url.searchParams.get('code') ?? '', tokenPattern)
  })

  test('to the console itself needs no code', async () => {
    const ada = await house.resident('ada')
    const url = await ada.goOn(`${consoleOrigin}/decisions?verdict=deny`, newFlow())
    assert.equal(url.href, `${consoleOrigin}/decisions?verdict=deny`)
  })

  test('leads to no host that we do not serve, signed in or not', async () => {
    const ada = await house.resident('ada')
    const wanted = ['https://evil.example/', 'http://evil.localhost:7400/', '//evil.example/']
    for (const browser of [ada, house.browser()]) {
      for (const url of wanted) await refused(browser.goOn(url, newFlow()), 'signin.return_refused')
    }
  })

  test('after the session ended asks to sign in', async () => {
    const ada = await house.resident('ada')
    house.pass(sessionMaxAgeMs)
    assert.equal((await ada.goOn(`${wiki}/`, newFlow())).pathname, '/signin')
  })

  test('of someone who has left asks to sign in', async () => {
    const ada = await house.resident('ada')
    await house.addPerson('ada', { active: false })
    assert.equal((await ada.goOn(`${wiki}/`, newFlow())).pathname, '/signin')
  })
})

describe('a fresh sign-in', () => {
  beforeEach(() => house.addApplication('wiki'))

  test('is asked for though there is a session, once', async () => {
    const ada = await house.resident('ada')
    house.pass(1)
    const flow = newFlow()
    const signin = await ada.goOn(`${wiki}/`, flow, '1')
    assert.equal(signin.pathname, '/signin')
    const back = new URL(signin.searchParams.get('return') ?? '', consoleOrigin)
    assert.equal(back.searchParams.get('fresh'), '1')
    house.pass(20_000)
    await ada.signIn()
    house.pass(200)
    const there = await ada.goOn(`${wiki}/`, flow, '1')
    assert.equal(there.pathname, '/.countersign/callback')
  })

  test('is not asked for twice where there was no session at all', async () => {
    const ada = await house.resident('ada')
    await ada.call(signinApi.signOut, { body: {} })
    const flow = newFlow()
    assert.equal((await ada.goOn(`${wiki}/`, flow, '1')).pathname, '/signin')
    house.pass(20_000)
    await ada.signIn()
    house.pass(200)
    assert.equal((await ada.goOn(`${wiki}/`, flow, '1')).pathname, '/.countersign/callback')
  })

  test('is asked for again by each new question', async () => {
    const ada = await house.resident('ada')
    house.pass(1)
    assert.equal((await ada.goOn(`${wiki}/`, newFlow(), '1')).pathname, '/signin')
    await ada.signIn()
    house.pass(1)
    assert.equal((await ada.goOn(`${wiki}/`, newFlow(), '1')).pathname, '/signin')
  })

  test('cannot be put off: without it the question stays open', async () => {
    const ada = await house.resident('ada')
    house.pass(1)
    const flow = newFlow()
    for (let times = 0; times < 3; times++) {
      assert.equal((await ada.goOn(`${wiki}/`, flow, '1')).pathname, '/signin')
      house.pass(30_000)
    }
  })

  test('does not count for a question that was asked too long ago', async () => {
    const ada = await house.resident('ada')
    house.pass(1)
    const flow = newFlow()
    await ada.goOn(`${wiki}/`, flow, '1')
    house.pass(1)
    await ada.signIn()
    house.pass(flowMaxAgeSeconds * 1000)
    assert.equal((await ada.goOn(`${wiki}/`, flow, '1')).pathname, '/signin')
  })

  test('in another tab counts as well', async () => {
    const ada = await house.resident('ada')
    house.pass(1)
    const [one, two] = [newFlow(), newFlow()]
    await ada.goOn(`${wiki}/`, one, '1')
    await ada.goOn(`${wiki}/`, two, '1')
    house.pass(5_000)
    await ada.signIn()
    for (const flow of [one, two]) {
      assert.equal((await ada.goOn(`${wiki}/`, flow, '1')).pathname, '/.countersign/callback')
    }
  })
})

describe('over HTTP', () => {
  const answer = async (
    browser: Browser,
    path: string,
    payload: object,
    more: { readonly method?: 'GET' | 'POST'; readonly headers?: Record<string, string> } = {},
  ) => {
    const app = fastify()
    app.decorateRequest('receivedAt', 0)
    app.decorateRequest('caller')
    const elsewhere = allRoutes().map(({ route }) => ({ route, answer: async () => ({}) }))
    bindRoutes(app, {
      implementations: [...elsewhere, ...house.implementations],
      identify: async () => browser.caller(),
      permit: {
        estate: house.ledger.estate,
        ids: house.dependencies,
        keep: async () => {},
        consoleHost: 'countersign.localhost',
        clockNs: () => 0n,
      },
      now: () => house.now,
      ownOrigin: consoleOrigin,
      stopping: new AbortController().signal,
      withoutCaller: new Set(),
    })
    const { statusCode, headers } = await app.inject({
      method: 'POST',
      url: path,
      payload,
      ...more,
    })
    await app.close()
    return { statusCode, cookie: String(headers['set-cookie']) }
  }

  test('the cookie is for one host, over a secure way, and no script reads it', async () => {
    await house.addPerson('nurse', { groups: ['personas'] })
    house.restart({ demo: true })
    const path = signinApi.persona.path
    const { statusCode, cookie } = await answer(house.browser(), path, { person: 'nurse' })
    assert.equal(statusCode, 200)
    assert.match(
      cookie,
      /^__Host-countersign=[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; Secure; SameSite=Lax$/,
    )
  })

  const elsewhere = [
    ['a page of another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['a page of a sibling host', { origin: 'http://wiki.localhost:7400' }],
    ['a page that hides where it is', { origin: 'null' }],
  ] as const

  for (const [name, headers] of elsewhere) {
    test(`CSRF of logout: ${name} signs nobody out`, async () => {
      const ada = await house.resident('ada')
      const { statusCode } = await answer(ada, signinApi.signOut.path, {}, { headers })
      assert.equal(statusCode, 403)
      assert.equal(ada.subject().kind, 'person')
    })

    test(`CSRF of login: ${name} signs nobody in`, async () => {
      await house.addPerson('nurse', { groups: ['personas'] })
      house.restart({ demo: true })
      const browser = house.browser()
      const path = signinApi.persona.path
      const { statusCode, cookie } = await answer(browser, path, { person: 'nurse' }, { headers })
      assert.equal(statusCode, 403)
      assert.equal(cookie, 'undefined')
      assert.equal(house.ledger.estate.count('session'), 0)
    })
  }

  test('CSRF of logout: a link or an image signs nobody out', async () => {
    const ada = await house.resident('ada')
    const { statusCode } = await answer(ada, signinApi.signOut.path, {}, { method: 'GET' })
    assert.equal(statusCode, 404)
    assert.equal(ada.subject().kind, 'person')
  })

  test('signing out empties it', async () => {
    const ada = await house.resident('ada')
    const { cookie } = await answer(ada, signinApi.signOut.path, {})
    assert.equal(cookie, '__Host-countersign=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax')
  })
})
