import assert from 'node:assert/strict'
import { test } from 'node:test'
import { policiesFrom } from '../fuzz/parse.ts'
import { compareAccess, whatMay, whoMay } from './access.ts'
import { Coverage } from './coverage.ts'
import { compilePolicies } from './engine.ts'
import { EntityStore } from './entities.ts'
import { findRemedies } from './remedies.ts'
import type { Change } from './remedies.ts'

const user = (id: string) => ({ type: 'User', id })
const READ = { type: 'Action', id: 'read' }
const PAYROLL = { type: 'App', id: 'payroll' }
const FINANCE = { type: 'Group', id: 'finance' }

const POLICIES = compilePolicies(
  policiesFrom({
    staff: `permit (principal in Group::"finance", action == Action::"read", resource == App::"payroll")
      when { context.auth.minutes < 60 && context.device.encrypted };`,
    frozen: 'forbid (principal, action, resource) when { context.risk > 80 };',
  }),
)

const STORE = EntityStore.load([
  { uid: user('ann'), attrs: {}, parents: [FINANCE] },
  { uid: user('bob'), attrs: {}, parents: [] },
  { uid: PAYROLL, attrs: {}, parents: [] },
])

const CHANGES: readonly Change[] = [
  { id: 'sign in again', kind: 'authentication', context: { 'auth.minutes': 0 } },
  { id: 'encrypt the disk', kind: 'device', context: { 'device.encrypted': true } },
  { id: 'join finance', kind: 'grant', joins: [{ entity: user('bob'), group: FINANCE }] },
]

const ask = (id: string, minutes: number, encrypted: boolean, risk = 0) => ({
  principal: user(id),
  action: READ,
  resource: PAYROLL,
  context: { auth: { minutes }, device: { encrypted }, risk },
})

test('a stale sign-in is mended by signing in again, which is a step-up', () => {
  const { remedies } = findRemedies(POLICIES, STORE, ask('ann', 90, true), CHANGES)
  assert.deepEqual(remedies, [{ changes: ['sign in again'], isStepUp: true }])
})

test('three things wrong need three changes, and no fewer are offered', () => {
  const { remedies } = findRemedies(POLICIES, STORE, ask('bob', 90, false), CHANGES)
  assert.deepEqual(remedies, [
    { changes: ['sign in again', 'encrypt the disk', 'join finance'], isStepUp: false },
  ])
})

test('what nobody can change has no remedy, and says how far it looked', () => {
  const found = findRemedies(POLICIES, STORE, ask('ann', 5, true, 99), CHANGES)
  assert.deepEqual(found, { remedies: [], tried: 3, isCutShort: false })
})

test('a search that may not evaluate any more says so', () => {
  const found = findRemedies(POLICIES, STORE, ask('bob', 90, false), CHANGES, { evaluationsMax: 2 })
  assert.equal(found.isCutShort, true)
})

test('who may and what may are the same question from two sides', () => {
  const { context } = ask('', 5, true)
  const who = [...whoMay(POLICIES, STORE, { action: READ, resource: PAYROLL, context }, ['User'])]
  assert.deepEqual(who, [user('ann')])
  const what = [...whatMay(POLICIES, STORE, { principal: user('ann'), context }, [READ], ['App'])]
  assert.deepEqual(what, [{ action: READ, resource: PAYROLL }])
})

test('a policy set that lets everyone in is shown as what they gain', () => {
  const after = compilePolicies(policiesFrom({ all: 'permit (principal, action, resource);' }))
  const changes = compareAccess(POLICIES, after, STORE, {
    principalTypes: ['User'],
    actions: [READ],
    resourceTypes: ['App'],
    context: ask('', 5, true).context,
  })
  assert.deepEqual(
    [...changes],
    [{ principal: user('bob'), action: READ, resource: PAYROLL, change: 'gains' }],
  )
})

test('coverage counts a term as tested only when it was seen on both sides', () => {
  const coverage = new Coverage(POLICIES)
  coverage.add(STORE, ask('ann', 5, true))
  coverage.add(STORE, ask('ann', 90, true))
  const [staff, frozen] = coverage.report()
  assert.deepEqual(
    staff?.terms.map(({ text, held, failed }) => ({ text, held, failed })),
    [
      { text: 'context.auth.minutes < 60', held: 1, failed: 1 },
      { text: 'context.device.encrypted', held: 1, failed: 0 },
    ],
  )
  assert.deepEqual(
    { applied: frozen?.applied, satisfied: frozen?.satisfied },
    { applied: 2, satisfied: 0 },
  )
  assert.deepEqual(coverage.summary(), { policies: 1 / 2, terms: 4 / 6 })
})
