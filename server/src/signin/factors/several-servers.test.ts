import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { factorsApi } from '@countersign/contract/api/factors'
import { signinFactorsApi } from '@countersign/contract/api/signin-factors'
import { Secret as OtpSecret, TOTP } from 'otpauth'
import { readDocuments } from '#journal/documents.store'
import { House } from '#signin/house.fake'
import { sweepSignin } from '#signin/signin.job'
import { lacking } from '../../../../test/parts.ts'
import { type Postgres, startPostgres } from '../../../../test/postgres.ts'

describe('two servers on one PostgreSQL', { skip: await lacking('postgres') }, () => {
  let postgres: Postgres
  let one: House
  let two: House
  before(async () => {
    postgres = await startPostgres()
    const url = await postgres.createDatabase()
    one = await House.open(url)
    two = await House.open(url, one)
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

  const operator = { kind: 'operator' } as const
  const won = (results: readonly PromiseSettledResult<unknown>[]): number =>
    results.filter(({ status }) => status === 'fulfilled').length

  test('a link used at both at once registers one passkey', async () => {
    await one.addPerson('ada')
    const { body } = await one.call(factorsApi.enrol, operator, { body: { person: 'ada' } })
    await two.ledger.catchUp()
    const link = new URL(body.url).hash.slice(1)
    const results = await Promise.allSettled(
      [one, two, one, two].map((house) => house.browser().enrol(link)),
    )
    assert.equal(won(results), 1)
    assert.equal((await readDocuments(one.store.db, 'passkey')).length, 1)
  })

  test('a recovery code used at both at once lets one in', async () => {
    const ada = await one.resident('ada')
    const { body } = await ada.call(factorsApi.renewRecoveryCodes, { body: {} })
    await two.ledger.catchUp()
    const [code = ''] = body.codes
    const results = await Promise.allSettled(
      [one, two, one, two].map((house) =>
        house.browser().call(signinFactorsApi.recoveryCode, { body: { code } }),
      ),
    )
    assert.equal(won(results), 1)
  })

  test('a code from an app used at both at once counts once', async () => {
    const group = { id: 'travellers', name: 'travellers', groups: [] }
    await one.put({ event: 'identity.group.put', kind: 'group', id: 'travellers', after: group })
    const policy = { otpGroups: ['travellers'] }
    await one.call(factorsApi.setFactorsPolicy, operator, { body: policy })
    const ada = await one.resident('ada', { groups: ['travellers'] })
    const { body } = await ada.call(factorsApi.beginOtp, { body: {} })
    const app = new TOTP({ secret: OtpSecret.fromBase32(body.key) })
    const codeAt = (at: number) => app.generate({ timestamp: at })
    await ada.call(factorsApi.confirmOtp, { body: { code: codeAt(one.now) } })
    one.pass(30_000)
    two.pass(30_000)
    const browsers = [await one.withPassword('ada'), await one.withPassword('ada')]
    await two.ledger.catchUp()
    const results = await Promise.allSettled(
      browsers.map((browser, index) => {
        browser.house = index === 0 ? one : two
        return browser.call(signinFactorsApi.otp, { body: { code: codeAt(one.now) } })
      }),
    )
    assert.equal(won(results), 1)
  })

  test('two second persons who confirm a recovery at once give one link', async () => {
    await one.addAdministrators()
    await one.resident('ada')
    const bob = await one.resident('bob', { groups: ['administrators'] })
    const sue = await one.resident('sue', { groups: ['administrators'] })
    const body = { person: 'ada', lost: [] }
    const { body: begun } = await one.call(factorsApi.startRecovery, operator, { body })
    await two.ledger.catchUp()
    sue.house = two
    const confirm = { params: { recovery: begun.id }, body: {} }
    const results = await Promise.allSettled([
      bob.call(factorsApi.confirmRecovery, confirm),
      sue.call(factorsApi.confirmRecovery, confirm),
    ])
    assert.equal(won(results), 1)
    assert.equal((await readDocuments(one.store.db, 'enrolment')).length, 1)
  })

  test('both sweep at once what is over', async () => {
    await one.addPerson('ada')
    await one.call(factorsApi.enrol, operator, { body: { person: 'ada', validMinutes: 5 } })
    await two.ledger.catchUp()
    one.pass(300_000)
    two.pass(300_000)
    await Promise.all([sweepSignin(one.dependencies), sweepSignin(two.dependencies)])
    assert.deepEqual(await readDocuments(one.store.db, 'enrolment'), [])
  })
})
