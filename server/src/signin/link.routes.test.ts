import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { identityApi } from '@countersign/contract/api/identity'
import { signinApi } from '@countersign/contract/api/signin'
import { sessionCookie, tokenPattern } from '@countersign/contract/session'
import { readDocuments } from '#journal/documents.store'
import type { Twist } from './authenticator.fake.ts'
import { challengeMaxAgeMs } from './challenge.ts'
import { House, refused } from './house.fake.ts'
import { personIds, setupLinkMaxAgeMs } from './link.ts'
import { passkey } from './passkey.ts'

let house: House
before(async () => {
  house = await House.open()
})
after(() => house.close())
beforeEach(() => house.clear())

const isSetupNeeded = async () => (await house.browser().call(signinApi.offer, {})).body.setupNeeded

describe('a setup link', () => {
  test('makes its user administrator, registers a passkey and signs in', async () => {
    assert.equal(await isSetupNeeded(), true)
    const ada = house.browser()
    const { body, cookies, sequence } = await ada.setUp(await house.issueLink(), 'Ada Lovelace')
    assert.deepEqual(body, { next: '/' })
    assert.deepEqual(cookies, [[sessionCookie, ada.cookie(), 43_200]])
    assert.equal(sequence, house.ledger.sequence)
    assert.deepEqual(house.ledger.estate.get('person', 'ada-lovelace'), {
      id: 'ada-lovelace',
      name: 'Ada Lovelace',
      class: 'employee',
      active: true,
      groups: ['administrators'],
    })
    assert.equal(ada.session().person, 'ada-lovelace')
    assert.equal(ada.session().authentication.phishingResistant, true)
    assert.equal(await isSetupNeeded(), false)
    ada.jar.clear()
    await ada.signIn()
    assert.equal(ada.session().person, 'ada-lovelace')
  })

  test('is printed with its secret where no log sees it, and kept only as a hash', async () => {
    const { body } = await house.call(
      identityApi.issueSetupLink,
      { kind: 'operator' },
      { body: {} },
    )
    const url = new URL(body.url)
    assert.equal(url.origin + url.pathname, 'http://countersign.localhost:7400/setup')
    assert.equal(url.search, '')
    const secret = url.hash.slice(1)
    assert.match(secret, tokenPattern)
    assert.equal(body.expiresAt, house.now + setupLinkMaxAgeMs)
    const kept = JSON.stringify(await readDocuments(house.store.db, 'setup-link'))
    assert.ok(!kept.includes(secret))
  })

  test('is issued by whoever operates the machine, and by no administrator alone', async () => {
    await house.addAdministrators()
    await house.addPerson('ada', { groups: ['administrators', 'personas'] })
    house.restart({ demo: true })
    const ada = house.browser()
    await ada.becomePersona('ada')
    house.restart({ demo: false })
    await refused(ada.call(identityApi.issueSetupLink, { body: {} }), 'access.denied')
  })

  test('works once', async () => {
    const link = await house.issueLink()
    await house.browser().setUp(link)
    await refused(house.browser().setUp(link, 'Eve'), 'signin.link_spent')
  })

  test('used twice at once makes one administrator', async () => {
    const link = await house.issueLink()
    const names = ['Ada', 'Eve', 'Mallory']
    const results = await Promise.allSettled(names.map((name) => house.browser().setUp(link, name)))
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
    assert.equal(house.ledger.estate.count('person'), 1)
    assert.equal(house.ledger.estate.count('session'), 1)
    assert.equal((await readDocuments(house.store.db, 'passkey')).length, 1)
  })

  test('prepared by two before either used it makes one administrator', async () => {
    const link = await house.issueLink()
    const [ada, eve] = [house.browser(), house.browser()]
    const prepare = async (browser: typeof ada) => {
      const { body } = await browser.call(signinApi.linkChallenge, { body: { link, name: 'A' } })
      const response = browser.authenticator.create(body.options)
      return { link, challenge: body.challenge, response }
    }
    const [first, second] = [await prepare(ada), await prepare(eve)]
    await ada.call(signinApi.link, { body: first })
    await refused(eve.call(signinApi.link, { body: second }), 'signin.link_spent')
    assert.equal(eve.cookie(), undefined)
  })

  test('lasts a day', async () => {
    const link = await house.issueLink()
    house.pass(setupLinkMaxAgeMs)
    await refused(house.browser().setUp(link), 'signin.link_spent')
  })

  test('is worth nothing once there is an administrator', async () => {
    const link = await house.issueLink()
    const ada = await house.resident('ada')
    await house.addPerson('ada', { groups: ['administrators'] })
    await refused(house.browser().setUp(link), 'signin.link_spent')
    assert.ok(ada.session())
  })

  test('is not issued while there is an administrator', async () => {
    await house.browser().setUp(await house.issueLink())
    await refused(house.issueLink(), 'request.conflict')
  })

  test('is issued again when the only administrator has left', async () => {
    await house.browser().setUp(await house.issueLink(), 'Ada')
    await house.addPerson('ada', { groups: ['administrators'], active: false })
    assert.equal(await isSetupNeeded(), true)
    await house.browser().setUp(await house.issueLink(), 'Ada')
    assert.equal(house.ledger.estate.get('person', 'ada-2')?.active, true)
  })

  test('replaces the one before it', async () => {
    const first = await house.issueLink()
    const second = await house.issueLink()
    await refused(house.browser().setUp(first), 'signin.link_spent')
    await house.browser().setUp(second)
  })

  test('an administrator of a group within the administrators counts', async () => {
    await house.put({
      event: 'identity.group.put',
      kind: 'group',
      id: 'platform',
      after: { id: 'platform', name: 'Platform', groups: ['administrators'] },
    })
    await house.resident('ada')
    await house.addPerson('ada', { groups: ['platform'] })
    assert.equal(await isSetupNeeded(), false)
  })

  test('in the demo, an administrator who is a persona counts', async () => {
    await house.addPerson('ada', { groups: ['administrators', 'personas'] })
    assert.equal(await isSetupNeeded(), true)
    house.restart({ demo: true })
    assert.equal(await isSetupNeeded(), false)
  })

  test('does not let its user choose the challenge of another link', async () => {
    const old = await house.issueLink()
    const { body } = await house
      .browser()
      .call(signinApi.linkChallenge, { body: { link: old, name: 'Eve' } })
    const link = await house.issueLink()
    const ada = house.browser()
    const response = ada.authenticator.create(body.options)
    await refused(
      ada.call(signinApi.link, { body: { link, challenge: body.challenge, response } }),
      'signin.expired',
    )
  })

  test('survives a registration that failed', async () => {
    const link = await house.issueLink()
    const ada = house.browser()
    const twists: readonly Twist[] = [
      { userVerified: false },
      { userPresent: false },
      { origin: 'http://evil.localhost:7400' },
      { rpId: 'evil.localhost' },
      { type: 'webauthn.get' },
      { challenge: 'AAAA' },
      { crossOrigin: true },
    ]
    for (const twist of twists) await refused(ada.setUp(link, 'Ada', twist), 'signin.failed')
    assert.equal(house.ledger.estate.count('person'), 0)
    await ada.setUp(link, 'Ada')
  })

  test('leaves five minutes for the registration', async () => {
    const link = await house.issueLink()
    const ada = house.browser()
    const { body } = await ada.call(signinApi.linkChallenge, { body: { link, name: 'Ada' } })
    const response = ada.authenticator.create(body.options)
    house.pass(challengeMaxAgeMs)
    await refused(
      ada.call(signinApi.link, { body: { link, challenge: body.challenge, response } }),
      'signin.expired',
    )
  })

  test('cannot be guessed for long, and guessing does not stop who has it', async () => {
    const eve = house.browser()
    const guess = () =>
      eve.call(signinApi.linkChallenge, { body: { link: 'A'.repeat(43), name: 'Eve' } })
    for (let count = 0; count < 30; count++) await refused(guess(), 'signin.link_spent')
    await refused(guess(), 'request.too_many')
    const ada = house.browser()
    assert.equal(ada.address, eve.address)
    await ada.setUp(await house.issueLink())
  })

  test('a credential that someone has already registered is refused', async () => {
    const ada = house.browser()
    await ada.setUp(await house.issueLink(), 'Ada')
    await house.addPerson('ada', { groups: [] })
    const credential = Buffer.from(ada.authenticator.credentials[0] ?? '', 'base64url')
    const setUp = house.browser().setUp(await house.issueLink(), 'Eve', { credential })
    await refused(setUp, 'signin.failed')
  })
})

describe('a registered passkey', () => {
  test('is discoverable, needs user verification and shows its model', async () => {
    const link = await house.issueLink()
    const { body } = await house
      .browser()
      .call(signinApi.linkChallenge, { body: { link, name: 'Ada' } })
    const { attestation, authenticatorSelection } = body.options as {
      attestation: string
      authenticatorSelection: Record<string, unknown>
    }
    assert.equal(attestation, 'direct')
    assert.equal(authenticatorSelection['residentKey'], 'required')
    assert.equal(authenticatorSelection['userVerification'], 'required')
  })

  test('keeps its attestation, its model and whether it can be copied', async () => {
    await house.browser().setUp(await house.issueLink(), 'Ada', { attestation: 'packed' })
    const [found] = await readDocuments(house.store.db, 'passkey')
    const { attestation, aaguid, backupEligible, backedUp, transports } = passkey.parse(found)
    assert.equal(attestation.format, 'packed')
    assert.ok(attestation.object.length > 100)
    assert.equal(aaguid, 'c0de51b1-e0a0-4f7e-9a3b-0123456789ab')
    assert.deepEqual([backupEligible, backedUp], [true, true])
    assert.deepEqual(transports, ['internal', 'hybrid'])
  })
})

describe('the id of a new person', () => {
  const cases = [
    ['Ada Lovelace', 'ada-lovelace'],
    ['  Zoë  O\u2019Neill-Ångström ', 'zoe-o-neill-angstrom'],
    ['李小龍', 'administrator'],
    ['"; drop table people', 'drop-table-people'],
    ['x'.repeat(128), 'x'.repeat(64)],
  ] as const
  for (const [name, id] of cases) {
    test(`of \`${name.slice(0, 32)}\` is \`${id.slice(0, 32)}\``, () => {
      assert.deepEqual(personIds(name).take(2).toArray(), [id, `${id}-2`])
    })
  }
})
