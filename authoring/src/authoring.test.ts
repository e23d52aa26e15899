import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { UnsupportedPolicy } from '@countersign/policy/ast'
import { compilePolicies } from '@countersign/policy/engine'
import { LinkError, linkTemplate } from '@countersign/policy/template'
import { Authoring } from './authoring.ts'

const authoring = new Authoring()
after(() => authoring.close())

const FILE = `// who may read
@id("zebra") // the last name comes first
permit (principal is User, action == Action::"read", resource)
when { principal.department == resource.department };

@id("ant") @stage("observe")
forbid (principal, action, resource) unless { context.n < 9007199254740993 };
permit (principal == ?principal, action, resource in ?resource);
`

test('policies keep the order, ids, stages and places of their file', async () => {
  const { policies, templates, diagnostics } = await authoring.parsePolicies(FILE, {
    file: 'a/b.cedar',
  })
  assert.deepEqual(diagnostics, [])
  assert.deepEqual(
    policies.map(({ id, stage, file, span }) => ({ id, stage: stage.kind, file, line: span.line })),
    [
      { id: 'zebra', stage: 'enforce', file: 'a/b.cedar', line: 2 },
      { id: 'ant', stage: 'observe', file: 'a/b.cedar', line: 6 },
    ],
  )
  for (const { span, text } of policies) {
    assert.equal(FILE.slice(span.offset, span.offset + span.length), text)
  }
  assert.deepEqual(
    templates.map(({ id, slots }) => ({ id, slots })),
    [{ id: 'b.policy2', slots: ['?principal', '?resource'] }],
  )
})

test('an integer beyond 2^53 keeps its last digit', async () => {
  const { policies } = await authoring.parsePolicies(FILE)
  const text = JSON.stringify(policies[1]?.est)
  assert.ok(text.includes('{"Value":{"__long":"9007199254740993"}}'), text)
})

test('a broken policy has a diagnostic at its place and does not hide the others', async () => {
  const text =
    '@é permit (principal, action, resource);\n  permit (principal, action, résource);\npermit (principal, action, resource);'
  const { policies, diagnostics } = await authoring.parsePolicies(text)
  assert.equal(policies.length, 1)
  assert.deepEqual(
    diagnostics.map(({ code, severity }) => ({ code, severity })),
    [
      { code: 'policy.syntax', severity: 'error' },
      { code: 'policy.syntax', severity: 'error' },
    ],
  )
  assert.equal(diagnostics[1]?.span.line, 2)
  assert.equal(diagnostics[1]?.span.column, 31)
})

test('a hostile policy of deep nesting is refused and harms nobody', async () => {
  const hostile = `permit (principal, action, resource) when { ${'!('.repeat(400)}true${')'.repeat(400)} };`
  const { diagnostics } = await authoring.parsePolicies(hostile)
  assert.equal(diagnostics[0]?.code, 'policy.nesting')
  const { policies } = await authoring.parsePolicies('permit (principal, action, resource);')
  assert.equal(policies.length, 1)
})

test('the same id twice is an error', async () => {
  const one = '@id("a") permit (principal, action, resource);'
  const { diagnostics } = await authoring.parsePolicies(one + one)
  assert.deepEqual(
    diagnostics.map(({ code }) => code),
    ['policy.duplicate-id'],
  )
})

test('validation against a schema names the policy, the place and the fault', async () => {
  const schema = 'entity User; action read appliesTo { principal: User, resource: User };'
  const text =
    'permit (principal, action, resource);\npermit (principal, action, resource) when { principal.salary > 1 };'
  const diagnostics = await authoring.validate(text, schema)
  assert.equal(diagnostics.length, 1)
  assert.equal(diagnostics[0]?.code, 'policy.type')
  assert.equal(text.slice(diagnostics[0]?.span.offset).startsWith('principal.salary'), true)
})

test('formatting keeps comments', async () => {
  const { text } = await authoring.format('permit(principal,action,resource);//why\n')
  assert.equal(text, 'permit (principal, action, resource); //why\n')
})

test('a schema that does not parse has a diagnostic with its place', async () => {
  const { schema, diagnostics } = await authoring.parseSchema('entity User {\n  a: Foo\n};')
  assert.equal(schema, undefined)
  assert.deepEqual(
    diagnostics.map(({ code, span }) => ({ code, line: span.line })),
    [{ code: 'schema.syntax', line: 2 }],
  )
})

test('a schema in which one name shadows another is refused', async () => {
  const { schema, diagnostics } = await authoring.parseSchema(
    'entity User; namespace Org { entity User; }',
  )
  assert.equal(schema, undefined)
  assert.match(diagnostics[0]?.message ?? '', /shadows/)
})

test('a template becomes a policy when its slots are filled, and only then', async () => {
  const { templates } = await authoring.parsePolicies(
    '@id("t") permit (principal == ?principal, action, resource is App in ?resource);',
  )
  const [template] = templates
  assert.ok(template)
  const ann = { type: 'User', id: 'ann' }
  const tier = { type: 'Tier', id: 'low' }
  const { est, id } = linkTemplate(template, {
    id: 'for ann',
    values: { '?principal': ann, '?resource': tier },
  })
  assert.equal(id, 'for ann')
  assert.deepEqual(est.principal, { op: '==', entity: ann })
  assert.deepEqual(est.resource, { op: 'is', entity_type: 'App', in: { entity: tier } })
  assert.throws(
    () => linkTemplate(template, { id: 'half', values: { '?principal': ann } }),
    LinkError,
  )
  assert.throws(() => compilePolicies([template]), UnsupportedPolicy)
})
