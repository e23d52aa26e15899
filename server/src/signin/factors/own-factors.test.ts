import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { factorsApi } from '@countersign/contract/api/factors'
import { Authenticator } from '#signin/authenticator.fake'
import { type Browser, consoleOrigin } from '#signin/browser.fake'
import { House, refused } from '#signin/house.fake'
import { passkeyId } from '#signin/passkey'
import { readPasskey } from '#signin/passkey.store'
import { freshMaxAgeMs } from './may-change.ts'

let house: House
before(async () => {
  house = await House.open()
})
after(() => house.close())
beforeEach(() => house.clear())

const mine = async (browser: Browser) => (await browser.call(factorsApi.myFactors, {})).body
const remove = (browser: Browser, passkey: string) =>
  browser.call(factorsApi.removePasskey, { params: { passkey } })
const rename = (browser: Browser, passkey: string, name: string) =>
  browser.call(factorsApi.renamePasskey, { params: { passkey }, body: { name } })
const keptOf = (browser: Browser, index = 0) =>
  readPasskey(house.store.db, passkeyId(browser.authenticator.credentials[index] ?? ''))

/** Ada with a laptop and, in a browser of its own, a phone. */
async function twoPasskeys() {
  const laptop = await house.resident('ada')
  const phone = house.browser()
  phone.authenticator = new Authenticator(consoleOrigin, {
    aaguid: 'fbfc3007-154e-4ecc-8c0b-6e020557d7bd',
  })
  const own = laptop.authenticator
  house.pass(1_000)
  laptop.authenticator = phone.authenticator
  await laptop.addPasskey({}, 'phone')
  laptop.authenticator = own
  await phone.signIn()
  return { laptop, phone }
}

describe('what I sign in with', () => {
  test('is shown with model, attestation, backup, reach and last use', async () => {
    const { laptop } = await twoPasskeys()
    const { passkeys, canChange, otp, recoveryCodes } = await mine(laptop)
    assert.equal(canChange, true)
    assert.deepEqual(
      passkeys.map(({ lastUsedAt }) => lastUsedAt),
      [house.now - 1_000, house.now],
    )
    assert.deepEqual(otp, { allowed: false })
    assert.deepEqual(recoveryCodes, { left: 0 })
    assert.deepEqual(
      passkeys.map((it) => ({ ...it, id: '', lastUsedAt: 0 })),
      ['laptop', 'phone'].map((name) => ({
        id: '',
        lastUsedAt: 0,
        name,
        registeredAt: name === 'phone' ? house.now : house.now - 1_000,
        transports: ['internal', 'hybrid'],
        aaguid:
          name === 'phone'
            ? 'fbfc3007-154e-4ecc-8c0b-6e020557d7bd'
            : 'c0de51b1-e0a0-4f7e-9a3b-0123456789ab',
        ...(name === 'phone' ? { model: 'Apple Passwords' } : {}),
        attestation: 'none',
        hardwareKey: false,
        backupEligible: true,
        backedUp: true,
      })),
    )
  })

  test('is shown to an administrator, and to nobody who is not signed in', async () => {
    await house.resident('ada')
    const { body } = await house.call(
      factorsApi.factorsOf,
      { kind: 'operator' },
      { params: { person: 'ada' } },
    )
    assert.deepEqual(
      body.passkeys.map(({ name }) => name),
      ['laptop'],
    )
    await refused(mine(house.browser()), 'access.sign_in_required')
    await refused(
      house.call(factorsApi.factorsOf, { kind: 'operator' }, { params: { person: 'eve' } }),
      'identity.not_found',
    )
  })

  test('follows a passkey that becomes backed up, and one that is no more', async () => {
    const ada = await house.resident('ada')
    house.pass(1_000)
    await ada.signIn({ backedUp: false })
    assert.equal((await mine(ada)).passkeys[0]?.backedUp, false)
    const changedAt = house.now
    house.pass(1_000)
    await ada.signIn({ backedUp: false })
    assert.equal((await keptOf(ada))?.backupChangedAt, changedAt)
    await ada.signIn({ backedUp: true })
    assert.equal((await mine(ada)).passkeys[0]?.backedUp, true)
    assert.equal((await keptOf(ada))?.backupChangedAt, house.now)
  })

  test('never takes a backup of what cannot be copied', async () => {
    const ada = await house.resident('ada')
    ada.authenticator = new Authenticator(consoleOrigin, { backupEligible: false })
    await ada.addPasskey()
    await refused(ada.signIn({ backedUp: true }), 'signin.failed')
  })
})

describe('removing a passkey', () => {
  test('ends the sessions it began, but not the one in which it is removed', async () => {
    const { laptop, phone } = await twoPasskeys()
    const [first, second] = (await mine(laptop)).passkeys
    await remove(laptop, second?.id ?? '')
    assert.equal(phone.subject().kind, 'anonymous')
    assert.equal(laptop.subject().kind, 'person')
    await refused(phone.signIn(), 'signin.failed')
    await refused(remove(laptop, first?.id ?? ''), 'identity.last_factor')
  })

  test('is possible in the session that it began, which goes on', async () => {
    const { laptop, phone } = await twoPasskeys()
    const [first] = (await mine(phone)).passkeys
    await remove(laptop, first?.id ?? '')
    assert.equal(laptop.subject().kind, 'person')
    assert.equal(phone.subject().kind, 'person')
  })

  test('leaves one of two that are removed at once', async () => {
    const { laptop, phone } = await twoPasskeys()
    const [first, second] = (await mine(laptop)).passkeys
    const results = await Promise.allSettled([
      remove(laptop, second?.id ?? ''),
      remove(phone, first?.id ?? ''),
    ])
    assert.ok(results.some(({ status }) => status === 'rejected'))
    const { body } = await house.call(
      factorsApi.factorsOf,
      { kind: 'operator' },
      { params: { person: 'ada' } },
    )
    assert.equal(body.passkeys.length, 1)
  })
})

describe('changing what I sign in with', () => {
  test('takes a strong sign-in within the hour', async () => {
    const { laptop } = await twoPasskeys()
    const [passkey] = (await mine(laptop)).passkeys
    const id = passkey?.id ?? ''
    house.pass(freshMaxAgeMs + 1)
    assert.equal((await mine(laptop)).canChange, false)
    await refused(remove(laptop, id), 'access.step_up_required')
    await refused(rename(laptop, id, 'other'), 'access.step_up_required')
    await laptop.signIn()
    await rename(laptop, id, 'other')
    assert.equal((await mine(laptop)).passkeys[0]?.name, 'other')
  })

  test('does not reach the passkeys of others', async () => {
    const { laptop } = await twoPasskeys()
    const eve = await house.resident('eve')
    await eve.addPasskey()
    const [passkey] = (await mine(laptop)).passkeys
    const id = passkey?.id ?? ''
    await refused(remove(eve, id), 'identity.passkey_not_found')
    await refused(rename(eve, id, 'mine'), 'identity.passkey_not_found')
  })
})
