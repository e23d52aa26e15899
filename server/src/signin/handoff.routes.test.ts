import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, beforeEach, describe, test } from 'node:test'
import { signinApi } from '@countersign/contract/api/signin'
import { handoffMaxAgeMs, tokenHash } from '@countersign/contract/session'
import { sql } from 'kysely'
import type { Browser } from './browser.fake.ts'
import { House, refused } from './house.fake.ts'

let house: House
before(async () => {
  house = await House.open()
})
after(() => house.close())
beforeEach(async () => {
  await house.clear()
  await house.addApplication('wiki')
  await house.addApplication('billing')
})

const host = 'wiki.localhost'
const newFlow = () => randomBytes(32).toString('base64url')
const codeFor = async (browser: Browser, flow: string) => {
  const url = await browser.goOn(`http://${host}:7400/page?q=1`, flow)
  return url.searchParams.get('code') ?? ''
}

describe('a session carried to another host', () => {
  test('has a cookie there, made for that host alone', async () => {
    const ada = await house.resident('ada')
    const flow = newFlow()
    const { body, sequence } = await ada.redeem(await codeFor(ada, flow), host, flow)
    assert.equal(body.returnTo, '/page?q=1')
    assert.equal(body.maxAgeSeconds, 43_200)
    assert.equal(body.sequence, house.ledger.sequence)
    assert.equal(sequence, body.sequence)
    assert.equal(ada.session(host).id, ada.session().id)
    assert.notEqual(ada.cookie(host), ada.cookie())
    const elsewhere = house.ledger.estate.subjectOf(
      tokenHash(body.token),
      'billing.localhost',
      house.now,
    )
    assert.equal(elsewhere.kind, 'anonymous')
  })

  test('has one cookie for a host: the next one takes its place', async () => {
    const ada = await house.resident('ada')
    const [one, two] = [newFlow(), newFlow()]
    const first = await ada.redeem(await codeFor(ada, one), host, one)
    await ada.redeem(await codeFor(ada, two), host, two)
    const { estate } = house.ledger
    assert.equal(estate.subjectOf(tokenHash(first.body.token), host, house.now).kind, 'anonymous')
    assert.equal(ada.subject(host).kind, 'person')
    assert.equal(ada.subject().kind, 'person')
  })

  test('keeps its end: the cookie lives no longer than the session', async () => {
    const ada = await house.resident('ada')
    house.pass(3_600_000)
    const flow = newFlow()
    const { body } = await ada.redeem(await codeFor(ada, flow), host, flow)
    assert.equal(body.maxAgeSeconds, 11 * 3_600)
  })
})

describe('a handoff code', () => {
  test('works once', async () => {
    const ada = await house.resident('ada')
    const flow = newFlow()
    const code = await codeFor(ada, flow)
    await ada.redeem(code, host, flow)
    await refused(ada.redeem(code, host, flow), 'signin.expired')
  })

  test('redeemed twice at once works once', async () => {
    const ada = await house.resident('ada')
    const flow = newFlow()
    const code = await codeFor(ada, flow)
    const results = await Promise.allSettled([1, 2, 3].map(() => ada.redeem(code, host, flow)))
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
  })

  test('works for the host it was made for, and is spent by trying another', async () => {
    const ada = await house.resident('ada')
    const flow = newFlow()
    const code = await codeFor(ada, flow)
    await refused(ada.redeem(code, 'billing.localhost', flow), 'signin.expired')
    await refused(ada.redeem(code, host, flow), 'signin.expired')
  })

  test('works in the browser that asked, and is spent by trying another', async () => {
    const ada = await house.resident('ada')
    const flow = newFlow()
    const code = await codeFor(ada, flow)
    await refused(ada.redeem(code, host, newFlow()), 'signin.expired')
    await refused(ada.redeem(code, host, flow), 'signin.expired')
  })

  test('lasts a minute', async () => {
    const ada = await house.resident('ada')
    const flow = newFlow()
    const early = await codeFor(ada, flow)
    house.pass(handoffMaxAgeMs - 1)
    await ada.redeem(early, host, flow)
    const late = await codeFor(ada, flow)
    house.pass(handoffMaxAgeMs)
    await refused(ada.redeem(late, host, flow), 'signin.expired')
  })

  test('is worth nothing after signing out', async () => {
    const ada = await house.resident('ada')
    const flow = newFlow()
    const code = await codeFor(ada, flow)
    await ada.call(signinApi.signOut, { body: {} })
    await refused(ada.redeem(code, host, flow), 'signin.expired')
    assert.equal(house.ledger.estate.count('token'), 0)
  })

  test('is worth nothing for someone who has left meanwhile', async () => {
    const ada = await house.resident('ada')
    const flow = newFlow()
    const code = await codeFor(ada, flow)
    await house.addPerson('ada', { active: false })
    await refused(ada.redeem(code, host, flow), 'signin.expired')
  })

  test('cannot be made up', async () => {
    const ada = await house.resident('ada')
    await refused(ada.redeem(newFlow(), host, newFlow()), 'signin.expired')
  })

  test('is kept only as a hash', async () => {
    const ada = await house.resident('ada')
    const code = await codeFor(ada, newFlow())
    const { rows } = await sql<{ readonly all: string }>`
      select string_agg(row_to_json(signin_handoffs)::text, ' ') as all from signin_handoffs
    `.execute(house.store.db)
    assert.ok(rows[0]?.all.includes(tokenHash(code)))
    assert.ok(!rows[0]?.all.includes(code))
  })
})
