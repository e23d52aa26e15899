import assert from 'node:assert/strict'
import { test } from 'node:test'
import { policiesFrom } from '../fuzz/parse.ts'
import { PolicyTestError, readPolicyTests, runPolicyTests, toJunit } from './policy-tests.ts'

const POLICIES = policiesFrom({
  staff: `permit (principal in Group::"staff", action, resource) when { context.minutes < 60 };`,
})

const FILE = {
  entities: [{ uid: 'User::"ann"', parents: ['Group::"staff"'] }],
  facts: { minutes: 5 },
  changes: [{ id: 'sign in', kind: 'authentication', context: { minutes: 0 } }],
  cases: [
    {
      name: 'staff may read',
      when: { principal: 'User::"ann"', action: 'Action::"read"', resource: 'App::"mail"' },
      expect: { verdict: 'allow', reasons: ['staff'] },
    },
    {
      name: 'after an hour one signs in again',
      when: {
        principal: 'User::"ann"',
        action: 'Action::"read"',
        resource: 'App::"mail"',
        facts: { minutes: 61 },
      },
      expect: { verdict: 'step-up', remedies: [['sign in']] },
    },
    {
      name: 'strangers <may> read',
      when: { principal: 'User::"bob"', action: 'Action::"read"', resource: 'App::"mail"' },
      expect: { verdict: 'allow' },
    },
  ],
}

test('each case passes or says what was expected and what was found', () => {
  const report = runPolicyTests(POLICIES, readPolicyTests(FILE))
  assert.deepEqual(report.results, [
    { name: 'staff may read', failures: [] },
    { name: 'after an hour one signs in again', failures: [] },
    { name: 'strangers <may> read', failures: ['expected verdict "allow", found "deny"'] },
  ])
  assert.equal(report.summary.terms, 1)
  assert.match(toJunit('mail', report), /tests="3" failures="1"/)
  assert.match(toJunit('mail', report), /name="strangers &lt;may&gt; read"/)
})

test('a test file in the wrong form says where', () => {
  assert.throws(
    () => readPolicyTests({ cases: [{ when: {}, expect: { verdict: 'maybe' } }] }),
    (error) => error instanceof PolicyTestError && error.path === 'cases[0].expect.verdict',
  )
})
