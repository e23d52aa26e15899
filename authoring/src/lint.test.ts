import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Authoring } from './authoring.ts'
import { lintPolicies } from './lint.ts'

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
    'conditions beside a permit that has none',
    'permit (principal in G::"x", action, resource); permit (principal is U in G::"x", action == Action::"r", resource) when { context.ok };',
    ['lint.wider-permit b'],
  ],
  [
    'a permit under a forbid of everything',
    'permit (principal, action == Action::"r", resource) when { context.ok }; forbid (principal, action in [Action::"r", Action::"w"], resource);',
    ['lint.unreachable a'],
  ],
  [
    'a forbid that is only a part of what is permitted is no fault',
    'permit (principal, action, resource) when { context.ok }; forbid (principal == U::"x", action, resource);',
    [],
  ],
  [
    'a condition that is always false',
    'forbid (principal, action, resource) when { false };',
    ['lint.never-applies a'],
  ],
]

for (const [claim, text, found] of ROWS) {
  test(claim, async () => {
    let next = 0
    const named = text.replaceAll(/(?:permit|forbid) \(/g, (head) => {
      const id = 'abc'[next]
      next += 1
      return `@id("${id}") @owner("team") @review("2030-01-01") ${head}`
    })
    const { policies } = await authoring.parsePolicies(named)
    const findings = lintPolicies(policies).map(({ code, span }) => {
      return `${code} ${policies.find((policy) => policy.span.offset === span.offset)?.id}`
    })
    assert.deepEqual(findings, found)
  })
}

test('a policy that nobody answers for is pointed out', async () => {
  const { policies } = await authoring.parsePolicies('permit (principal, action, resource);')
  assert.deepEqual(
    lintPolicies(policies).map(({ code }) => code),
    ['lint.missing-id', 'lint.missing-owner', 'lint.missing-review'],
  )
})
