import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, beforeEach, describe, test } from 'node:test'
import { factorsApi } from '@countersign/contract/api/factors'
import { signinFactorsApi } from '@countersign/contract/api/signin-factors'
import { strengths } from '@countersign/contract/documents'
import { readDocuments } from '#journal/documents.store'
import { readEntries } from '#journal/journal.store'
import { failureLimits } from '#signin/attempts'
import { Authenticator } from '#signin/authenticator.fake'
import { type Browser, consoleOrigin } from '#signin/browser.fake'
import { House, refused } from '#signin/house.fake'
import { freshMaxAgeMs, recoveryMaxAgeMs } from './may-change.ts'
import { codeHash, newRecoveryCodes, recoveryCodesCount } from './recovery-codes.ts'

let house: House
before(async () => {
  house = await House.open()
})
after(() => house.close())
beforeEach(() => house.clear())

const renew = async (browser: Browser) =>
  (await browser.call(factorsApi.renewRecoveryCodes, { body: {} })).body.codes
const use = (browser: Browser, code: string) =>
  browser.call(signinFactorsApi.recoveryCode, { body: { code } })
const left = async (browser: Browser) =>
  (await browser.call(factorsApi.myFactors, {})).body.recoveryCodes.left

describe('recovery codes', () => {
  test('are ten, shown once, and kept only as hashes', async () => {
    const ada = await house.resident('ada')
    const codes = await renew(ada)
    assert.equal(new Set(codes).size, recoveryCodesCount)
    for (const code of codes)
      assert.match(code, /^([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/)
    const kept = JSON.stringify(await readDocuments(house.store.db, 'recovery-codes'))
    for (const code of codes) {
      assert.ok(!kept.includes(code) && !kept.includes(code.replaceAll('-', '')))
    }
    const { recoveryCodes } = (await ada.call(factorsApi.myFactors, {})).body
    assert.deepEqual(recoveryCodes, { left: 10, issuedAt: house.now })
  })

  test('have eighty random bits each, and are read however they are copied', () => {
    const { codes, document } = newRecoveryCodes('ada', {
      now: () => 0,
      randomBytes: (count) => randomBytes(count),
    })
    const [code = ''] = codes
    assert.equal(code.replaceAll('-', '').length * 5, 80)
    const spellings = [code, code.toUpperCase(), code.replaceAll('-', ' '), ` ${code}\n`]
    for (const spelling of spellings) assert.equal(codeHash(spelling), document.codes[0])
    assert.equal(codeHash('ILO0'), codeHash('1100'))
  })

  test('are given to who signed in strongly within the hour, and to nobody else', async () => {
    const ada = await house.resident('ada')
    house.pass(freshMaxAgeMs + 1)
    await refused(renew(ada), 'access.step_up_required')
    const [code = ''] = await ada.signIn().then(() => renew(ada))
    const phone = house.browser()
    await use(phone, code)
    await refused(renew(phone), 'access.step_up_required')
  })

  test('of the old set are worthless once there is a new one', async () => {
    const ada = await house.resident('ada')
    const [old = ''] = await renew(ada)
    const [fresh = ''] = await renew(ada)
    await refused(use(house.browser(), old), 'signin.failed')
    await use(house.browser(), fresh)
  })
})

describe('signing in with a recovery code', () => {
  test('is a weak sign-in that says what it is, and leads to a new passkey', async () => {
    const ada = await house.resident('ada')
    const [code = ''] = await renew(ada)
    const phone = house.browser()
    phone.authenticator = new Authenticator(consoleOrigin)
    const { body } = await use(phone, code)
    assert.equal(body.next, '/identity/me')
    const { authentication } = phone.session()
    assert.equal(authentication.method, 'recovery-code')
    assert.equal(strengths[authentication.method], 1)
    assert.equal(authentication.phishingResistant, false)
    await phone.addPasskey({}, 'phone')
    await phone.signIn()
    assert.equal(phone.session().authentication.method, 'passkey')
  })

  test('works once for each code, and the journal has each use', async () => {
    const ada = await house.resident('ada')
    const [one = '', two = ''] = await renew(ada)
    const before = house.ledger.sequence
    await use(house.browser(), one)
    assert.equal(await left(ada), 9)
    await refused(use(house.browser(), one), 'signin.failed')
    await use(house.browser(), two)
    assert.equal(await left(ada), 8)
    const entries = await readEntries(house.store.db, before, 100)
    assert.deepEqual(
      entries
        .filter(({ kind }) => kind === 'recovery-codes')
        .map(({ event, actor }) => [event, actor]),
      Array.from({ length: 2 }, () => ['identity.recovery-code.used', 'Person::"ada"']),
    )
  })

  test('lets one of two through who use the same code at once', async () => {
    const ada = await house.resident('ada')
    const [code = ''] = await renew(ada)
    const results = await Promise.allSettled([
      use(house.browser(), code),
      use(house.browser(), code),
    ])
    assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  })

  test('does not weaken the session it happens in', async () => {
    const ada = await house.resident('ada')
    const [code = ''] = await renew(ada)
    const strong = ada.session().id
    const cookie = ada.cookie() ?? ''
    await use(ada, code)
    assert.notEqual(ada.session().id, strong)
    assert.equal(house.ledger.estate.get('session', strong)?.authentication.method, 'passkey')
    assert.notEqual(ada.cookie(), cookie)
  })

  test('opens the way to a new passkey for a quarter of an hour', async () => {
    const ada = await house.resident('ada')
    const [code = ''] = await renew(ada)
    const phone = house.browser()
    await use(phone, code)
    house.pass(recoveryMaxAgeMs + 1)
    await refused(phone.addPasskey(), 'access.step_up_required')
  })

  test('changes nothing else: no passkey goes, none is renamed, no recovery is stopped', async () => {
    const ada = await house.resident('ada')
    const [code = ''] = await renew(ada)
    const phone = house.browser()
    await use(phone, code)
    const [laptop] = (await phone.call(factorsApi.myFactors, {})).body.passkeys
    const params = { passkey: laptop?.id ?? '' }
    await refused(phone.call(factorsApi.removePasskey, { params }), 'access.step_up_required')
    await refused(
      phone.call(factorsApi.renamePasskey, { params, body: { name: 'mine now' } }),
      'access.step_up_required',
    )
    await refused(phone.call(factorsApi.cancelMyRecovery, {}), 'access.step_up_required')
  })

  test('is refused to somebody who left', async () => {
    const ada = await house.resident('ada')
    const [code = ''] = await renew(ada)
    await house.addPerson('ada', { active: false })
    await refused(use(house.browser(), code), 'signin.failed')
  })

  test('needs no name, so nobody can lock anybody out by guessing, and a right code always works', async () => {
    const ada = await house.resident('ada')
    const [code = ''] = await renew(ada)
    const eve = house.browser()
    for (let count = 0; count < failureLimits.burst; count++) {
      await refused(use(eve, `guess ${count}`), 'signin.failed')
    }
    await refused(use(eve, 'one more'), 'request.too_many')
    const neighbour = house.browser()
    await use(neighbour, code)
    assert.equal(neighbour.session().person, 'ada')
  })

  test('says the same of a code that was used, that never was, and of one of somebody who left', async () => {
    const ada = await house.resident('ada')
    const bob = await house.resident('bob')
    const [used = ''] = await renew(ada)
    const [ofBob = ''] = await renew(bob)
    await use(house.browser(), used)
    await house.addPerson('bob', { active: false })
    for (const code of [used, 'zzzz-zzzz-zzzz-zzzz', ofBob, '?']) {
      await assert.rejects(use(house.browser(), code), { message: 'the sign-in did not succeed' })
    }
  })
})
