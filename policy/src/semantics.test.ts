// Cedar's corners, one row each. Every row is asked of the compiled engine, the reference evaluator
// and the official engine; the expectation is what the official engine was seen to answer.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { official } from '../fuzz/official.ts'
import { policiesFrom } from '../fuzz/parse.ts'
import { compilePolicies, decide } from './engine.ts'
import { EntityStore } from './entities.ts'
import type { EntityJson } from './entities.ts'
import { decideByReference } from './reference.ts'

type Outcome = 'true' | 'false' | 'error'
type Row = readonly [claim: string, condition: string, outcome: Outcome]

const ENTITIES: readonly EntityJson[] = [
  {
    uid: { type: 'User', id: 'ann' },
    attrs: { age: 40, boss: { __entity: { type: 'User', id: 'gone' } }, net: { a: { b: 1 } } },
    parents: [{ type: 'Group', id: 'staff' }],
    tags: { colour: 'red' },
  },
  { uid: { type: 'Group', id: 'staff' }, attrs: {}, parents: [{ type: 'Group', id: 'all' }] },
]

const QUERY = {
  principal: { type: 'User', id: 'ann' },
  action: { type: 'Action', id: 'read' },
  resource: { type: 'Doc', id: 'plan' },
  context: JSON.parse('{"__proto__": 1, "constructor": 2, "n": 3, "r": {"x": true}}') as Record<
    string,
    number
  >,
}

const ROWS: readonly Row[] = [
  ['an evaluated side that is no boolean is an error', 'true && context.n', 'error'],
  ['a side that is not evaluated may be anything', 'true || context.n', 'true'],
  ['a false left side of && hides an error', 'false && context.absent', 'false'],
  ['an error on the left is not hidden by ||', 'context.absent || true', 'error'],
  ['the branch not taken may be ill typed', 'if true then true else 1 + "a"', 'true'],
  ['a test that is no boolean is an error', 'if 1 then true else true', 'error'],
  ['values of different types are unequal, not an error', '1 == "1"', 'false'],
  ['true is not one', 'true == 1', 'false'],
  ['strings have no order', '"a" < "b"', 'error'],
  ['decimals have no order by operator', 'decimal("1.0") < decimal("2.0")', 'error'],
  ['datetimes have an order', 'datetime("2024-01-01") < datetime("2024-01-02")', 'true'],
  ['durations have an order', 'duration("1h") >= duration("60m")', 'true'],
  [
    'a datetime does not compare with a duration',
    'datetime("2024-01-01") < duration("1h")',
    'error',
  ],
  ['addition past 64 bits is an error', '9223372036854775807 + 1 > 0', 'error'],
  ['subtraction past 64 bits is an error', '-9223372036854775808 - 1 < 0', 'error'],
  ['multiplication past 64 bits is an error', '3037000500 * 3037000500 > 0', 'error'],
  ['the smallest integer has no negation', '-(-9223372036854775808) > 0', 'error'],
  ['integers beyond 2^53 keep every digit', '9007199254740992 + 1 == 9007199254740993', 'true'],
  ['neighbours beyond 2^53 differ', '9007199254740993 == 9007199254740992', 'false'],
  ['a product may come back below 2^53', '9007199254740993 - 9007199254740992 == 1', 'true'],
  ['an unknown entity is in itself', 'User::"nobody" in User::"nobody"', 'true'],
  ['membership is transitive', 'principal in Group::"all"', 'true'],
  ['membership does not go down', 'Group::"all" in principal', 'false'],
  ['every member on the right must be an entity', 'principal in [Group::"all", 1]', 'error'],
  ['membership in an empty set is false', 'principal in []', 'false'],
  ['the left side of in must be an entity', '1 in Group::"all"', 'error'],
  ['is with in stops at a wrong type', 'principal is Doc in [1]', 'false'],
  ['is with in checks the right side', 'principal is User in [1]', 'error'],
  ['is of a value that is no entity is an error', '1 is User', 'error'],
  ['has on an unknown entity is false', 'principal.boss has age', 'false'],
  ['an attribute of an unknown entity is an error', 'principal.boss.age == 1', 'error'],
  ['has through several levels', 'principal has net.a.b', 'true'],
  ['has stops where a level is missing', 'principal has net.x.b', 'false'],
  [
    'has through a value that is neither record nor entity is an error',
    'principal has age.b',
    'error',
  ],
  ['has through an unknown entity is false', 'principal has boss.age', 'false'],
  ['has on an integer is an error', '1 has a', 'error'],
  ['hasTag on an unknown entity is false', 'principal.boss.hasTag("colour")', 'false'],
  ['getTag on an unknown entity is an error', 'principal.boss.getTag("colour") == "red"', 'error'],
  ['a tag is no attribute', 'principal has colour', 'false'],
  ['a tag is read by name', 'principal.getTag("col" + "our") == "red"', 'error'],
  ['a tag that is missing is an error', 'principal.getTag("size") == "red"', 'error'],
  ['__proto__ is an attribute like any other', 'context["__proto__"] == 1', 'true'],
  ['constructor is an attribute like any other', 'context.constructor == 2', 'true'],
  ['toString is not there unless it was given', 'context has toString', 'false'],
  ['a record literal may have __proto__', '{"__proto__": 1}["__proto__"] == 1', 'true'],
  ['records are equal whatever the order', '{a: 1, b: 2} == {b: 2, a: 1}', 'true'],
  ['sets are equal whatever order and number', '[1, 2, 2] == [2, 1]', 'true'],
  ['sets may mix types', '[1, "a", principal].contains("a")', 'true'],
  ['sets compare their members deeply', '[[1], {a: [2]}].contains({a: [2]})', 'true'],
  ['every set contains all of none', '[].containsAll([])', 'true'],
  ['no set contains any of none', '[1].containsAny([])', 'false'],
  ['containsAll wants a set', '[1].containsAll(1)', 'error'],
  ['like matches whole strings', '"abc" like "b"', 'false'],
  ['a wildcard takes code points, not halves of them', '"😀" like "*"', 'true'],
  ['an escaped star is a star', '"a*b" like "a\\*b" && !("axb" like "a\\*b")', 'true'],
  ['prefix and suffix do not overlap', '"aba" like "ab*ba"', 'false'],
  ['wildcards give back what later text needs', '"aab" like "*a*ab"', 'true'],
  ['like wants a string', '1 like "*"', 'error'],
  ['an IPv4 address inside IPv6 is refused', 'ip("::ffff:1.2.3.4").isIpv6()', 'error'],
  ['leading zeros in an address are refused', 'ip("01.2.3.4").isIpv4()', 'error'],
  ['address equality looks at the prefix', 'ip("10.0.0.0/8") == ip("10.0.0.0/9")', 'false'],
  ['address equality looks at the address', 'ip("10.0.0.1/8") == ip("10.0.0.2/8")', 'false'],
  ['the text of an address does not matter', 'ip("::1") == ip("0:0:0:0:0:0:0:1/128")', 'true'],
  ['a wider range is not in a narrower', 'ip("10.0.0.0/7").isInRange(ip("10.0.0.0/8"))', 'false'],
  ['versions never contain each other', 'ip("10.0.0.1").isInRange(ip("::/0"))', 'false'],
  ['a range beyond loopback is not loopback', 'ip("127.0.0.0/7").isLoopback()', 'false'],
  ['a range beyond multicast is not multicast', 'ip("224.0.0.0/3").isMulticast()', 'false'],
  ['a decimal has at most four digits', 'decimal("1.00000") == decimal("1.0")', 'error'],
  ['trailing zeros of a decimal do not matter', 'decimal("1.50") == decimal("1.5")', 'true'],
  [
    'a decimal beyond 64 bits is refused',
    'decimal("922337203685477.5808") == decimal("0.0")',
    'error',
  ],
  ['negative fractions keep their sign', 'decimal("-0.5").lessThan(decimal("0.0"))', 'true'],
  [
    'there are no leap seconds',
    'datetime("2016-12-31T23:59:60Z") == datetime("2017-01-01")',
    'error',
  ],
  [
    'a day that does not exist is refused',
    'datetime("2023-02-29") == datetime("2023-03-01")',
    'error',
  ],
  ['the year zero is a leap year', 'datetime("0000-02-29") < datetime("0000-03-01")', 'true'],
  [
    'an offset moves the moment back',
    'datetime("2024-01-01T01:00:00+0100") == datetime("2024-01-01")',
    'true',
  ],
  [
    'toDate floors before 1970',
    'datetime("1969-12-31T23:00:00Z").toDate() == datetime("1969-12-31")',
    'true',
  ],
  [
    'toTime is never negative',
    'datetime("1969-12-31T23:00:00Z").toTime() == duration("23h")',
    'true',
  ],
  ['the units of a duration have one order', 'duration("1s1m") == duration("61s")', 'error'],
  [
    'a duration may be the smallest integer',
    'duration("-9223372036854775808ms").toMilliseconds() < 0',
    'true',
  ],
  ['a duration rounds towards zero', 'duration("-90m").toHours() == -1', 'true'],
  [
    'a moment beyond 64 bits is an error',
    'datetime("2024-01-01").offset(duration("9223372036854775807ms")) > datetime("2024-01-01")',
    'error',
  ],
  [
    'a function may read a text that was computed',
    'ip(if true then "10.0.0.1" else "x").isIpv4()',
    'true',
  ],
  ['a condition must be a boolean', 'context.n', 'error'],
]

for (const [claim, condition, outcome] of ROWS) {
  test(claim, () => {
    const texts = { p: `permit (principal, action, resource) when { ${condition} };` }
    const store = EntityStore.load(ENTITIES)
    const policies = policiesFrom(texts)
    const compiled = decide(compilePolicies(policies), store, QUERY).effective
    const reference = decideByReference(policies, store, QUERY)
    const theirs = official((cedar) =>
      cedar.isAuthorized({
        ...QUERY,
        policies: { staticPolicies: texts },
        entities: ENTITIES as Parameters<typeof cedar.isAuthorized>[0]['entities'],
      }),
    )
    assert.ok(theirs.type === 'success')
    const { decision, diagnostics } = theirs.response
    assert.equal(outcomeOf(decision, diagnostics.errors.length), outcome, 'official engine')
    assert.equal(outcomeOf(compiled.effect, compiled.errors.length), outcome, 'compiled engine')
    assert.equal(outcomeOf(reference.effect, reference.errors.length), outcome, 'reference')
  })
}

function outcomeOf(effect: string, errors: number): Outcome {
  if (errors > 0) return 'error'
  return effect === 'allow' ? 'true' : 'false'
}
