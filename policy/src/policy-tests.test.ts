import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { policiesFrom } from '../fuzz/parse.ts'
import { mergeCoverage, summariseCoverage } from './coverage.ts'
import { compilePolicies } from './engine.ts'
import { EntityStore } from './entities.ts'
import { readChanges, readPolicyTests } from './policy-tests-form.ts'
import { PolicyTestError } from './policy-tests-problems.ts'
import { readSchema } from './schema.ts'
import { runPolicyTests, toJunit } from './policy-tests.ts'
import type { PolicyTestReport } from './policy-tests.ts'

const POLICIES = compilePolicies(
  policiesFrom({
    staff: `permit (principal in Group::"staff", action, resource) when { context.minutes < 60 };`,
  }),
)

const ask = { principal: 'User::"ann"', action: 'Action::"read"', resource: 'App::"mail"' }
const FILE = {
  entities: [{ uid: 'User::"ann"', parents: ['Group::"staff"'] }],
  facts: { minutes: 5 },
  changes: [{ id: 'sign in', kind: 'authentication', context: { minutes: 0 } }],
  cases: [
    {
      name: 'staff may read',
      when: ask,
      expect: { verdict: 'allow', wouldBe: 'allow', reasons: ['staff'] },
    },
    {
      name: 'after an hour one signs in again',
      when: { ...ask, facts: { minutes: 61 } },
      expect: { verdict: 'step-up', remedies: [['sign in']] },
    },
    {
      name: 'strangers <may> read',
      when: { ...ask, principal: 'User::"bob"' },
      expect: { verdict: 'allow' },
    },
  ],
}

function run(json: unknown, policies = POLICIES): PolicyTestReport {
  const file = readPolicyTests(json)
  return runPolicyTests(policies, EntityStore.load(file.entities), file)
}

describe('a test file', () => {
  test('passes case by case, or says what was expected, found and why', () => {
    const { results, coverage } = run(FILE)
    assert.deepEqual(
      results.map(({ failures }) => failures),
      [[], [], ['expected verdict "allow", found "deny"']],
    )
    const [explanation] = results[2]?.explanations ?? []
    assert.equal(explanation?.outcome, 'not-applicable')
    assert.equal(explanation?.failing?.text, 'principal in Group::"staff"')
    assert.equal(summariseCoverage(coverage).terms, 1)
  })

  test('goes to JUnit with its names escaped', () => {
    const text = toJunit([{ name: 'mail', results: run(FILE).results }])
    assert.match(text, /<testsuites tests="3" failures="1">/)
    assert.match(text, /name="strangers &lt;may&gt; read"/)
    const { results } = run({ cases: [{ ...FILE.cases[0], name: 'a\u0000b' }] })
    assert.match(toJunit([{ name: 'mail', results }]), /name="a b"/)
  })

  test('a question that the data makes impossible fails its case and no other', () => {
    const schema = readSchema({
      '': {
        entityTypes: { User: { memberOfTypes: ['Group'] }, Group: {}, App: {} },
        actions: {
          read: {
            appliesTo: {
              principalTypes: ['User'],
              resourceTypes: ['App'],
              context: { type: 'Record', attributes: { minutes: { type: 'Long' } } },
            },
          },
        },
      },
    })
    const impossible = { ...FILE.cases[0], when: { ...ask, facts: { minuts: 5 } } }
    const file = readPolicyTests({ ...FILE, cases: [impossible, FILE.cases[0]] })
    const { results } = runPolicyTests(POLICIES, EntityStore.load(file.entities, schema), file)
    assert.match(results[0]?.failures.join() ?? '', /^the question is refused: .*`minuts`/)
    assert.deepEqual(results[1]?.failures, [])
  })

  test('an id that no policy has is said, because it is often a slip', () => {
    const odd = { ...FILE.cases[0], expect: { verdict: 'allow', reasons: ['staf'] } }
    assert.deepEqual(run({ ...FILE, cases: [odd] }).results[0]?.failures, [
      'expected reasons ["staf"], found ["staff"]',
      'no policy has the id `staf` that the test names',
    ])
  })

  test('a strict case is denied by a forbid that cannot be evaluated', () => {
    const policies = compilePolicies(
      policiesFrom({
        open: 'permit (principal, action, resource);',
        broken: 'forbid (principal, action, resource) when { context.gone };',
      }),
    )
    const expect = { verdict: 'deny', reasons: ['broken'], errors: ['broken'] }
    const cases = [
      { when: ask, expect, strict: true },
      { when: ask, expect: { verdict: 'allow', reasons: ['open'], errors: ['broken'] } },
    ]
    const { results } = run({ cases }, policies)
    assert.deepEqual(
      results.map(({ failures }) => failures),
      [[], []],
    )
  })
})

describe('coverage', () => {
  test('of several files is their sum', () => {
    const [first, second] = FILE.cases.map((each) => run({ ...FILE, cases: [each] }).coverage)
    const merged = mergeCoverage([first ?? [], second ?? []])
    assert.deepEqual(
      merged.map(({ applied, satisfied, failed, terms }) => [
        applied,
        satisfied,
        failed,
        terms.map(({ held, failed: no }) => [held, no]),
      ]),
      [[2, 1, 1, [[1, 1]]]],
    )
    assert.equal(summariseCoverage(first ?? []).terms, 0.5)
    assert.equal(summariseCoverage(merged).terms, 1)
    assert.equal(summariseCoverage([]).policies, 1)
  })
})

describe('a test file in the wrong form', () => {
  const good = FILE.cases[0]
  const wrong = [
    [
      'a verdict that there is not',
      { cases: [{ when: ask, expect: { verdict: 'maybe' } }] },
      'cases[0].expect.verdict',
      'allow',
    ],
    ['an unknown key', { cases: [{ ...good, expct: {} }] }, 'cases[0].expct', 'expect'],
    ['an unknown key of the file', { cases: [], fact: {} }, 'fact', 'facts'],
    ['no cases', {}, 'cases', undefined],
    ['nothing where entities belong', { cases: [good], entities: null }, 'entities', undefined],
    ['an empty list of cases', { cases: [] }, 'cases', undefined],
    ['a list', [], 'file', undefined],
    [
      'a change of no kind',
      { cases: [], changes: [{ id: 'a', kind: 'magic', context: { a: 1 } }] },
      'changes[0].kind',
      'grant',
    ],
    [
      'a change of nothing',
      { cases: [], changes: [{ id: 'a', kind: 'time' }] },
      'changes[0]',
      undefined,
    ],
    [
      'a change to `null`',
      { cases: [], changes: [{ id: 'a', kind: 'time', context: { at: null } }] },
      'changes[0].context.at',
      undefined,
    ],
    [
      'a membership of a text',
      {
        cases: [],
        changes: [{ id: 'a', kind: 'grant', joins: [{ entity: 'ann', group: 'Group::"a"' }] }],
      },
      'changes[0].joins[0].entity',
      undefined,
    ],
    [
      'a remedy that is no change',
      { cases: [{ ...good, expect: { verdict: 'deny', remedies: [['sign inn']] } }] },
      'cases[0].expect.remedies[0]',
      undefined,
    ],
    [
      'a number where a text belongs',
      { cases: [{ ...good, name: 7 }] },
      'cases[0].name',
      undefined,
    ],
    [
      'a text where yes or no belongs',
      { cases: [{ ...good, strict: 'yes' }] },
      'cases[0].strict',
      undefined,
    ],
    ['a fraction among the facts', { cases: [], facts: { ratio: 0.5 } }, 'facts.ratio', undefined],
    [
      'an entity without a name',
      { cases: [], entities: [{ uid: 'ann' }] },
      'entities[0].uid',
      undefined,
    ],
  ] as const

  for (const [name, json, path, known] of wrong) {
    test(`${name} is named with its path`, () => {
      assert.throws(
        () => readPolicyTests(json),
        (error) => {
          assert.ok(error instanceof PolicyTestError)
          assert.equal(error.path, path)
          if (known !== undefined) assert.ok(error.problems[0]?.unknown?.known.includes(known))
          return true
        },
      )
    })
  }

  test('every mistake is reported, not only the first', () => {
    assert.throws(
      () => readChanges([{ id: '', kind: 'magic', contxt: {} }, 5]),
      (error) => error instanceof PolicyTestError && error.problems.length === 5,
    )
  })

  test('files that it names are kept for whoever can read them', () => {
    const { entityFiles, entities, policyFiles, schemaFile } = readPolicyTests({
      policies: '..',
      schema: '../schema.cedarschema',
      entities: ['./entities.json', { uid: 'User::"ann"' }],
      cases: [good],
    })
    assert.deepEqual(entityFiles, ['./entities.json'])
    assert.equal(entities.length, 1)
    assert.deepEqual(policyFiles, ['..'])
    assert.equal(schemaFile, '../schema.cedarschema')
  })
})
