import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, beforeEach, describe, test } from 'node:test'
import { factorsApi } from '@countersign/contract/api/factors'
import { signinApi } from '@countersign/contract/api/signin'
import { signinFactorsApi } from '@countersign/contract/api/signin-factors'
import { type Authentication, strengths } from '@countersign/contract/documents'
import { Secret } from '@countersign/contract/secret'
import fc from 'fast-check'
import { Secret as OtpSecret, TOTP } from 'otpauth'
import { reseal } from '#feed/reseal.store'
import { otpLimits } from '#signin/attempts'
import type { Browser } from '#signin/browser.fake'
import { House, refused } from '#signin/house.fake'
import { sessionMaxAgeMs } from '#signin/session'
import { StoreFault } from '#store/fault'
import { browserCookie, browserMark, browserMaxAgeSeconds, isKnownTo } from './known-browser.ts'
import { freshMaxAgeMs } from './may-change.ts'
import { readOtpKey } from './otp-key.store.ts'
import { newOtpKey, otpInvitation, stepOf } from './totp.ts'

let house: House
before(async () => {
  house = await House.open()
})
after(() => house.close())
beforeEach(async () => {
  await house.clear()
  const group = { id: 'travellers', name: 'travellers', groups: [] }
  await house.put({ event: 'identity.group.put', kind: 'group', id: 'travellers', after: group })
  await allow('travellers')
})

const stepMs = 30_000
const allow = (...otpGroups: string[]) =>
  house.call(factorsApi.setFactorsPolicy, { kind: 'operator' }, { body: { otpGroups } })
const traveller = (id = 'ada') => house.resident(id, { groups: ['travellers'] })
const appOf = (key: string) => new TOTP({ secret: OtpSecret.fromBase32(key) })
const codeOf = (app: TOTP, at = house.now) => app.generate({ timestamp: at })
const wrong = (app: TOTP) => String((Number(codeOf(app)) + 500_000) % 1_000_000).padStart(6, '0')
const enter = (browser: Browser, code: string) =>
  browser.call(signinFactorsApi.otp, { body: { code } })
const confirm = (browser: Browser, code: string) =>
  browser.call(factorsApi.confirmOtp, { body: { code } })

/** Sets codes up; the step of the first one is used by it. */
async function setUp(browser: Browser): Promise<TOTP> {
  const app = appOf((await browser.call(factorsApi.beginOtp, { body: {} })).body.key)
  await confirm(browser, codeOf(app))
  house.pass(stepMs)
  return app
}

const withPassword = (person: string, method?: Authentication['method']) =>
  house.withPassword(person, method)

describe('codes from an app', () => {
  test('raise a sign-in with a password to two factors that can still be phished', async () => {
    const app = await setUp(await traveller())
    const hotel = await withPassword('ada')
    const cookie = hotel.cookie()
    await enter(hotel, codeOf(app))
    assert.notEqual(hotel.cookie(), cookie)
    const { authentication } = hotel.session()
    assert.deepEqual(authentication, {
      method: 'otp',
      phishingResistant: false,
      observedAt: house.now,
      provenance: 'reported',
      provider: 'meridian',
    })
    assert.equal(strengths[authentication.method], 2)
  })

  test('are offered on the sign-in page to whoever is there with a password and has set them up, and to nobody else', async () => {
    const isOffered = async (browser: Browser) =>
      (await browser.call(signinApi.offer, {})).body.appCode
    const ada = await traveller()
    await traveller('bob')
    const before = await withPassword('ada')
    assert.equal(await isOffered(before), false)
    const app = await setUp(ada)
    assert.equal(await isOffered(before), true)
    for (const other of [house.browser(), ada, await withPassword('bob')]) {
      assert.equal(await isOffered(other), false)
    }
    await enter(before, codeOf(app))
    assert.equal(await isOffered(before), false)
    const late = await withPassword('ada')
    await allow()
    assert.equal(await isOffered(late), false)
    await allow('travellers')
    house.pass(sessionMaxAgeMs - 60_000)
    assert.equal(await isOffered(late), false)
  })

  test('are no sign-in by themselves', async () => {
    const app = await setUp(await traveller())
    await refused(enter(house.browser(), codeOf(app)), 'access.sign_in_required')
  })

  test('weaken no stronger sign-in, and make nothing of a recovery code or of one code a second', async () => {
    const ada = await traveller()
    const app = await setUp(ada)
    await refused(enter(ada, codeOf(app)), 'request.conflict')
    for (const method of ['recovery-code', 'otp', 'persona'] as const) {
      await refused(enter(await withPassword('ada', method), codeOf(app)), 'request.conflict')
    }
  })

  test('do not prolong a session: near its end the password comes first', async () => {
    const app = await setUp(await traveller())
    const hotel = await withPassword('ada')
    house.pass(sessionMaxAgeMs - 60_000)
    await refused(enter(hotel, codeOf(app)), 'access.sign_in_required')
  })

  test('add to a password of the last quarter of an hour, and to no older one', async () => {
    const app = await setUp(await traveller())
    const hotel = await withPassword('ada')
    const minuteMs = 60_000
    house.pass(15 * minuteMs + 1)
    await refused(enter(hotel, codeOf(app)), 'access.sign_in_required')
  })

  test('work once, whoever presents them again', async () => {
    const app = await setUp(await traveller())
    const code = codeOf(app)
    await enter(await withPassword('ada'), code)
    await refused(enter(await withPassword('ada'), code), 'identity.code_refused')
  })

  test('work in one of two browsers that present the same one at once', async () => {
    const app = await setUp(await traveller())
    const browsers = [await withPassword('ada'), await withPassword('ada')]
    const results = await Promise.allSettled(browsers.map((it) => enter(it, codeOf(app))))
    assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  })

  test('may be one step off, and no earlier one counts after a later one', async () => {
    const app = await setUp(await traveller())
    house.pass(10 * stepMs)
    const [before, now, next] = [-1, 0, 1].map((steps) => codeOf(app, house.now + steps * stepMs))
    for (const steps of [-2, 2]) {
      const code = codeOf(app, house.now + steps * stepMs)
      await refused(enter(await withPassword('ada'), code), 'identity.code_refused')
    }
    await enter(await withPassword('ada'), before ?? '')
    await enter(await withPassword('ada'), next ?? '')
    await refused(enter(await withPassword('ada'), now ?? ''), 'identity.code_refused')
  })

  test('are off until an administrator allows them to a group, and off again when that ends', async () => {
    const ada = await traveller()
    await allow()
    await refused(ada.call(factorsApi.beginOtp, { body: {} }), 'identity.otp_off')
    await allow('travellers')
    const app = await setUp(ada)
    const bob = await house.resident('bob')
    await refused(bob.call(factorsApi.beginOtp, { body: {} }), 'identity.otp_off')
    await allow()
    await refused(enter(await withPassword('ada'), codeOf(app)), 'identity.otp_off')
  })

  test('are set up and taken away only after a strong sign-in within the hour', async () => {
    const ada = await traveller()
    const weak = await withPassword('ada')
    await refused(weak.call(factorsApi.beginOtp, { body: {} }), 'access.step_up_required')
    house.pass(freshMaxAgeMs + 1)
    await refused(ada.call(factorsApi.beginOtp, { body: {} }), 'access.step_up_required')
    await ada.signIn()
    const app = await setUp(ada)
    const raised = await withPassword('ada')
    await enter(raised, codeOf(app))
    await refused(raised.call(factorsApi.removeOtp, {}), 'access.step_up_required')
    await ada.call(factorsApi.removeOtp, {})
    house.pass(stepMs)
    await refused(enter(await withPassword('ada'), codeOf(app)), 'identity.code_refused')
    assert.equal((await ada.call(factorsApi.myFactors, {})).body.otp.setAt, undefined)
  })

  test('count for nothing before the first one was entered, and the key waits a quarter of an hour', async () => {
    const ada = await traveller()
    const app = appOf((await ada.call(factorsApi.beginOtp, { body: {} })).body.key)
    await refused(enter(await withPassword('ada'), codeOf(app)), 'identity.code_refused')
    await refused(confirm(ada, wrong(app)), 'identity.code_refused')
    house.pass(15 * 60_000 + 1)
    await refused(confirm(ada, codeOf(app)), 'request.conflict')
  })

  test('of an old key stop when a new one is confirmed, and not while it only waits', async () => {
    const ada = await traveller()
    const old = await setUp(ada)
    const fresh = appOf((await ada.call(factorsApi.beginOtp, { body: {} })).body.key)
    await enter(await withPassword('ada'), codeOf(old))
    house.pass(stepMs)
    await confirm(ada, codeOf(fresh))
    house.pass(stepMs)
    await refused(enter(await withPassword('ada'), codeOf(old)), 'identity.code_refused')
    await enter(await withPassword('ada'), codeOf(fresh))
  })
})

describe('guessing codes', () => {
  test('is stopped after a few tries, from however many addresses', async () => {
    const app = await setUp(await traveller())
    for (let count = 0; count < otpLimits.burst; count++) {
      const eve = await withPassword('ada')
      eve.address = `198.51.100.${count}`
      await refused(enter(eve, wrong(app)), 'identity.code_refused')
    }
    await refused(enter(await withPassword('ada'), codeOf(app)), 'request.too_many')
  })

  test('locks nobody out of a browser they have used, nor of their passkey', async () => {
    const ada = await traveller()
    const app = await setUp(ada)
    const home = await withPassword('ada')
    await enter(home, codeOf(app))
    assert.ok(home.others.has(browserCookie))
    house.pass(stepMs)
    for (let count = 0; count < otpLimits.burst; count++) {
      await refused(enter(await withPassword('ada'), wrong(app)), 'identity.code_refused')
    }
    await refused(enter(await withPassword('ada'), wrong(app)), 'request.too_many')
    const later = await withPassword('ada')
    later.others.set(browserCookie, home.others.get(browserCookie) ?? '')
    await enter(later, codeOf(app))
    await ada.signIn()
  })

  test('is not made easier by a cookie that was made up, or is of somebody else', async () => {
    const app = await setUp(await traveller())
    const bob = await traveller('bob')
    await setUp(bob)
    const marks = [bob.others.get(browserCookie), `${house.now}.${'A'.repeat(43)}`, 'nonsense']
    for (let count = 0; count < otpLimits.burst; count++) {
      const eve = await withPassword('ada')
      eve.others.set(browserCookie, marks[count % marks.length] ?? '')
      await refused(enter(eve, wrong(app)), 'identity.code_refused')
    }
    await refused(enter(await withPassword('ada'), wrong(app)), 'request.too_many')
  })
})

describe('the key', () => {
  test('is nowhere in the store but sealed, and opens for its person only', async () => {
    const ada = await traveller()
    const app = await setUp(ada)
    const { masterKey } = house.dependencies
    const { db } = house.store
    const rows = await db.selectFrom('otp_keys').selectAll().execute()
    assert.equal(rows.length, 1)
    assert.ok(!JSON.stringify(rows).includes(app.secret.base32))
    const journal = await db.selectFrom('journal').select('after').execute()
    assert.ok(!JSON.stringify(journal).includes(rows[0]?.sealed ?? ''))
    const found = await readOtpKey(db, masterKey, { person: 'ada', confirmed: true })
    assert.deepEqual(Buffer.from(found?.key.reveal() ?? []), Buffer.from(app.secret.bytes))
    await db.updateTable('otp_keys').set({ person: 'eve' }).execute()
    await assert.rejects(readOtpKey(db, masterKey, { person: 'eve', confirmed: true }), StoreFault)
  })

  test('is sealed anew under a new master key', async () => {
    await setUp(await traveller())
    const next = new Secret<Uint8Array>(randomBytes(32))
    const { masterKey, store } = house.dependencies
    await store.transaction((tx) => reseal(tx, { current: masterKey, next }))
    const whose = { person: 'ada', confirmed: true }
    assert.ok(await readOtpKey(store.db, next, whose))
    await assert.rejects(readOtpKey(store.db, masterKey, whose), StoreFault)
  })

  test('is 160 random bits, told once in the form that apps scan', () => {
    const key = newOtpKey((count) => randomBytes(count))
    assert.equal(key.length, 20)
    const { uri } = otpInvitation(new Secret(key), { organisation: 'Meridian Care', name: 'a b' })
    const url = new URL(uri)
    assert.equal(url.protocol, 'otpauth:')
    assert.deepEqual(
      ['algorithm', 'digits', 'period'].map((name) => url.searchParams.get(name)),
      ['SHA1', '6', '30'],
    )
  })

  // RFC 6238 appendix B, with six digits.
  const vectors = [
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
  ] as const
  for (const [seconds, code] of vectors) {
    test(`makes the code of the standard at ${seconds} s`, () => {
      const key = new Secret<Uint8Array>(Buffer.from('12345678901234567890'))
      const step = stepOf(key, code, { lastStep: 0, now: seconds * 1000 })
      assert.equal(step, Math.floor(seconds / 30))
    })
  }

  test('never lets a step count that is not later than the last', () => {
    const key = new Secret<Uint8Array>(randomBytes(20))
    const app = new TOTP({
      secret: new OtpSecret({ buffer: Uint8Array.from(key.reveal()).buffer }),
    })
    fc.assert(
      fc.property(
        fc.integer({ min: 10, max: 1e6 }),
        fc.integer({ min: -3, max: 3 }),
        fc.integer({ min: -3, max: 3 }),
        (step, off, last) => {
          const now = step * stepMs
          const code = app.generate({ timestamp: now + off * stepMs })
          const found = stepOf(key, code, { lastStep: step + last, now })
          if (found === undefined) return
          assert.ok(found > step + last)
          assert.ok(Math.abs(found - step) <= 1)
        },
      ),
    )
  })
})

test('a browser is known for half a year to who used it, and to nobody else', () => {
  const masterKey = new Secret<Uint8Array>(randomBytes(32))
  const mark = browserMark(masterKey, 'ada', 0)
  const lifeMs = browserMaxAgeSeconds * 1000
  assert.ok(isKnownTo(masterKey, 'ada', mark, lifeMs - 1))
  assert.ok(!isKnownTo(masterKey, 'ada', mark, lifeMs))
  assert.ok(!isKnownTo(masterKey, 'eve', mark, 0))
  assert.ok(!isKnownTo(new Secret<Uint8Array>(randomBytes(32)), 'ada', mark, 0))
  assert.ok(!isKnownTo(masterKey, 'ada', undefined, 0))
  assert.ok(!isKnownTo(masterKey, 'ada', mark.replace('0.', '1.'), 0))
})
