import assert from 'node:assert/strict'
import { test } from 'node:test'
import { policiesFrom } from '../fuzz/parse.ts'
import { compilePolicies } from './engine.ts'

// Pairs of conditions that differ in one thing only, which must not be taken for each other.
const PAIRS: readonly (readonly [string, string])[] = [
  ['context.a == 1', 'context.a == "1"'],
  ['context.a == true', 'context.a == "true"'],
  ['context.a == User::"x"', 'context.a == Group::"x"'],
  ['context.a == ip("10.0.0.1")', 'context.a == "10.0.0.1"'],
  ['context["a.b"] == 1', 'context.a.b == 1'],
  ['context has a.b', 'context has "a.b"'],
  ['context.a like "*"', 'context.a like "\\*"'],
  ['context.a like "a*b"', 'context.a like "ab*"'],
  ['context.a < context.b', 'context.b < context.a'],
  ['context.a && context.b && context.c', 'context.a && (context.b && context.d)'],
  ['principal is User', 'principal is Group'],
  ['principal is User in Group::"x"', 'principal is User'],
  ['[context.a] == [1]', '[[context.a]] == [1]'],
  ['{a: context.x} == context', '{b: context.x} == context'],
  ['context.a == decimal("1.0")', 'context.a == decimal("1.1")'],
]

for (const [one, other] of PAIRS) {
  test(`\`${one}\` and \`${other}\` are compiled apart`, () => {
    const { policies } = compilePolicies(
      policiesFrom({
        one: `permit (principal, action, resource) when { ${one} };`,
        again: `permit (principal, action, resource) when { ${one} };`,
        other: `permit (principal, action, resource) when { ${other} };`,
      }),
    )
    const [first, second, third] = policies
    assert.equal(first?.condition, second?.condition)
    assert.notEqual(first?.condition, third?.condition)
  })
}
