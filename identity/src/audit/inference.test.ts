// What accounts are, whether they are in use, and whether their people work here.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { account, day, now, seen, sid } from '#checks/reading.fake'
import type { Account } from '#model'
import { activityOf } from './activity.ts'
import { type Class, classify, isSecondAccount } from './classify.ts'
import { employmentOfAccount, personnelAt } from './employment.ts'

function bare(members: Partial<Account>): Account {
  return {
    id: 'x',
    name: 'x',
    kind: 'user',
    lastUse: { kind: 'unknown', because: 'not told' },
    flags: {},
    secrets: [],
    ...members,
  }
}

const rows: readonly (readonly [string, Account, Class])[] = [
  ['the first administrator, renamed', bare({ sid: sid(500), name: 'Chef' }), 'built-in'],
  [
    'an ordinary account called Administrator',
    bare({ sid: sid(1_500), name: 'Administrator', mail: 'a@b' }),
    'employee',
  ],
  ['a managed account', bare({ kind: 'managed-service' }), 'service'],
  ['a guest', bare({ kind: 'guest' }), 'partner'],
  [
    'a person who keeps a service’s password with others',
    account(1, { custodians: ['a', 'b'] }),
    'shared',
  ],
  [
    'a service whose password several keep',
    account(1, { employeeType: 'service', custodians: ['a', 'b'] }),
    'service',
  ],
  [
    'a person who runs something',
    bare({ employeeId: 'E1', servicePrincipals: ['http/a'] }),
    'employee',
  ],
  ['somebody nobody knows who runs something', bare({ servicePrincipals: ['http/a'] }), 'service'],
  ['a name of a service', bare({ name: 'svc-backup' }), 'service'],
  ['a person whose name begins alike', bare({ name: 'svetlana', mail: 's@b' }), 'employee'],
  ['a reception', bare({ name: 'reception2' }), 'shared'],
  ['a key', bare({ name: 'billing-api-key' }), 'api-key'],
  ['a contractor', bare({ employeeType: 'External contractor' }), 'contractor'],
]

for (const [what, given, expected] of rows) {
  test(`${what} is ${expected}, and the evidence says why`, () => {
    const found = classify(given, undefined)
    assert.equal(found.class, expected)
    assert.notEqual(found.evidence, '')
  })
}

test('the personnel records decide what an account of a person is', () => {
  const personnel = personnelAt([{ key: 'e1', kind: 'contractor' }], now)
  const given = bare({ employeeId: ' E1' })
  const employment = employmentOfAccount(given, personnel)
  assert.equal(classify(given, employment).class, 'contractor')
})

test('an account for administration is told from the everyday one', () => {
  assert.ok(isSecondAccount(bare({ name: 'adm-ann' })))
  assert.ok(isSecondAccount(bare({ name: 'ann.adm@example.org' })))
  assert.ok(!isSecondAccount(bare({ name: 'adam' })))
  assert.ok(!isSecondAccount(bare({ name: 'admira.lee' })))
})

test('a last sign-in across the line of 90 days is not told', () => {
  assert.equal(activityOf(seen(95), now).state, 'cannot-tell')
  assert.equal(activityOf(seen(90), now).state, 'active')
  assert.equal(activityOf(seen(105), now).state, 'dormant')
  assert.equal(activityOf({ kind: 'unknown', because: 'x' }, now).state, 'cannot-tell')
  assert.equal(activityOf({ kind: 'never', evidence: ['x'] }, now).state, 'never')
})

test('who came back is present, and who comes later is expected', () => {
  const personnel = personnelAt(
    [
      { key: 'A', endsAt: now - 300 * day },
      { key: 'A', startsAt: now - 10 * day },
      { key: 'B', startsAt: now + day },
      { key: 'C', startsAt: now - 10 * day, endsAt: now - 300 * day },
    ],
    now,
  )
  const states = ['A', 'B', 'C'].map((key) => personnel.get(key)?.state)
  assert.deepEqual(states, ['present', 'expected', 'present'])
})
