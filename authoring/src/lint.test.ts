import assert from 'node:assert/strict'
import { readFile, readdir } from 'node:fs/promises'
import { after, test } from 'node:test'
import { Authoring } from './authoring.ts'
import { lintPolicies } from './lint.ts'
import type { LintOptions } from './lint.ts'

const authoring = new Authoring()
after(() => authoring.close())

const ROWS: readonly (readonly [claim: string, text: string, found: readonly string[]])[] = [
  [
    'a policy with a name, an owner and a review date is fine',
    'permit (principal, action, resource);',
    [],
  ],
  [
    'the same policy twice',
    'permit (principal is A, action, resource); permit (principal is A, action, resource);',
    ['lint.duplicate b'],
  ],
  [
    'two policies that differ in one word are no duplicates',
    'permit (principal is A, action, resource) when { context.x }; permit (principal is A, action, resource) when { context.y };',
    [],
  ],
  [
    'a permit and a forbid of one scope are no duplicates',
    'permit (principal is A, action, resource) when { context.x }; forbid (principal is A, action, resource) when { context.x };',
    [],
  ],
  [
    'conditions beside a permit that has none',
    'permit (principal in G::"x", action, resource); permit (principal is U in G::"x", action == Action::"r", resource) when { context.ok };',
    ['lint.wider-permit b'],
  ],
  [
    'a permit of a part beside a permit of the whole',
    'permit (principal == U::"x", action, resource); permit (principal, action, resource);',
    ['lint.wider-permit a'],
  ],
  [
    'a permit for another group, or with conditions of its own, is not wider',
    'permit (principal in G::"x", action, resource); permit (principal is U in G::"y", action, resource) when { context.ok }; permit (principal, action, resource) when { context.no };',
    [],
  ],
  [
    'a permit under a forbid of everything',
    'permit (principal, action == Action::"r", resource) when { context.ok }; forbid (principal, action in [Action::"r", Action::"w"], resource);',
    ['lint.unreachable a'],
  ],
  [
    'a forbid of a part beside a forbid of the whole',
    'forbid (principal is U, action, resource) when { context.ok }; forbid (principal is U, action, resource);',
    ['lint.unreachable a'],
  ],
  [
    'a forbid that is only a part of what is permitted is no fault',
    'permit (principal, action, resource) when { context.ok }; forbid (principal == U::"x", action, resource);',
    [],
  ],
  [
    'a permit under a forbid that is only observed can still permit',
    'permit (principal, action, resource) when { context.ok }; @stage("observe") forbid (principal, action, resource);',
    [],
  ],
]

/** Conditions of a forbid of `U::"x"` that can never be met, and near misses that can. */
const CONDITIONS: readonly (readonly [condition: string, met: boolean])[] = [
  ['when { false }', false],
  ['when { true }', true],
  ['unless { true }', false],
  ['unless { false }', true],
  ['when { context.a && (false && context.b) }', false],
  ['when { context.a || false }', true],
  ['when { (context.a && false) || !true }', false],
  ['when { !(context.a && false) }', true],
  ['when { if context.a then false else 1 == 2 }', false],
  ['when { if context.a then false else 1 == 1 }', true],
  ['unless { context.a || "x" == "x" }', false],
  ['unless { context.a && "x" == "x" }', true],
  ['when { context.tier == 1 && context.tier == 2 }', false],
  ['when { context.tier == 1 || context.tier == 2 }', true],
  ['when { context.tier == 1 && context.other == 2 }', true],
  ['when { context.tier == 1 } when { context.tier == 2 }', false],
  ['when { context.tier == 9007199254740993 && context.tier == 9007199254740992 }', false],
  ['when { context.tier == 1 } unless { context.tier == 1 }', false],
  ['when { context.tier == 1 } unless { context.tier == 1 && context.a }', true],
  ['when { principal is W }', false],
  ['when { principal is U }', true],
  ['when { principal == U::"y" }', false],
  ['when { principal == U::"x" }', true],
  ['unless { principal is U }', false],
  ['unless { principal is W }', true],
  ['when { resource in [] }', false],
  ['when { [].contains(resource) }', false],
  ['when { [1].contains(context.tier) }', true],
]

async function findings(text: string, options?: LintOptions): Promise<string[]> {
  let next = 0
  const named = text.replaceAll(/(?:permit|forbid) \(/g, (head) => {
    const id = 'abc'[next]
    next += 1
    return `@id("${id}") @owner("team") @review("2030-01-01") ${head}`
  })
  const { policies } = await authoring.parsePolicies(named)
  assert.equal(policies.length, next)
  return lintPolicies(policies, options).map(({ code, span: { offset }, message, help }) => {
    assert.ok(message !== '' && help !== undefined)
    const policy = policies.find(
      ({ span }) => span.offset <= offset && offset < span.offset + span.length,
    )
    return `${code} ${policy?.id}`
  })
}

for (const [claim, text, found] of ROWS) {
  test(claim, async () => assert.deepEqual(await findings(text), found))
}

for (const [condition, met] of CONDITIONS) {
  test(`${condition} ${met ? 'can be met' : 'can never be met'}`, async () => {
    const scope = condition.includes('principal is')
      ? 'principal is U, action, resource'
      : 'principal == U::"x", action, resource'
    const expected = met ? [] : ['lint.never-applies a']
    assert.deepEqual(await findings(`forbid (${scope}) ${condition};`), expected)
  })
}

test('the condition that can never be met is shown, not the whole policy', async () => {
  const text =
    '// é\r\n@id("a") @owner("o") @review("2030-01-01")\r\npermit (principal, action, resource)\r\nwhen { context.a }\r\nwhen { false };'
  const { policies } = await authoring.parsePolicies(text)
  const [found] = lintPolicies(policies)
  assert.ok(found)
  const { offset, length, line, column } = found.span
  assert.equal(text.slice(offset, offset + length).trim(), 'false')
  assert.deepEqual([line, column], [5, 7])
})

const REVIEWS: readonly (readonly [date: string, found: readonly string[]])[] = [
  ['2027-03-01', []],
  ['2027-02-28', []],
  ['2027-02-27', ['lint.review-overdue']],
  ['2027-02-30', ['lint.review-date']],
  ['soon', ['lint.review-date']],
  ['2027-13-01', ['lint.review-date']],
  ['', ['lint.review-date']],
]

for (const [date, found] of REVIEWS) {
  test(`on 28 February 2027, a review on \`${date}\` ${found.length === 0 ? 'is fine' : 'is pointed out'}`, async () => {
    const text = `@id("a") @owner("team") @review("${date}") permit (principal, action, resource);`
    const { policies } = await authoring.parsePolicies(text)
    const lints = lintPolicies(policies, { now: Date.UTC(2027, 1, 28, 23, 59) })
    assert.deepEqual(
      lints.map(({ code }) => code),
      found,
    )
    for (const { span } of lints) {
      assert.equal(text.slice(span.offset, span.offset + span.length), `@review("${date}")`)
    }
  })
}

test('without a clock no review is overdue', async () => {
  const text = '@id("a") @owner("team") @review("1999-01-01") permit (principal, action, resource);'
  const { policies } = await authoring.parsePolicies(text)
  assert.deepEqual(lintPolicies(policies), [])
})

test('an owner without a name is none', async () => {
  const text = '@id("a") @owner("") @review("2030-01-01") permit (principal, action, resource);'
  const { policies } = await authoring.parsePolicies(text)
  assert.deepEqual(
    lintPolicies(policies).map(({ code }) => code),
    ['lint.missing-owner'],
  )
})

/** What is true of the policies that this repository ships: ours have no owner until they have one. */
const SHIPPED: readonly (readonly [folder: string, found: readonly string[]])[] = [
  ['server/policies', ['lint.missing-owner', 'lint.missing-review']],
  ['demo/policies', []],
]

for (const [folder, expected] of SHIPPED) {
  test(`the lints raise no false alarm about ${folder}`, async () => {
    const path = new URL(`../../${folder}/`, import.meta.url)
    const files = (await readdir(path)).filter((name) => name.endsWith('.cedar')).sort()
    const policies = []
    for (const file of files) {
      const read = await authoring.parsePolicies(await readFile(new URL(file, path), 'utf8'), {
        file,
      })
      assert.deepEqual(read.diagnostics, [])
      policies.push(...read.policies)
    }
    assert.ok(policies.length > 0)
    const codes = new Set(lintPolicies(policies).map(({ code }) => code))
    assert.deepEqual([...codes].sort(), expected)
  })
}

test('a policy that nobody answers for is pointed out', async () => {
  const { policies } = await authoring.parsePolicies('permit (principal, action, resource);')
  assert.deepEqual(
    lintPolicies(policies).map(({ code }) => code),
    ['lint.missing-id', 'lint.missing-owner', 'lint.missing-review'],
  )
})
