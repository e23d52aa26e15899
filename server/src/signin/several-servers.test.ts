import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, beforeEach, describe, test } from 'node:test'
import { signinApi } from '@countersign/contract/api/signin'
import { readDocuments } from '#journal/documents.store'
import { lacking } from '../../../test/parts.ts'
import { type Postgres, startPostgres } from '../../../test/postgres.ts'
import { House, refused } from './house.fake.ts'
import { sweepSignin } from './signin.job.ts'

describe('two servers on one PostgreSQL', { skip: await lacking('postgres') }, () => {
  let postgres: Postgres
  let one: House
  let two: House
  before(async () => {
    postgres = await startPostgres()
    const url = await postgres.createDatabase()
    one = await House.open(url)
    two = await House.open(url)
  })
  after(async () => {
    await one.close()
    await two.close()
    await postgres.stop()
  })
  beforeEach(async () => {
    await one.clear()
    two.restart({ demo: false })
    await two.ledger.catchUp()
  })

  const won = (results: readonly PromiseSettledResult<unknown>[]): number =>
    results.filter(({ status }) => status === 'fulfilled').length

  test('one asks for the passkey and the other checks the answer', async () => {
    const ada = await one.resident('ada')
    const { body } = await ada.call(signinApi.passkeyChallenge, { body: {} })
    const response = ada.authenticator.get(body.options)
    await two.ledger.catchUp()
    ada.house = two
    await ada.call(signinApi.passkey, { body: { challenge: body.challenge, response } })
    assert.equal(ada.session().person, 'ada')
  })

  test('the same answer given to both at once lets one in', async () => {
    const ada = await one.resident('ada')
    await two.ledger.catchUp()
    const { body } = await ada.call(signinApi.passkeyChallenge, { body: {} })
    const answer = { challenge: body.challenge, response: ada.authenticator.get(body.options) }
    const results = await Promise.allSettled(
      [one, two].map((house) => house.browser().call(signinApi.passkey, { body: answer })),
    )
    assert.equal(won(results), 1)
  })

  test('a setup link used at both at once makes one administrator', async () => {
    const link = await one.issueLink()
    await two.ledger.catchUp()
    const results = await Promise.allSettled(
      [one, two, one, two].map((house, index) => house.browser().setUp(link, `Ada ${index}`)),
    )
    assert.equal(won(results), 1)
    assert.equal((await readDocuments(one.store.db, 'person')).length, 1)
    assert.equal((await readDocuments(one.store.db, 'passkey')).length, 1)
  })

  test('a code redeemed at both at once works once, and not after signing out at the other', async () => {
    const ada = await one.resident('ada')
    await one.addApplication('wiki')
    await two.ledger.catchUp()
    const carry = async () => {
      const flow = randomBytes(32).toString('base64url')
      const url = await ada.goOn('http://wiki.localhost:7400/', flow)
      return { code: url.searchParams.get('code') ?? '', flow }
    }
    const { code, flow } = await carry()
    const there = two.browser()
    const redeem = () => there.redeem(code, 'wiki.localhost', flow)
    const here = ada.redeem(code, 'wiki.localhost', flow)
    assert.equal(won(await Promise.allSettled([here, redeem()])), 1)

    const later = await carry()
    await ada.call(signinApi.signOut, { body: {} })
    await refused(there.redeem(later.code, 'wiki.localhost', later.flow), 'signin.expired')
  })

  test('what is over is cleared away once', async () => {
    const ada = await one.resident('ada')
    await two.ledger.catchUp()
    const { endsAt } = ada.session()
    one.now = endsAt
    two.now = endsAt
    await Promise.all([sweepSignin(one.dependencies), sweepSignin(two.dependencies)])
    assert.deepEqual(await readDocuments(one.store.db, 'session'), [])
    assert.deepEqual(await readDocuments(one.store.db, 'token'), [])
  })
})
