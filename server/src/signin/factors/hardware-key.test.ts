import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { factorsApi } from '@countersign/contract/api/factors'
import type { FactorsPolicy } from '@countersign/contract/factors'
import { Authenticator } from '#signin/authenticator.fake'
import { type Browser, consoleOrigin } from '#signin/browser.fake'
import { House, refused } from '#signin/house.fake'
import { passkeyId } from '#signin/passkey'
import { readPasskey } from '#signin/passkey.store'
import { fakeMaker } from './maker.fake.ts'

const model = '6d9b3c1e-52f0-4b7a-8e21-0c4d5a9f7b13'
const other = 'aa9b3c1e-52f0-4b7a-8e21-0c4d5a9f7b13'
const maker = await fakeMaker()
const forger = await fakeMaker('Forger')

let house: House
before(async () => {
  house = await House.open()
})
after(() => house.close())
beforeEach(() => house.clear())

const operator = { kind: 'operator' } as const
const allow = (...hardwareKeys: FactorsPolicy['hardwareKeys']) =>
  house.call(factorsApi.setFactorsPolicy, operator, { body: { hardwareKeys } })
const listed = (roots: readonly string[] = [maker.root]) => [
  { aaguid: model, name: 'Keysmith One', roots: [...roots] },
]

/** A person in whose browser another authenticator takes the place of the laptop's. */
async function personWith(authenticator: Authenticator, id = 'ada'): Promise<Browser> {
  const browser = await house.resident(id)
  browser.authenticator = authenticator
  await browser.addPasskey({}, 'key on a ring')
  return browser
}
const hardware = async (how: Parameters<typeof maker.equip>[1] = {}, by = maker) =>
  new Authenticator(consoleOrigin, {
    aaguid: model,
    backupEligible: false,
    maker: await by.equip(model, how),
  })
const methodOf = async (browser: Browser) => {
  await browser.signIn()
  return browser.session().authentication.method
}

describe('a hardware key', () => {
  test('of a model on the list, certified by its maker, signs in as the strongest factor', async () => {
    await allow(...listed())
    const ada = await personWith(await hardware())
    assert.equal(await methodOf(ada), 'hardware-key')
    assert.deepEqual(house.ledger.estate.get('factors', 'ada'), { id: 'ada', hardwareKey: true })
  })

  test('may be certified through an authority in between', async () => {
    await allow(...listed())
    assert.equal(
      await methodOf(await personWith(await hardware({ between: true }))),
      'hardware-key',
    )
  })

  test('is an ordinary passkey while its model is not on the list', async () => {
    const ada = await personWith(await hardware())
    assert.equal(await methodOf(ada), 'passkey')
    await allow({ aaguid: other, name: 'Another', roots: [] })
    assert.equal(await methodOf(ada), 'passkey')
    assert.equal(house.ledger.estate.get('factors', 'ada'), undefined)
  })

  test('counts from the moment its model is put on the list, and no longer than it is there', async () => {
    const ada = await personWith(await hardware())
    await allow(...listed())
    assert.ok(house.ledger.estate.get('factors', 'ada'))
    assert.equal(await methodOf(ada), 'hardware-key')
    await allow()
    assert.equal(house.ledger.estate.get('factors', 'ada'), undefined)
    assert.equal(await methodOf(ada), 'passkey')
  })

  test('that somebody else certified under the same model is an ordinary passkey', async () => {
    await allow(...listed())
    assert.equal(await methodOf(await personWith(await hardware({}, forger))), 'passkey')
  })

  test('is taken at its word only where the list asks for no root', async () => {
    await allow(...listed([]))
    assert.equal(await methodOf(await personWith(await hardware({}, forger))), 'hardware-key')
  })

  test('that vouches for itself is an ordinary passkey', async () => {
    await allow(...listed([]))
    const key = new Authenticator(consoleOrigin, { aaguid: model, backupEligible: false })
    const ada = await house.resident('ada')
    ada.authenticator = key
    await ada.addPasskey({ attestation: 'packed' })
    assert.equal(await methodOf(ada), 'passkey')
  })

  test('whose key can be copied to other devices is an ordinary passkey', async () => {
    await allow(...listed())
    const key = new Authenticator(consoleOrigin, {
      aaguid: model,
      backupEligible: true,
      maker: await maker.equip(model),
    })
    assert.equal(await methodOf(await personWith(key)), 'passkey')
  })

  test('with the certificate of another model is not registered at all', async () => {
    const ada = await house.resident('ada')
    ada.authenticator = await hardware({ certified: other })
    await refused(ada.addPasskey(), 'signin.failed')
  })

  test('whose attestation is signed by another key than the certified one is not registered', async () => {
    const ada = await house.resident('ada')
    const { certificates } = await maker.equip(model)
    const { key } = await maker.equip(model)
    ada.authenticator = new Authenticator(consoleOrigin, {
      aaguid: model,
      backupEligible: false,
      maker: { certificates, key },
    })
    await refused(ada.addPasskey(), 'signin.failed')
  })

  test('is known no more to gateways once it is removed', async () => {
    await allow(...listed())
    const ada = await personWith(await hardware())
    const { body } = await ada.call(factorsApi.myFactors, {})
    const key = body.passkeys.find(({ hardwareKey }) => hardwareKey)
    assert.ok(key)
    await ada.call(factorsApi.removePasskey, { params: { passkey: key.id } })
    assert.equal(house.ledger.estate.get('factors', 'ada'), undefined)
  })
})

describe('what is kept of an attestation', () => {
  test('is its format, model, chain, and who vouched for it', async () => {
    const ada = await personWith(await hardware({ between: true }))
    const id = passkeyId(ada.authenticator.credentials[0] ?? '')
    const kept = await readPasskey(house.store.db, id)
    assert.equal(kept?.aaguid, model)
    assert.equal(kept.attestation.format, 'packed')
    assert.equal(kept.attestation.trust, 'certified')
    assert.equal(kept.attestation.certificates.length, 2)
    for (const digest of kept.attestation.certificates) assert.match(digest, /^[0-9a-f]{64}$/)
  })

  test('says plainly where nobody vouched', async () => {
    const ada = await house.resident('ada')
    const { body } = await ada.call(factorsApi.myFactors, {})
    assert.deepEqual(
      body.passkeys.map(({ attestation, hardwareKey }) => [attestation, hardwareKey]),
      [['none', false]],
    )
  })
})

describe('the list of models', () => {
  const cases = [
    ['a root that is no certificate', [{ aaguid: model, name: 'x', roots: ['nonsense'] }]],
    [
      'a model twice',
      [
        { aaguid: model, name: 'x', roots: [] },
        { aaguid: model, name: 'y', roots: [] },
      ],
    ],
  ] as const
  for (const [name, hardwareKeys] of cases) {
    test(`refuses ${name}`, async () => {
      const keys = hardwareKeys.map((it) => ({ ...it, roots: [...it.roots] }))
      await refused(allow(...keys), 'identity.factors_invalid')
    })
  }

  test('refuses the certificate of an authenticator as a root', async () => {
    const [certificate] = (await maker.equip(model)).certificates
    const pem = `-----BEGIN CERTIFICATE-----\n${certificate?.toString('base64')}\n-----END CERTIFICATE-----\n`
    await refused(allow(...listed([pem])), 'identity.factors_invalid')
  })

  test('refuses codes for a group that nobody knows', async () => {
    const body = { otpGroups: ['nowhere'] }
    await refused(
      house.call(factorsApi.setFactorsPolicy, operator, { body }),
      'identity.factors_invalid',
    )
  })
})
