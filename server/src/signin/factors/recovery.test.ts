import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { factorsApi } from '@countersign/contract/api/factors'
import { signinFactorsApi } from '@countersign/contract/api/signin-factors'
import { Problem } from '@countersign/contract/problems'
import fc from 'fast-check'
import { readDocuments } from '#journal/documents.store'
import { readEntries } from '#journal/journal.store'
import { Authenticator } from '#signin/authenticator.fake'
import { type Browser, consoleOrigin } from '#signin/browser.fake'
import { House, refused } from '#signin/house.fake'
import { sweepSignin } from '#signin/signin.job'
import { enrolmentMaxAgeMs } from './enrolment.ts'
import { freshMaxAgeMs } from './may-change.ts'
import {
  confirmationMaxAgeMs,
  confirmed,
  ended,
  isUnderWay,
  newRecovery,
  type Recovery,
} from './recovery.ts'

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
const waitMs = 30 * 60_000
const secretOf = (url: string) => new URL(url).hash.slice(1)
const mine = async (browser: Browser) => (await browser.call(factorsApi.myFactors, {})).body
const recoveries = async () =>
  (await house.call(factorsApi.recoveries, operator, {})).body.recoveries
const helpDesk = async (person: string, lost: readonly string[]) =>
  (await house.call(factorsApi.startRecovery, operator, { body: { person, lost: [...lost] } })).body
const confirm = async (recovery: string, browser: Browser) =>
  (await browser.call(factorsApi.confirmRecovery, { params: { recovery }, body: {} })).body

/** Ada lost her laptop; the help desk says so, and Bob, an administrator, is there to confirm. */
async function lostLaptop() {
  const ada = await house.resident('ada')
  const bob = await house.resident('bob', { groups: ['administrators'] })
  const [laptop] = (await mine(ada)).passkeys
  assert.ok(laptop)
  const { id } = await helpDesk('ada', [laptop.id])
  return { ada, bob, laptop, id }
}

describe('a lost device', () => {
  test('is recovered from with a link that another person gave after recognising its owner', async () => {
    const { bob, id, ada } = await lostLaptop()
    const { url, opensAt } = await confirm(id, bob)
    assert.equal(opensAt, house.now + waitMs)
    house.pass(waitMs)
    const phone = house.browser()
    await phone.enrol(secretOf(url))
    assert.equal(phone.session().person, 'ada')
    assert.deepEqual(
      (await mine(phone)).passkeys.map(({ name }) => name),
      ['new phone'],
    )
    assert.deepEqual(
      (await recoveries()).map(({ state, endedBy }) => [state, endedBy]),
      [['completed', 'Person::"ada"']],
    )
    ada.jar.clear()
    await refused(ada.signIn(), 'signin.failed')
  })

  test('stops working, and its sessions end, the moment the second person confirms', async () => {
    const { ada, bob, id } = await lostLaptop()
    assert.equal(ada.subject().kind, 'person')
    await confirm(id, bob)
    assert.equal(ada.subject().kind, 'anonymous')
    await refused(ada.signIn(), 'signin.failed')
  })

  test('leaves alone what is not lost', async () => {
    const ada = await house.resident('ada')
    const bob = await house.resident('bob', { groups: ['administrators'] })
    const desk = house.browser()
    desk.authenticator = new Authenticator(consoleOrigin)
    ada.authenticator = desk.authenticator
    await ada.addPasskey({}, 'desk')
    await desk.signIn()
    const { passkeys } = await mine(desk)
    const laptop = passkeys.find(({ name }) => name === 'laptop')
    assert.ok(laptop)
    await confirm((await helpDesk('ada', [laptop.id])).id, bob)
    assert.equal(desk.subject().kind, 'person')
    assert.equal(ada.subject().kind, 'anonymous')
    assert.deepEqual(
      (await mine(desk)).passkeys.map(({ name }) => name),
      ['desk'],
    )
  })

  test('changes nothing while nobody has confirmed', async () => {
    const { ada } = await lostLaptop()
    assert.equal(ada.subject().kind, 'person')
    assert.equal((await mine(ada)).passkeys.length, 1)
  })

  test('can be reported by its owner from a session that is left, and shows as a warning in it', async () => {
    const ada = await house.resident('ada')
    const { passkeys } = await mine(ada)
    const lost = passkeys.map(({ id }) => id)
    await ada.call(factorsApi.startMyRecovery, { body: { lost } })
    const { recovery } = await mine(ada)
    assert.equal(recovery?.state, 'started')
    assert.deepEqual(recovery.lost, ['laptop'])
  })

  test('names passkeys of its owner only', async () => {
    const ada = await house.resident('ada')
    const eve = await house.resident('eve')
    const [ofAda] = (await mine(ada)).passkeys
    await refused(
      eve.call(factorsApi.startMyRecovery, { body: { lost: [ofAda?.id ?? ''] } }),
      'identity.passkey_not_found',
    )
    await refused(helpDesk('eve', [ofAda?.id ?? '']), 'identity.passkey_not_found')
  })

  test('is one at a time', async () => {
    await lostLaptop()
    await refused(helpDesk('ada', []), 'request.conflict')
  })
})

describe('the link of a recovery', () => {
  test('is not got around by a link for a first passkey while its wait goes on', async () => {
    const { bob, id } = await lostLaptop()
    await confirm(id, bob)
    const first = () => bob.call(factorsApi.enrol, { body: { person: 'ada' } })
    await refused(first(), 'request.conflict')
    // Nor by cancelling it: the passkeys are gone all the same.
    await bob.call(factorsApi.cancelRecovery, { params: { recovery: id } })
    const { body } = await first()
    assert.equal(body.opensAt, house.now + waitMs)
    await refused(house.browser().enrol(secretOf(body.url)), 'signin.link_spent')
    house.pass(waitMs)
    await house.browser().enrol(secretOf(body.url))
  })

  test('does not open before its wait is over, works once, and closes after a day', async () => {
    const { bob, id } = await lostLaptop()
    const link = secretOf((await confirm(id, bob)).url)
    const begin = () => house.browser().call(signinFactorsApi.enrolChallenge, { body: { link } })
    house.pass(waitMs - 1)
    await refused(begin(), 'signin.link_spent')
    house.pass(1)
    await begin()
    house.pass(enrolmentMaxAgeMs)
    await refused(begin(), 'signin.link_spent')
    await sweepSignin(house.dependencies)
    assert.deepEqual(
      (await recoveries()).map(({ state }) => state),
      ['expired'],
    )
  })

  test('waits as long as the organisation decided', async () => {
    const { bob, id } = await lostLaptop()
    await house.call(factorsApi.setFactorsPolicy, operator, { body: { recoveryWaitMinutes: 0 } })
    const { url } = await confirm(id, bob)
    await house.browser().enrol(secretOf(url))
  })

  test('is kept only as a hash', async () => {
    const { bob, id } = await lostLaptop()
    const link = secretOf((await confirm(id, bob)).url)
    const kept = [
      ...(await readDocuments(house.store.db, 'enrolment')),
      ...(await readDocuments(house.store.db, 'recovery')),
    ]
    assert.ok(!JSON.stringify(kept).includes(link))
  })
})

describe('the second person', () => {
  test('is never the one who lost the device, nor the one who started it', async () => {
    const bob = await house.resident('bob', { groups: ['administrators'] })
    const sue = await house.resident('sue', { groups: ['administrators'] })
    const { body } = await bob.call(factorsApi.startRecovery, { body: { person: 'sue', lost: [] } })
    await refused(confirm(body.id, bob), 'identity.second_person')
    await refused(confirm(body.id, sue), 'identity.second_person')
  })

  test('does not start a recovery of their own as if they were the help desk', async () => {
    const bob = await house.resident('bob', { groups: ['administrators'] })
    await refused(
      bob.call(factorsApi.startRecovery, { body: { person: 'bob', lost: [] } }),
      'identity.second_person',
    )
  })

  const asManager = (recovery: string, browser: Browser) =>
    browser.call(factorsApi.confirmReportsRecovery, { params: { recovery }, body: {} })

  test('may be the manager, who sees the recoveries of their own people only', async () => {
    const boss = await house.resident('boss')
    const eve = await house.resident('eve')
    const ada = await house.resident('ada', { manager: 'boss' })
    await ada.call(factorsApi.startMyRecovery, { body: { lost: [] } })
    const seen = async (browser: Browser) =>
      (await browser.call(factorsApi.reportsRecoveries, {})).body.recoveries
    const [recovery] = await seen(boss)
    assert.equal(recovery?.person, 'ada')
    assert.deepEqual(await seen(eve), [])
    await refused(asManager(recovery.id, eve), 'identity.recovery_not_found')
    await refused(asManager(recovery.id, ada), 'identity.recovery_not_found')
    const { body } = await asManager(recovery.id, boss)
    house.pass(waitMs)
    await house.browser().enrol(secretOf(body.url))
  })

  test('shows afresh who they are before they confirm', async () => {
    const boss = await house.resident('boss')
    const ada = await house.resident('ada', { manager: 'boss' })
    const { body } = await ada.call(factorsApi.startMyRecovery, { body: { lost: [] } })
    house.pass(freshMaxAgeMs + 1)
    await refused(asManager(body.id, boss), 'access.step_up_required')
    await boss.signIn()
    await asManager(body.id, boss)
  })

  test('is an administrator where an administrator lost the device', async () => {
    const boss = await house.resident('boss')
    const ada = await house.resident('ada', { manager: 'boss', groups: ['administrators'] })
    const { body } = await ada.call(factorsApi.startMyRecovery, { body: { lost: [] } })
    await refused(asManager(body.id, boss), 'identity.recovery_not_found')
    await confirm(body.id, await house.resident('bob', { groups: ['administrators'] }))
  })
})

describe('a recovery that was not wanted', () => {
  test('is stopped by any sign-in of the person with a passkey', async () => {
    const { ada, id, bob } = await lostLaptop()
    await ada.signIn()
    assert.deepEqual(
      (await recoveries()).map(({ state, endedBy }) => [state, endedBy]),
      [['cancelled', 'Person::"ada"']],
    )
    await refused(confirm(id, bob), 'identity.recovery_not_found')
  })

  test('is stopped with its link, also after it was confirmed', async () => {
    const ada = await house.resident('ada')
    const bob = await house.resident('bob', { groups: ['administrators'] })
    const { id } = await helpDesk('ada', [])
    const link = secretOf((await confirm(id, bob)).url)
    ada.jar.clear()
    await ada.signIn()
    house.pass(waitMs)
    await refused(house.browser().enrol(link), 'signin.link_spent')
  })

  test('is stopped by the person in the portal, after a fresh sign-in and not before', async () => {
    const { ada } = await lostLaptop()
    house.pass(freshMaxAgeMs + 1)
    await refused(ada.call(factorsApi.cancelMyRecovery, {}), 'access.step_up_required')
    await ada.signIn()
    await refused(ada.call(factorsApi.cancelMyRecovery, {}), 'identity.recovery_not_found')
    await helpDesk('ada', [])
    await ada.call(factorsApi.cancelMyRecovery, {})
    assert.equal((await mine(ada)).recovery, undefined)
  })

  test('is stopped by an administrator', async () => {
    const { id } = await lostLaptop()
    const cancel = () =>
      house.call(factorsApi.cancelRecovery, operator, { params: { recovery: id } })
    await cancel()
    await refused(cancel(), 'identity.recovery_not_found')
  })

  test('is over after three days without a second person', async () => {
    const { id, bob } = await lostLaptop()
    house.pass(confirmationMaxAgeMs)
    await refused(confirm(id, bob), 'identity.recovery_not_found')
    await sweepSignin(house.dependencies)
    assert.deepEqual(
      (await recoveries()).map(({ state }) => state),
      ['expired'],
    )
  })
})

test('the journal tells the whole story of a recovery, and who did what', async () => {
  const before = house.ledger.sequence
  const { bob, id } = await lostLaptop()
  const { url } = await confirm(id, bob)
  house.pass(waitMs)
  await house.browser().enrol(secretOf(url))
  const entries = await readEntries(house.store.db, before, 1_000)
  assert.deepEqual(
    entries.filter(({ kind }) => kind === 'recovery').map(({ event, actor }) => [event, actor]),
    [
      ['identity.recovery.started', 'Workload::"operator"'],
      ['identity.recovery.confirmed', 'Person::"bob"'],
      ['identity.recovery.completed', 'Person::"ada"'],
    ],
  )
})

describe('the states of a recovery', () => {
  const source = { now: () => 0, randomBytes: (count: number) => new Uint8Array(count) }
  const begun = newRecovery({ person: 'ada', startedBy: 'x', lost: [] }, source)
  type Move = 'confirmed' | 'completed' | 'cancelled' | 'expired'
  const step = (it: Recovery, move: Move, now: number): Recovery =>
    move === 'confirmed'
      ? confirmed(it, 'y', { now, opensAt: now, endsAt: now + 1_000 })
      : ended(it, move, 'z', now)

  test('whatever is tried, what is over stays over, and nothing completes unconfirmed', () => {
    const moves = fc.constantFrom<Move>('confirmed', 'completed', 'cancelled', 'expired')
    fc.assert(
      fc.property(fc.array(fc.tuple(moves, fc.nat(2_000)), { maxLength: 8 }), (tries) => {
        let it = begun
        let now = 0
        for (const [move, pause] of tries) {
          now += pause
          const before = it
          try {
            it = step(it, move, now)
          } catch (error) {
            assert.ok(error instanceof Problem)
            continue
          }
          assert.ok(['started', 'confirmed'].includes(before.state))
          if (move === 'completed') assert.equal(before.confirmedBy, 'y')
          if (move !== 'confirmed') assert.ok(!isUnderWay(it, now))
        }
      }),
    )
  })
})
