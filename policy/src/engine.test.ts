import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePolicies, decide } from './engine.ts'
import { EntityStore } from './entities.ts'
import { explain } from './explain.ts'
import type { EstExpr, PolicySyntax, Stage } from './syntax.ts'

const ANN = { type: 'User', id: 'ann' }
const READ = { type: 'Action', id: 'read' }
const DOC = { type: 'Doc', id: 'plan' }
const QUERY = { principal: ANN, action: READ, resource: DOC, context: { risk: 3 } }

const STORE = EntityStore.load([
  { uid: ANN, attrs: { level: 5 }, parents: [{ type: 'Group', id: 'staff' }] },
  { uid: { type: 'Group', id: 'staff' }, attrs: {}, parents: [] },
])

function policy(
  id: string,
  effect: 'permit' | 'forbid',
  body?: EstExpr,
  stage: Stage = { kind: 'enforce' },
): PolicySyntax {
  return {
    id,
    text: `${effect} (principal, action, resource);`,
    annotations: {},
    est: {
      effect,
      principal: { op: 'All' },
      action: { op: 'All' },
      resource: { op: 'All' },
      conditions: body === undefined ? [] : [{ kind: 'when', body }],
    },
    span: { line: 1, column: 1, offset: 0, length: 1 },
    stage,
  }
}

const MISSING: EstExpr = { '.': { left: { Var: 'context' }, attr: 'absent' } }

test('nobody is let in without a permit', () => {
  const { effective } = decide(compilePolicies([]), STORE, QUERY)
  assert.deepEqual(effective, { effect: 'deny', determining: [], errors: [] })
})

test('a forbid that cannot be evaluated is skipped and reported', () => {
  const policies = compilePolicies([policy('yes', 'permit'), policy('no', 'forbid', MISSING)])
  const { effective } = decide(policies, STORE, QUERY)
  assert.equal(effective.effect, 'allow')
  assert.deepEqual(effective.determining, ['yes'])
  assert.deepEqual(
    effective.errors.map(({ policy }) => policy),
    ['no'],
  )
})

test('in strict mode a forbid that cannot be evaluated denies', () => {
  const policies = compilePolicies([policy('yes', 'permit'), policy('no', 'forbid', MISSING)])
  const { effective } = decide(policies, STORE, QUERY, { strict: true })
  assert.equal(effective.effect, 'deny')
  assert.deepEqual(effective.determining, ['no'])
  assert.deepEqual(
    effective.errors.map(({ policy }) => policy),
    ['no'],
  )
})

test('an observed forbid shows in what would be, not in what is', () => {
  const policies = compilePolicies([
    policy('yes', 'permit'),
    policy('soon', 'forbid', undefined, { kind: 'observe' }),
  ])
  const { effective, wouldBe } = decide(policies, STORE, QUERY)
  assert.equal(effective.effect, 'allow')
  assert.deepEqual(wouldBe, { effect: 'deny', determining: ['soon'], errors: [] })
})

test('a pilot binds the members of its populations and no one else', () => {
  const pilot = (group: string): Stage => ({
    kind: 'pilot',
    populations: [{ type: 'Group', id: group }],
  })
  const answer = (group: string): string =>
    decide(compilePolicies([policy('p', 'permit', undefined, pilot(group))]), STORE, QUERY)
      .effective.effect
  assert.equal(answer('staff'), 'allow')
  assert.equal(answer('board'), 'deny')
})

test('an explanation names the first failing condition and what it saw', () => {
  const body: EstExpr = {
    '<': { left: { '.': { left: { Var: 'context' }, attr: 'risk' } }, right: { Value: 2 } },
  }
  const syntax = {
    ...policy('calm', 'permit', body),
    text: 'permit (principal, action, resource) when { context.risk < 2 };',
  }
  const [explanation] = explain(compilePolicies([syntax]), STORE, QUERY)
  assert.deepEqual(explanation, {
    policy: 'calm',
    effect: 'permit',
    outcome: 'failed',
    failing: {
      kind: 'when',
      text: 'context.risk < 2',
      span: { line: 1, column: 45, offset: 44, length: 16 },
      observed: [{ path: 'context.risk', value: 3 }],
    },
  })
})

test('an explanation of a forbid that holds shows the facts that it read', () => {
  const body: EstExpr = {
    '<': { left: { '.': { left: { Var: 'context' }, attr: 'risk' } }, right: { Value: 9 } },
  }
  const [explanation] = explain(compilePolicies([policy('tense', 'forbid', body)]), STORE, QUERY)
  assert.deepEqual(explanation, {
    policy: 'tense',
    effect: 'forbid',
    outcome: 'satisfied',
    observed: [{ path: 'context.risk', value: 3 }],
  })
})
