import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, beforeEach, describe, test } from 'node:test'
import { signinApi } from '@countersign/contract/api/signin'
import { sql } from 'kysely'
import { firstAsked } from './ask.store.ts'
import { keepChallenge } from './challenge.store.ts'
import { newChallenge } from './challenge.ts'
import type { Browser } from './browser.fake.ts'
import { House } from './house.fake.ts'
import { sessionMaxAgeMs } from './session.ts'
import { keepSightings } from './sighting.store.ts'
import { sweepSignin } from './signin.job.ts'

let house: House
before(async () => {
  house = await House.open()
})
after(() => house.close())
beforeEach(() => house.clear())

const count = async (table: string): Promise<number> => {
  const { rows } = await sql<{ readonly count: number }>`
    select count(*)::int as count from ${sql.table(table)}`.execute(house.store.db)
  return rows[0]?.count ?? 0
}

describe('the sweep', () => {
  test('clears away what is over and leaves what is not', async () => {
    const ada = await house.resident('ada')
    await house.addApplication('wiki')
    await ada.goOn('http://wiki.localhost:7400/', randomBytes(32).toString('base64url'), '1')
    await ada.goOn('http://wiki.localhost:7400/', randomBytes(32).toString('base64url'))
    await ada.call(signinApi.passkeyChallenge, { body: {} })
    house.pass(sessionMaxAgeMs / 2)
    await isUsed(ada)
    const bob = await house.resident('bob')
    await bob.goOn('http://wiki.localhost:7400/', randomBytes(32).toString('base64url'))
    await bob.call(signinApi.passkeyChallenge, { body: {} })
    await sweepSignin(house.dependencies)
    assert.equal(await count('signin_challenges'), 1)
    assert.equal(await count('signin_handoffs'), 1)
    assert.equal(await count('signin_asks'), 0)
    assert.equal(house.ledger.estate.count('session'), 2)

    house.pass(sessionMaxAgeMs / 2)
    await isUsed(bob)
    await sweepSignin(house.dependencies)
    assert.equal(house.ledger.estate.count('session'), 1)
    assert.equal(house.ledger.estate.count('token'), 1)
    assert.equal(bob.subject().kind, 'person')
    assert.equal(ada.subject().kind, 'anonymous')
  })

  test('does not touch the journal where nothing is over', async () => {
    await house.resident('ada')
    const before = house.ledger.sequence
    await sweepSignin(house.dependencies)
    assert.equal(house.ledger.sequence, before)
  })
})

/** A gateway tells that a browser is in use. */
async function isUsed(browser: Browser): Promise<void> {
  const seen = { network: '192.0.2.0/24', browser: 'firefox', platform: 'linux' } as const
  const { id } = browser.session()
  await keepSightings(house.store.db, [{ session: id, lastUsedAt: house.now, ...seen }])
}

describe('what strangers cause', () => {
  test('never takes more rows than there are slots: the oldest makes room', async () => {
    const source = { now: () => house.now, randomBytes: (size: number) => randomBytes(size) }
    await sql`delete from signin_challenges`.execute(house.store.db)
    // The next slots are the last one and the first one again.
    await sql`select setval('signin_challenge_slot', 65534)`.execute(house.store.db)
    const first = newChallenge({ purpose: 'signin' }, source).kept
    await keepChallenge(house.store.db, first)
    await sql`select setval('signin_challenge_slot', 65534)`.execute(house.store.db)
    await keepChallenge(house.store.db, newChallenge({ purpose: 'signin' }, source).kept)
    assert.equal(await count('signin_challenges'), 1)
    await keepChallenge(house.store.db, newChallenge({ purpose: 'signin' }, source).kept)
    const { rows } = await sql<{ readonly slot: number }>`
      select slot from signin_challenges order by slot`.execute(house.store.db)
    assert.deepEqual(
      rows.map(({ slot }) => slot),
      [0, 65_535],
    )
  })

  test('a question that is repeated keeps its first moment', async () => {
    const flow = randomBytes(32).toString('base64url')
    const first = await firstAsked(house.store.db, flow, house.now)
    house.pass(1_000)
    assert.equal(await firstAsked(house.store.db, flow, house.now), first)
  })
})
