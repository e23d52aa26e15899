import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Authoring } from './authoring.ts'

const authoring = new Authoring()
after(() => authoring.close())

const RULE = 'permit (principal, action, resource);'
const SCHEMA = `
entity Group;
entity Color enum ["red"];
entity Tier;
entity User in [Group, Color];
entity App in [Tier];
action read appliesTo { principal: User, resource: App };
`

const UNDERSTOOD: readonly (readonly [string, unknown])[] = [
  ['', { kind: 'enforce' }],
  ['@stage("enforce")', { kind: 'enforce' }],
  ['@stage("observe")', { kind: 'observe' }],
  [
    String.raw`@stage("pilot") @populations("Group::\"it-security\", Group::\"volunteers\"")`,
    {
      kind: 'pilot',
      populations: [
        { type: 'Group', id: 'it-security' },
        { type: 'Group', id: 'volunteers' },
      ],
    },
  ],
  [
    String.raw`@populations("Org :: Group::\"a\\\"b, \\u{e9}\"") @stage("pilot")`,
    { kind: 'pilot', populations: [{ type: 'Org::Group', id: 'a"b, é' }] },
  ],
]

for (const [annotations, stage] of UNDERSTOOD) {
  test(`a file says a stage: ${annotations || 'nothing, which binds everyone'}`, async () => {
    const { policies, diagnostics } = await authoring.parsePolicies(`${annotations}\n${RULE}`)
    assert.deepEqual(diagnostics, [])
    assert.deepEqual(policies[0]?.stage, stage)
  })
}

const REFUSED: readonly (readonly [claim: string, text: string, code: string, at: string])[] = [
  ['an unknown stage', '@stage("half")', 'policy.stage', '@stage("half")'],
  ['a stage without a name', '@stage', 'policy.stage', '@stage'],
  ['a pilot of nobody', '@stage("pilot")', 'policy.populations', '@stage("pilot")'],
  ['an empty list', '@stage("pilot") @populations("")', 'policy.populations', '@populations("")'],
  [
    'a name that is no entity',
    '@stage("pilot") @populations("volunteers")',
    'policy.populations',
    '@populations("volunteers")',
  ],
  [
    'a list that ends in a comma',
    String.raw`@stage("pilot") @populations("Group::\"a\",")`,
    'policy.populations',
    String.raw`@populations("Group::\"a\",")`,
  ],
  [
    'an escape that Cedar does not have',
    String.raw`@stage("pilot") @populations("Group::\"\\q\"")`,
    'policy.populations',
    String.raw`@populations("Group::\"\\q\"")`,
  ],
  [
    'one population twice',
    String.raw`@stage("pilot") @populations("Group::\"a\", Group::\"a\"")`,
    'policy.populations',
    String.raw`@populations("Group::\"a\", Group::\"a\"")`,
  ],
  [
    'populations without a pilot',
    String.raw`@populations("Group::\"a\"") @stage("observe")`,
    'policy.populations',
    String.raw`@populations("Group::\"a\"")`,
  ],
]

for (const [claim, annotations, code, at] of REFUSED) {
  test(`${claim} is refused at its place, and the policy only observed`, async () => {
    const text = `// before\n@id("p") ${annotations} ${RULE}`
    const { policies, diagnostics } = await authoring.parsePolicies(text)
    assert.deepEqual(policies[0]?.stage, { kind: 'observe' })
    assert.deepEqual(
      diagnostics.map((each) => each.code),
      [code],
    )
    const [found] = diagnostics
    assert.ok(found?.help)
    assert.equal(text.slice(found.span.offset, found.span.offset + found.span.length), at)
    assert.equal(found.span.line, 2)
  })
}

const POPULATIONS: readonly (readonly [string, RegExp | undefined])[] = [
  ['Group::\\"volunteers\\"', undefined],
  ['User::\\"ann\\"', undefined],
  ['Color::\\"red\\"', undefined],
  ['Color::\\"blue\\"', /not one of the ids/],
  ['Team::\\"volunteers\\"', /a type that the schema does not have/],
  ['Tier::\\"low\\"', /no principal can ever be `in`/],
]

for (const [population, message] of POPULATIONS) {
  test(`a schema ${message === undefined ? 'admits' : 'refuses'} the population ${population}`, async () => {
    const text = `@stage("pilot") @populations("${population}") ${RULE}`
    const { diagnostics } = await authoring.parsePolicies(text, { schema: SCHEMA })
    if (message === undefined) return assert.deepEqual(diagnostics, [])
    assert.equal(diagnostics.length, 1)
    assert.match(diagnostics[0]?.message ?? '', message)
    assert.equal(diagnostics[0]?.code, 'policy.populations')
  })
}

test('formatting keeps stage and populations', async () => {
  const annotations = String.raw`@stage("pilot")@populations("Group::\"it-security\", Group::\"volunteers\"")`
  const before = await authoring.parsePolicies(annotations + RULE)
  const { text } = await authoring.format(annotations + RULE)
  const again = await authoring.parsePolicies(text ?? '')
  assert.equal(again.policies[0]?.stage.kind, 'pilot')
  assert.deepEqual(again.policies[0]?.stage, before.policies[0]?.stage)
  assert.deepEqual(again.policies[0]?.annotations, before.policies[0]?.annotations)
})
