import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { frictionApi } from '@countersign/contract/api/friction'
import { sessionsApi, sightingsApi } from '@countersign/contract/api/sessions'
import { signinApi } from '@countersign/contract/api/signin'
import { cadencePolicyId } from '@countersign/contract/cadence'
import type { DecisionRecord } from '@countersign/contract/decision'
import { newId } from '@countersign/contract/ids'
import { keepDecisions } from '#pillars/visibility/decisions.store'
import { verifyJournal } from '#journal/journal.store'
import type { Browser } from '#signin/browser.fake'
import { House } from '#signin/house.fake'
import { endIdleSessions } from '#signin/idle.job'
import { sessionMaxAgeMs } from '#signin/session'
import { sweepSignin } from '#signin/signin.job'
import { keepSignIns } from './signins.store.ts'

let house: House
before(async () => {
  house = await House.open()
})
after(() => house.close())
beforeEach(async () => {
  await house.clear()
  // What earlier tests recorded stays in the journal, so each test has a month of its own.
  house.pass(100 * 86_400_000)
})

const operator = { kind: 'operator' } as const
const hourMs = 3_600_000
let bytes = 0

/** A gateway decided this in the browser's session. */
const decided = async (
  browser: Browser,
  application: string,
  verdict: 'allow' | 'step-up',
  determining: string[] = [],
  ageSeconds = 0,
) => {
  house.pass(10_000)
  const { id: session, person } = browser.session()
  const effect = verdict === 'allow' ? 'allow' : 'deny'
  const record: DecisionRecord = {
    id: newId('decision', {
      now: () => house.now,
      randomBytes: (n) => new Uint8Array(n).fill(bytes++ % 256),
    }),
    at: house.now,
    gateway: 'gw_test',
    principal: { type: 'Person', id: person },
    action: 'access',
    resource: { type: 'Application', id: application },
    verdict,
    effective: { effect, determining, errors: [] },
    wouldBe: { effect, determining, errors: [] },
    explanation: [],
    context: { authentication: { ageSeconds }, request: { method: 'GET', path: '/' } },
    session,
    release: 'rel_test',
    sequence: 1,
    tookNs: 1,
  }
  await keepDecisions(house.store.db, [record])
}

/** A gateway sees the browser in use, a moment before the clock moves on. */
const used = async (browser: Browser) => {
  const seen = { network: '192.0.2.0/24', browser: 'firefox', platform: 'linux' } as const
  const sighting = { session: browser.session().id, lastUsedAt: house.now, ...seen }
  const gateway = { kind: 'gateway', id: 'gw_test' } as const
  await house.call(sightingsApi.sightings, gateway, { body: { sightings: [sighting] } })
  house.pass(1)
}

const causes = async (browser: Browser) => {
  const { body } = await browser.call(sessionsApi.mySignIns, { query: {} })
  return body.signIns.map(({ cause }) => cause.kind).reverse()
}

const signedIn = async (id: string): Promise<Browser> => {
  const browser = await house.resident(id)
  // The persona and the registration of the passkey came before the day that is looked at.
  house.pass(10 * 86_400_000)
  await sweepSignin(house.dependencies)
  await browser.signIn()
  return browser
}

describe('why somebody was asked', () => {
  test('the first sign-in of a workday, also of a night shift', async () => {
    const ada = await signedIn('ada')
    assert.deepEqual(await causes(ada), ['first-of-workday'])
    for (let round = 0; round < 13; round++) {
      await used(ada)
      house.pass(55 * 60_000)
      await endIdleSessions(house.dependencies)
      assert.equal(ada.subject().kind, 'person')
    }
    await used(ada)
    house.pass(10 * 60_000)
    await sweepSignin(house.dependencies)
    await ada.signIn()
    house.pass(3 * hourMs)
    await sweepSignin(house.dependencies)
    await ada.signIn()
    house.pass(hourMs)
    await sweepSignin(house.dependencies)
    await ada.signIn()
    assert.deepEqual(await causes(ada), ['first-of-workday', 'over', 'idle', 'first-of-workday'])
  })

  test('the cadence of a tier, in words that name it', async () => {
    const ada = await signedIn('ada')
    await house.addApplication('records')
    house.pass(10_000)
    await decided(ada, 'records', 'step-up', [cadencePolicyId('recent', 1)], 18_000)
    house.pass(10_000)
    await ada.signIn()
    const { body } = await ada.call(sessionsApi.mySignIns, { query: {} })
    const { cause } = body.signIns[0] ?? assert.fail('nothing was asked')
    assert.equal(cause.kind, 'recent')
    assert.equal(cause.tier, 1)
    assert.equal(cause.application?.id, 'records')
    assert.match(cause.words, /yours was 5 hours old$/)
    assert.ok(cause.decision?.startsWith('dec_'))
  })

  test('a stronger factor that a tier asks for', async () => {
    const ada = await signedIn('ada')
    await decided(ada, 'vault', 'step-up', [
      cadencePolicyId('recent', 0),
      cadencePolicyId('strong', 0),
    ])
    await ada.signIn()
    assert.deepEqual(await causes(ada), ['first-of-workday', 'strong'])
  })

  test('a change in Countersign itself', async () => {
    const ada = await signedIn('ada')
    await decided(ada, 'countersign', 'step-up')
    await ada.signIn()
    assert.deepEqual(await causes(ada), ['first-of-workday', 'administration'])
  })

  test('a decision asks once, and one long ago did not ask for this', async () => {
    const ada = await signedIn('ada')
    await decided(ada, 'vault', 'step-up', [cadencePolicyId('recent', 0)])
    await ada.signIn()
    house.pass(1)
    await ada.signIn()
    await decided(ada, 'vault', 'step-up', [cadencePolicyId('recent', 0)])
    house.pass(11 * 60_000)
    await ada.signIn()
    assert.deepEqual(await causes(ada), ['first-of-workday', 'recent', 'unasked', 'unasked'])
  })

  test('a decision about somebody else has no part in it', async () => {
    const ada = await signedIn('ada')
    const bob = await signedIn('bob')
    await ada.signIn()
    await decided(bob, 'vault', 'step-up', [cadencePolicyId('recent', 0)])
    await ada.signIn()
    assert.equal((await causes(ada)).at(-1), 'unasked')
  })

  test('a session that ended: nobody used it, somebody ended it, or it was seen twice', async () => {
    const ada = await signedIn('ada')
    house.pass(hourMs)
    await endIdleSessions(house.dependencies)
    await ada.signIn()
    await house.call(sessionsApi.endSession, operator, {
      params: { session: ada.session().id },
      body: { reason: 'a drill' },
    })
    await ada.signIn()
    await ada.call(signinApi.signOut, { body: {} })
    await ada.signIn()
    const seen = { network: '192.0.2.0/24', browser: 'firefox', platform: 'linux' } as const
    const sighting = {
      session: ada.session().id,
      lastUsedAt: house.now,
      ...seen,
      contested: { why: 'platform', other: { ...seen, platform: 'windows' } },
    } as const
    const gateway = { kind: 'gateway', id: 'gw_test' } as const
    await house.call(sightingsApi.sightings, gateway, { body: { sightings: [sighting] } })
    await ada.signIn()
    assert.deepEqual(await causes(ada), [
      'first-of-workday',
      'idle',
      'ended-by-administrator',
      'signed-out',
      'contested',
    ])
  })
})

describe('the figures', () => {
  const friction = async () =>
    (await house.call(frictionApi.friction, operator, { query: { days: '5' } })).body
  const coverage = async () =>
    (await house.call(frictionApi.coverage, operator, { query: { days: '5' } })).body

  test('count prompts on a workday by the most critical tier, against its budget', async () => {
    await house.addApplication('wiki')
    const ada = await signedIn('ada')
    await decided(ada, 'wiki', 'allow')
    await decided(ada, 'wiki', 'step-up', [cadencePolicyId('recent', 2)])
    await ada.signIn()
    house.pass(1)
    const figures = await friction()
    const tier2 = figures.byTier.find(({ tier }) => tier === 2)
    assert.deepEqual(tier2, {
      tier: 2,
      budget: 1,
      workdays: 1,
      prompts: 2,
      p50: 2,
      p95: 2,
      overBudget: 1,
    })
    assert.deepEqual(
      figures.overBudget.map(({ person, most }) => [person, most]),
      [['ada', 2]],
    )
  })

  test('name the worst fifty who were asked too often, and count all of them', async () => {
    const at = house.now
    const records = Array.from({ length: 60 }, (_, nth) => nth).flatMap((nth) =>
      [0, 1].map((again) => {
        const id = `often${nth}-${again}`
        const authentication = {
          method: 'passkey',
          phishingResistant: true,
          observedAt: at,
          provenance: 'attested',
        } as const
        const session = {
          id: `ses_${id}`,
          person: `often${nth}`,
          startedAt: at,
          endsAt: at + sessionMaxAgeMs,
          authentication,
        }
        return { id, at: at + again, event: 'started', session } as const
      }),
    )
    await keepSignIns(house.store.db, records)
    house.pass(2)
    const { peopleOverBudget, overBudget } = await friction()
    assert.equal(peopleOverBudget, 60)
    assert.equal(overBudget.length, 50)
  })

  test('can be held to another budget', async () => {
    await house.call(frictionApi.setFrictionBudget, operator, { body: { tiers: [9, 4, 2, 2] } })
    assert.deepEqual((await friction()).budget, { tiers: [9, 4, 2, 2] })
    await house.call(frictionApi.setFrictionBudget, operator, { body: { tiers: [8, 3, 1, 1] } })
  })

  test('agree with the journal, sign-in for sign-in', async () => {
    const ada = await signedIn('ada')
    house.pass(1)
    await ada.signIn()
    await ada.call(signinApi.signOut, { body: {} })
    await ada.signIn()
    house.pass(1)
    const { signIns, satisfied, phishingResistant } = await coverage()
    assert.deepEqual(
      { signIns, satisfied, phishingResistant },
      {
        signIns: 3,
        satisfied: 3,
        phishingResistant: 3,
      },
    )
    assert.equal((await friction()).prompts, signIns)
    assert.equal(await verifyJournal(house.store.db), undefined)
  })

  test('take in what was recorded elsewhere, once', async () => {
    await house.addPerson('old')
    const at = house.now
    const record = {
      id: 'import-1',
      at,
      event: 'started',
      session: {
        id: 'ses_old',
        person: 'old',
        startedAt: at,
        endsAt: at + sessionMaxAgeMs,
        authentication: {
          method: 'password',
          phishingResistant: false,
          observedAt: at,
          provenance: 'reported',
        },
      },
    } as const
    assert.equal(await keepSignIns(house.store.db, [record]), 1)
    assert.equal(await keepSignIns(house.store.db, [record]), 0)
    house.pass(1)
    const figures = await coverage()
    assert.equal(figures.signIns, 1)
    assert.equal(figures.satisfied, 0)
    assert.deepEqual(figures.byPopulation, [
      { population: 'employee', people: 1, signIns: 1, satisfied: 0, phishingResistant: 0 },
    ])
  })
})
