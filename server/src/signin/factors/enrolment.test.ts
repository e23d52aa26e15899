import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { factorsApi } from '@countersign/contract/api/factors'
import { identityApi } from '@countersign/contract/api/identity'
import { signinFactorsApi } from '@countersign/contract/api/signin-factors'
import type { Caller } from '#http/caller'
import { readDocuments } from '#journal/documents.store'
import { readEntries } from '#journal/journal.store'
import { failureLimits } from '#signin/attempts'
import type { Browser } from '#signin/browser.fake'
import { challengeMaxAgeMs } from '#signin/challenge'
import { House, refused } from '#signin/house.fake'
import { sweepSignin } from '#signin/signin.job'
import { enrolmentMaxAgeMs } from './enrolment.ts'

let house: House
before(async () => {
  house = await House.open()
})
after(() => house.close())
beforeEach(async () => {
  await house.clear()
  await house.addAdministrators()
})

const operator = { kind: 'operator' } as const
const secretOf = (url: string) => new URL(url).hash.slice(1)
const issue = async (person: string, caller: Caller = operator, validMinutes?: number) =>
  (
    await house.call(factorsApi.enrol, caller, {
      body: { person, ...(validMinutes === undefined ? {} : { validMinutes }) },
    })
  ).body
const linkFor = async (person: string) => secretOf((await issue(person)).url)
const listed = async () => (await house.call(factorsApi.enrolments, operator, {})).body.enrolments
const begin = (browser: Browser, link: string) =>
  browser.call(signinFactorsApi.enrolChallenge, { body: { link } })
const administrator = (id: string) => house.resident(id, { groups: ['administrators'] })

describe('a link for enrolling', () => {
  test('registers a passkey for its person and signs them in with it', async () => {
    await house.addPerson('ada')
    const link = await linkFor('ada')
    const ada = house.browser()
    assert.equal((await begin(ada, link)).body.name, 'ada')
    await ada.enrol(link)
    const { person, authentication } = ada.session()
    assert.equal(person, 'ada')
    assert.equal(authentication.method, 'passkey')
    ada.jar.clear()
    await ada.signIn()
    assert.equal(ada.session().person, 'ada')
  })

  test('begins no session by itself, so it opens nothing until a passkey is there', async () => {
    await house.addPerson('ada')
    const ada = house.browser()
    await begin(ada, await linkFor('ada'))
    assert.equal(ada.subject().kind, 'anonymous')
  })

  test('is kept only as a hash, and shown in no list', async () => {
    await house.addPerson('ada')
    const link = await linkFor('ada')
    const kept = JSON.stringify(await readDocuments(house.store.db, 'enrolment'))
    assert.ok(!kept.includes(link))
    assert.ok(!JSON.stringify(await listed()).includes(link))
    assert.deepEqual(
      (await listed()).map(({ person, purpose, state, issuedBy }) => [
        person,
        purpose,
        state,
        issuedBy,
      ]),
      [['ada', 'first', 'open', 'Workload::"operator"']],
    )
  })

  test('works once', async () => {
    await house.addPerson('ada')
    const link = await linkFor('ada')
    await house.browser().enrol(link)
    await refused(house.browser().enrol(link), 'signin.link_spent')
    assert.deepEqual(await listed(), [])
  })

  test('works in one of two tabs that were both begun', async () => {
    await house.addPerson('ada')
    const link = await linkFor('ada')
    const [one, two] = [house.browser(), house.browser()]
    const finish = async (tab: Browser) => {
      const { body } = await begin(tab, link)
      const response = tab.authenticator.create(body.options)
      return () =>
        tab.call(signinFactorsApi.enrol, {
          body: { link, challenge: body.challenge, response, name: 'tab' },
        })
    }
    const [first, second] = [await finish(one), await finish(two)]
    const results = await Promise.allSettled([first(), second()])
    assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    assert.equal((await readDocuments(house.store.db, 'passkey')).length, 1)
  })

  test('survives a page that is reloaded midway, and a person who cancels', async () => {
    await house.addPerson('ada')
    const link = await linkFor('ada')
    const ada = house.browser()
    await begin(ada, link)
    await refused(ada.enrol(link, { userVerified: false }), 'signin.failed')
    house.pass(challengeMaxAgeMs)
    await ada.enrol(link)
  })

  test('does not finish with a challenge that is five minutes old, or of another link', async () => {
    await house.addPerson('ada')
    await house.addPerson('bob')
    const link = await linkFor('ada')
    const ada = house.browser()
    const finish = async (challenge: string, options: Readonly<Record<string, unknown>>) =>
      ada.call(signinFactorsApi.enrol, {
        body: { link, challenge, response: ada.authenticator.create(options), name: 'x' },
      })
    const late = (await begin(ada, link)).body
    house.pass(challengeMaxAgeMs)
    await refused(finish(late.challenge, late.options), 'signin.expired')
    const ofBob = (await begin(ada, await linkFor('bob'))).body
    await refused(finish(ofBob.challenge, ofBob.options), 'signin.expired')
  })

  const dead: readonly (readonly [string, (id: string) => Promise<unknown>])[] = [
    ['is a day old', async () => house.pass(enrolmentMaxAgeMs)],
    [
      'was revoked',
      (enrolment) => house.call(factorsApi.revokeEnrolment, operator, { params: { enrolment } }),
    ],
    ['was followed by another', () => issue('ada')],
    ['is of somebody who is gone', () => house.addPerson('ada', { active: false })],
    [
      'is of somebody who got a passkey in another way',
      async () => {
        const elsewhere = await house.resident('ada')
        await elsewhere.addPasskey()
      },
    ],
  ]
  for (const [name, kill] of dead) {
    test(`is worthless once it ${name}, before and after it was begun`, async () => {
      await house.addPerson('ada')
      const { id, url } = await issue('ada')
      const link = secretOf(url)
      const begun = house.browser()
      const { body } = await begin(begun, link)
      const response = begun.authenticator.create(body.options)
      await kill(id)
      await refused(begin(house.browser(), link), 'signin.link_spent')
      await refused(
        begun.call(signinFactorsApi.enrol, {
          body: { link, challenge: body.challenge, response, name: 'x' },
        }),
        'signin.link_spent',
      )
    })
  }

  test('lives as long as was asked for', async () => {
    await house.addPerson('ada')
    const { url, endsAt } = await issue('ada', operator, 5)
    assert.equal(endsAt, house.now + 300_000)
    house.pass(300_000)
    await refused(begin(house.browser(), secretOf(url)), 'signin.link_spent')
    await sweepSignin(house.dependencies)
    assert.deepEqual(await readDocuments(house.store.db, 'enrolment'), [])
  })

  test('is not issued to who has a passkey: that takes a recovery and a second person', async () => {
    await house.resident('ada')
    await refused(issue('ada'), 'request.conflict')
  })

  test('is not issued to who is not there', async () => {
    await refused(issue('nobody'), 'identity.not_found')
    await house.addPerson('late', { startsAt: house.now + 1 })
    await refused(issue('late'), 'identity.not_found')
  })

  test('looks the same to who guesses, whether it never was, was used or is over', async () => {
    await house.addPerson('ada')
    const used = await linkFor('ada')
    await house.browser().enrol(used)
    for (const link of [used, 'guess', 'x'.repeat(43)]) {
      await assert.rejects(begin(house.browser(), link), {
        message: 'this link was used already or has expired',
      })
    }
  })

  test('is not guessed for long from one address, and a right one works even there', async () => {
    await house.addPerson('ada')
    const link = await linkFor('ada')
    const eve = house.browser()
    for (let count = 0; count < failureLimits.burst; count++) {
      await refused(begin(eve, `guess ${count}`), 'signin.link_spent')
    }
    await refused(begin(eve, 'one more'), 'request.too_many')
    await eve.enrol(link)
  })
})

describe('a link for an administrator', () => {
  const forSue = async (issuer: Browser) => {
    await house.addPerson('sue', { groups: ['administrators'] })
    return issue('sue', issuer.caller())
  }

  test('is worthless until a second administrator confirms it', async () => {
    const ada = await administrator('ada')
    const bob = await administrator('bob')
    const { id, url, state } = await forSue(ada)
    assert.equal(state, 'waiting')
    await refused(begin(house.browser(), secretOf(url)), 'signin.link_spent')
    const { body } = await bob.call(factorsApi.confirmEnrolment, {
      params: { enrolment: id },
      body: {},
    })
    assert.equal(body.confirmedBy, 'Person::"bob"')
    await house.browser().enrol(secretOf(url))
  })

  test('is confirmed neither by who issued it nor by who is to use it', async () => {
    const ada = await administrator('ada')
    const { id } = await forSue(ada)
    const confirm = (caller: Caller) =>
      house.call(factorsApi.confirmEnrolment, caller, { params: { enrolment: id }, body: {} })
    await refused(confirm(ada.caller()), 'identity.second_person')
    const sue = { ...ada.session(), person: 'sue' }
    const subject = { kind: 'person', session: sue, device: undefined } as const
    const caller = { kind: 'visitor', subject, address: '192.0.2.9', host: 'x' } as const
    await refused(confirm(caller), 'identity.second_person')
    await confirm(operator)
  })

  test('is confirmed once', async () => {
    const ada = await administrator('ada')
    const { id } = await forSue(ada)
    const confirm = () =>
      house.call(factorsApi.confirmEnrolment, operator, { params: { enrolment: id }, body: {} })
    await confirm()
    await refused(confirm(), 'identity.enrolment_not_found')
  })

  test('is worthless where it was issued by one before they became an administrator', async () => {
    const ada = await administrator('ada')
    await house.addPerson('sue')
    const { url, state } = await issue('sue', ada.caller())
    assert.equal(state, 'open')
    await house.addPerson('sue', { groups: ['administrators'] })
    await refused(house.browser().enrol(secretOf(url)), 'signin.link_spent')
  })

  test('is not issued by an administrator for themself', async () => {
    const ada = await administrator('ada')
    await refused(issue('ada', ada.caller()), 'identity.second_person')
  })

  test('needs nobody else where nobody else could sign in, and only at the machine itself', async () => {
    await house.addPerson('sue', { groups: ['administrators'] })
    assert.equal((await issue('sue')).state, 'open')
    await administrator('ada')
    assert.equal((await issue('sue')).state, 'waiting')
  })
})

test('the journal names who issued, who confirmed and who used a link', async () => {
  const ada = await administrator('ada')
  const bob = await administrator('bob')
  await house.addPerson('sue', { groups: ['administrators'] })
  const before = house.ledger.sequence
  const { id, url } = await issue('sue', ada.caller())
  await bob.call(factorsApi.confirmEnrolment, { params: { enrolment: id }, body: {} })
  await house.browser().enrol(secretOf(url))
  const entries = await readEntries(house.store.db, before, 100)
  assert.deepEqual(
    entries
      .filter(({ event }) => event.startsWith('identity.enrolment.'))
      .map(({ event, actor }) => [event, actor]),
    [
      ['identity.enrolment.issued', 'Person::"ada"'],
      ['identity.enrolment.confirmed', 'Person::"bob"'],
      ['identity.enrolment.spent', 'Person::"sue"'],
    ],
  )
})

test('whoever has no passkey and only a password cannot make themself one', async () => {
  await house.addPerson('ada', { groups: ['personas'] })
  const ada = house.browser()
  house.restart({ demo: true })
  await ada.becomePersona('ada')
  house.restart({ demo: false })
  await refused(ada.call(identityApi.passkeyChallenge, { body: {} }), 'access.step_up_required')
})
