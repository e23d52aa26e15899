import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { breakGlassApi } from '@countersign/contract/api/break-glass'
import type { Log } from '#log'
import type { Browser } from '#signin/browser.fake'
import { House, refused } from '#signin/house.fake'
import { findingsOf, type Standing } from './break-glass.ts'
import { watchBreakGlass } from './watch.ts'

let house: House
before(async () => {
  house = await House.open()
})
after(() => house.close())
beforeEach(() => house.clear())

const dayMs = 86_400_000
const operator = { kind: 'operator' } as const
const postMortem = 'the provider was down for an hour; nothing else to do'

const keeper = async (id: string): Promise<Browser> => {
  const browser = await house.resident(id)
  await house.call(breakGlassApi.addBreakGlass, operator, { params: { person: id }, body: {} })
  return browser
}

const look = async () => (await house.call(breakGlassApi.breakGlass, operator, {})).body

const kinds = async () => (await look()).findings.map(({ kind }) => kind)

describe('an account of the last resort', () => {
  test('is warned of in the moment somebody signs in with it', async () => {
    const warned: unknown[] = []
    let counted = 0
    const log = { warn: (it: unknown) => void warned.push(it) }
    const end = watchBreakGlass(house.ledger, {
      log: log as Partial<Log> as Log,
      counted: () => void counted++,
    })
    const glass = await keeper('glass')
    await glass.signIn()
    end()
    assert.equal(counted, 1)
    assert.equal((warned[0] as { person: string }).person, 'glass')
    const { uses } = await look()
    assert.equal(uses[0]?.session, glass.session().id)
    assert.equal(uses[0]?.isDrill, false)
  })

  test('stays a finding until somebody else has said what it was about', async () => {
    const glass = await keeper('glass')
    await glass.signIn()
    assert.ok((await kinds()).includes('use-not-acknowledged'))
    const use = (await look()).uses[0]?.id ?? ''
    const acknowledge = { params: { use }, body: { postMortem } }
    await refused(glass.call(breakGlassApi.acknowledgeUse, acknowledge), 'identity.break_glass_own')
    const bob = await house.resident('bob')
    const { body } = await bob.call(breakGlassApi.acknowledgeUse, acknowledge)
    assert.equal(body.acknowledged?.by, 'Person::"bob"')
    assert.ok(!(await kinds()).includes('use-not-acknowledged'))
    await refused(bob.call(breakGlassApi.acknowledgeUse, acknowledge), 'request.conflict')
  })

  test('that is ordinary again raises no alert', async () => {
    const glass = await keeper('glass')
    await house.call(breakGlassApi.removeBreakGlass, operator, { params: { person: 'glass' } })
    await glass.signIn()
    assert.deepEqual((await look()).uses, [])
  })

  test('is drilled by a sign-in that was declared, and is overdue after ninety days', async () => {
    const glass = await keeper('glass')
    house.pass(90 * dayMs + 1)
    assert.ok((await kinds()).includes('drill-overdue'))
    await house.call(breakGlassApi.declareDrill, operator, {
      params: { person: 'glass' },
      body: {},
    })
    await glass.signIn()
    const { uses, accounts } = await look()
    assert.equal(uses[0]?.isDrill, true)
    assert.equal(accounts[0]?.lastDrillAt, house.now)
    assert.equal(accounts[0]?.drillDeclaredUntil, undefined)
    const found = await kinds()
    assert.ok(!found.includes('drill-overdue') && !found.includes('use-not-acknowledged'))
    // The declaration was for one sign-in.
    await glass.signIn()
    assert.ok((await kinds()).includes('use-not-acknowledged'))
  })

  test('is no drill where the declaration is older than a day', async () => {
    const glass = await keeper('glass')
    await house.call(breakGlassApi.declareDrill, operator, {
      params: { person: 'glass' },
      body: {},
    })
    house.pass(dayMs)
    await glass.signIn()
    assert.equal((await look()).uses[0]?.isDrill, false)
  })

  test('signs in here, whatever becomes of any provider elsewhere', async () => {
    const glass = await keeper('glass')
    await glass.signIn()
    assert.equal(glass.session().authentication.provider, undefined)
    assert.equal(glass.session().authentication.method, 'passkey')
  })
})

describe('findings', () => {
  const now = 200 * dayMs
  const account = {
    person: 'glass-1',
    name: 'Glass One',
    since: now - dayMs,
    isPresent: true,
    methods: ['hardware-key'],
    drill: undefined,
  } as const
  const second = { ...account, person: 'glass-2', name: 'Glass Two' }
  const sound: Standing = {
    accounts: [account, second],
    uses: [],
    dailyMethods: new Set(['passkey']),
    now,
  }
  const use = {
    id: 'bgu_1',
    person: 'glass-1',
    session: 'ses_1',
    at: now,
    method: 'passkey',
    isDrill: false,
  }
  const cases: readonly (readonly [string, Partial<Standing>, readonly string[]])[] = [
    ['none where all is well', {}, []],
    ['too few accounts', { accounts: [account] }, ['too-few']],
    ['no way in', { accounts: [{ ...account, methods: [] }, second] }, ['no-way-in']],
    [
      'the method of every day',
      { accounts: [{ ...account, methods: ['passkey'] }, second] },
      ['daily-method'],
    ],
    [
      'a method that can be phished',
      { accounts: [{ ...account, methods: ['hardware-key', 'otp'] }, second] },
      ['weak-method'],
    ],
    [
      'an account that is off',
      { accounts: [{ ...account, isPresent: false }, second] },
      ['not-present'],
    ],
    [
      'a drill that is overdue',
      { accounts: [{ ...account, since: 0 }, second] },
      ['drill-overdue'],
    ],
    ['a use nobody explained', { uses: [use] }, ['use-not-acknowledged']],
    [
      'a use through another provider',
      { uses: [{ ...use, provider: 'corp', isDrill: true }] },
      ['federated'],
    ],
  ]
  for (const [name, change, expected] of cases) {
    test(name, () => {
      const found = findingsOf({ ...sound, ...change })
      assert.deepEqual(
        found.map(({ kind }) => kind),
        expected,
      )
    })
  }
})
