// The official engine's package has traps that a caller falls into. Each has a test here, named for
// what would happen.
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { compilePolicies, decide } from '@countersign/policy/engine'
import { EntityStore } from '@countersign/policy/entities'
import { explain } from '@countersign/policy/explain'
import type { RecordJson } from '@countersign/policy/json'
import { decideByReference } from '@countersign/policy/reference'
import type { PolicySyntax } from '@countersign/policy/syntax'
import { Authoring } from './authoring.ts'

const authoring = new Authoring()
after(() => authoring.close())

const STORE = EntityStore.load([])

function effect(policies: readonly PolicySyntax[], context: RecordJson): string {
  const query = {
    principal: { type: 'User', id: 'ann' },
    action: { type: 'Action', id: 'read' },
    resource: { type: 'Doc', id: 'plan' },
    context,
  }
  const compiled = compilePolicies(policies)
  const answer = decide(compiled, STORE, query).effective
  assert.deepEqual(decideByReference(policies, STORE, query), answer)
  assert.equal(explain(compiled, STORE, query).length, policies.length)
  return answer.effect
}

const permitWhen = (condition: string): string =>
  `permit (principal, action, resource)\nwhen { ${condition} };\n`

describe('an integer beyond 2^53', () => {
  const text = permitWhen('context.n == 9007199254740993 && context.m == -9223372036854775808')

  test('keeps its last digit from the text to the decision', async () => {
    const { policies } = await authoring.parsePolicies(text)
    const m = -(2n ** 63n)
    assert.equal(effect(policies, { n: 9007199254740993n, m }), 'allow')
    assert.equal(effect(policies, { n: 9007199254740992n, m }), 'deny')
    assert.equal(effect(policies, { n: 9007199254740993n, m: m + 1n }), 'deny')
  })

  test('keeps it through storage as JSON', async () => {
    const { policies } = await authoring.parsePolicies(text)
    const stored = JSON.parse(JSON.stringify(policies)) as PolicySyntax[]
    assert.equal(effect(stored, { n: 9007199254740993n, m: -(2n ** 63n) }), 'allow')
    assert.equal(effect(stored, { n: 9007199254740992n, m: -(2n ** 63n) }), 'deny')
  })

  test('keeps it through formatting', async () => {
    const formatted = await authoring.format(text)
    assert.match(formatted.text ?? '', /9007199254740993.*-9223372036854775808/s)
  })

  test('is refused at its place when it has more than 64 bits', async () => {
    const tooBig = permitWhen('context.n == 9223372036854775808')
    const { policies, diagnostics } = await authoring.parsePolicies(tooBig)
    assert.equal(policies.length, 0)
    assert.equal(diagnostics[0]?.code, 'policy.syntax')
    assert.equal(diagnostics[0].span.line, 2)
  })
})

describe('a small hostile policy', () => {
  const hostile: readonly (readonly [string, string, string])[] = [
    ['400 nested `!(`', `${'!('.repeat(400)}true${')'.repeat(400)}`, 'policy.nesting'],
    ['400 nested brackets', `${'['.repeat(400)}${']'.repeat(400)}.isEmpty()`, 'policy.nesting'],
    ['61 levels', `${'('.repeat(61)}true${')'.repeat(61)}`, 'policy.nesting'],
    ['5,000 sums', `1${' + 1'.repeat(5000)} == 1`, 'policy.length'],
    ['5,000 attributes', `context${'.a'.repeat(5000)}`, 'policy.length'],
    ['2,000 `else if`', `${'if true then true else '.repeat(2000)}false`, 'policy.length'],
    ['2,000 conditions', `true${' } when { true'.repeat(2000)}`, 'policy.length'],
    ['20,000 terms', `true${' && true'.repeat(20_000)}`, 'policy.length'],
  ]
  for (const [what, condition, code] of hostile) {
    test(`of ${what} is refused with its place and a way out, and its neighbours are read`, async () => {
      const text = permitWhen('true') + permitWhen(condition) + permitWhen('true')
      const { policies, diagnostics } = await authoring.parsePolicies(text)
      assert.equal(policies.length, 2)
      assert.deepEqual(
        diagnostics.map((each) => [each.code, each.span.line]),
        [[code, 3]],
      )
      assert.ok(diagnostics[0]?.help)
    })
  }
})

describe('a long but harmless policy', () => {
  const long: readonly (readonly [string, string])[] = [
    ['950 terms', Array.from({ length: 950 }, () => 'context.yes').join(' && ')],
    ['950 alternatives', `${'context.no || '.repeat(950)}context.yes`],
    ['950 sums', `0${' + context.one'.repeat(950)} == 950`],
    ['490 `else if`', `${'if context.no then false else '.repeat(490)}context.yes`],
    ['490 conditions', `context.yes${' } when { context.yes'.repeat(490)}`],
    [
      '5,000 operators beside each other',
      `[${Array.from({ length: 5000 }, (_, at) => `context.one + ${at}`).join(', ')}].contains(5000)`,
    ],
    [
      '59 levels with 900 terms',
      `${'('.repeat(58)}true${' && context.yes'.repeat(900)}${')'.repeat(58)}`,
    ],
  ]
  const schema =
    'entity User, Doc; action read appliesTo { principal: User, resource: Doc, context: { yes: Bool, no: Bool, one: Long } };'
  for (const [what, condition] of long) {
    test(`of ${what} is parsed, validated, decided and explained`, async () => {
      const { policies, diagnostics } = await authoring.parsePolicies(permitWhen(condition), {
        schema,
      })
      assert.deepEqual(diagnostics, [])
      assert.equal(effect(policies, { yes: true, no: false, one: 1 }), 'allow')
      assert.equal(effect(policies, { yes: false, no: false, one: 0 }), 'deny')
    })
  }
})

test('a file that takes too long is given up with a diagnostic, and the next one is read', async () => {
  const hasty = new Authoring({ deadlineMs: 1 })
  const late = await hasty.parsePolicies(permitWhen('true'))
  await hasty.close()
  assert.equal(late.policies.length, 0)
  assert.equal(late.diagnostics[0]?.code, 'engine.deadline')
  assert.equal((await authoring.parsePolicies(permitWhen('true'))).policies.length, 1)
})

test('of more than ten policies the tenth does not come before the second', async () => {
  const text = Array.from({ length: 23 }, (_, at) => permitWhen(`context.n == ${at}`)).join('')
  const { policies } = await authoring.parsePolicies(text, { file: 'many.cedar' })
  assert.deepEqual(
    policies.map(({ id }) => id),
    Array.from({ length: 23 }, (_, at) => `many.policy${at}`),
  )
  for (const [at, { text: own }] of policies.entries()) assert.ok(own.includes(`== ${at} `))
  const starts = policies.map(({ span }) => span.offset)
  assert.deepEqual(
    starts,
    starts.toSorted((left, right) => left - right),
  )
})

test('comments keep their place, in what is parsed and in what is formatted', async () => {
  const text = [
    '// about the file',
    '',
    '// why anna may read; she asked, "twice";',
    '@id("a") // the name',
    'permit (principal, action, resource) // everyone',
    'when {',
    '  // first',
    '  context.a // it must be a',
    '};',
    '// about b',
    '@id("b")',
    'forbid (principal, action, resource);',
    '// the end',
    '',
  ].join('\n')
  const { policies, diagnostics } = await authoring.parsePolicies(text)
  assert.deepEqual(diagnostics, [])
  assert.deepEqual(
    policies.map(({ id, span }) => [id, span.line]),
    [
      ['a', 4],
      ['b', 11],
    ],
  )
  assert.match(policies[0]?.text ?? '', /\/\/ it must be a/)
  const formatted = (await authoring.format(text)).text ?? ''
  const remarks = [...formatted.matchAll(/\/\/ (?<remark>.*)|@id\("(?<id>\w)"\)/g)].map(
    ({ groups }) => groups?.['remark'] ?? groups?.['id'],
  )
  assert.deepEqual(remarks, [
    'about the file',
    'why anna may read; she asked, "twice";',
    'a',
    'the name',
    'everyone',
    'first',
    'it must be a',
    'about b',
    'b',
    'the end',
  ])
})

for (const [name, end] of [
  ['LF', '\n'],
  ['CRLF', '\r\n'],
] as const) {
  test(`a place counts characters, also after 💶, é and combined marks, with ${name}`, async () => {
    const text = [
      '// 💶 é e\u0301 日本',
      '@id("💶") permit (principal, action, resource) when { context.a == "日本" && context.b };',
      '@id("x") permit (principal, action, resource) when { "é💶" == context.c && résumé };',
      '',
    ].join(end)
    const { policies, diagnostics } = await authoring.parsePolicies(text)
    const [money] = policies
    assert.ok(money)
    const { offset, length, line, column } = money.span
    assert.equal(text.slice(offset, offset + length), money.text)
    assert.deepEqual([money.id, line, column], ['💶', 2, 1])
    const [why] = explain(compilePolicies([money]), STORE, {
      principal: { type: 'User', id: 'ann' },
      action: { type: 'Action', id: 'read' },
      resource: { type: 'Doc', id: 'plan' },
      context: { a: '日本', b: false },
    })
    const span = why?.failing?.span
    assert.ok(span)
    const inFile = money.span.offset + text.slice(offset).indexOf('context.b')
    assert.ok(text.includes('context.b', inFile))
    const [fault] = diagnostics
    assert.equal(fault?.code, 'policy.syntax')
    assert.equal(fault.span.line, 3)
    assert.equal(text.slice(fault.span.offset).startsWith('é'), true)
  })
}
