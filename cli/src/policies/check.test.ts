import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { payroll, policyFolder } from '../../fakes/policy-folder.ts'

describe('`policies check`', () => {
  test('passes policies that fit their schema and entities, and says what it looked at', async () => {
    await using folder = await policyFolder(payroll)
    const { code, stdout, stderr } = await folder.run('check')
    assert.equal(stderr, '')
    assert.equal(
      stdout,
      '2 policies in 1 file, and 4 entities, checked against app.cedarschema: nothing to complain about\n',
    )
    assert.equal(code, 0)
  })

  test('shows a mistake with its place, its line, a mark under it and what to do', async () => {
    await using folder = await policyFolder({
      ...payroll,
      'payroll.cedar': payroll['payroll.cedar'].replace(
        'principal.contractor',
        'principal.contracto',
      ),
    })
    const { code, stdout } = await folder.run('check')
    assert.equal(code, 8)
    assert.equal(
      stdout,
      `payroll.cedar:20:8: error: attribute \`contracto\` on entity type \`User\` not found [policy.type]
  20 | when { principal.contracto };
     |        ^^^^^^^^^^^^^^^^^^^
  help: did you mean \`contractor\`?

2 policies in 1 file, and 4 entities, checked against app.cedarschema: 1 error
`,
    )
  })

  test('says plainly that nothing was validated when there is no schema', async () => {
    await using folder = await policyFolder({ 'payroll.cedar': payroll['payroll.cedar'] })
    const { code, stdout } = await folder.run('check')
    assert.equal(code, 0)
    assert.match(stdout, /note: No schema was given, so nothing was validated: .*`--schema`/)
    assert.match(stdout, /checked without a schema/)
  })

  test('a warning fails only who asked for it, and advice never does', async () => {
    const twice = `${payroll['payroll.cedar']}@id("again") ${payroll['payroll.cedar'].slice(payroll['payroll.cedar'].indexOf('forbid'))}`
    await using folder = await policyFolder({ ...payroll, 'payroll.cedar': twice })
    const mild = await folder.run('check')
    assert.equal(mild.code, 0)
    assert.match(mild.stdout, /warning: .*\[lint\.duplicate\]/)
    assert.match(mild.stdout, /`--advice` shows the advice/)
    assert.equal((await folder.run('check', '--deny-warnings')).code, 8)
    const advised = await folder.run('check', '--advice')
    assert.equal(advised.code, 0)
    assert.match(advised.stdout, /advice: policy `again` .*\[lint\.missing-owner\]/)
  })

  test('a name that no entity has is noticed where one of nearly that name is', async () => {
    await using folder = await policyFolder({
      ...payroll,
      'payroll.cedar': payroll['payroll.cedar'].replace('App::"payroll"', 'App::"payrol"'),
      'entities.json': payroll['entities.json']
        .replace(
          '"attrs": { "contractor": false }, "parents": []',
          '"attrs": { "contractor": false }, "parents": [{ "type": "Group", "id": "finanse" }]',
        )
        .replace(
          '[',
          '[{ "uid": { "type": "Group", "id": "finance" }, "attrs": {}, "parents": [] },',
        ),
    })
    const { code, stdout } = await folder.run('check')
    assert.equal(code, 0)
    assert.match(
      stdout,
      /^payroll\.cedar:8:15: warning: `App::"payrol"` is not among the entities \[lint\.unknown-entity\]\n.*\n.*\n {2}help: did you mean `App::"payroll"`\?/m,
    )
    assert.match(
      stdout,
      /^entities\.json:4:\d+: warning: `Group::"finanse"` .*\n.*\n.*\n {2}help: did you mean `Group::"finance"`\?/m,
    )
    assert.match(stdout, /: 2 warnings\n$/)
  })

  test('answers in JSON, and writes SARIF that names the same places', async () => {
    await using folder = await policyFolder({
      ...payroll,
      'a b/entities.json': '[5]',
    })
    const { code, stdout } = await folder.run('check', '--json', '--sarif', 'out.sarif')
    assert.equal(code, 8)
    const answer = JSON.parse(stdout) as {
      findings: { code: string; file: string; line: number; column: number }[]
    }
    assert.deepEqual(
      answer.findings.map((each) => [each.code, each.file, each.line, each.column]),
      [['entities.form', 'a b/entities.json', 1, 2]],
    )
    const log = JSON.parse(await folder.read('out.sarif')) as {
      runs: {
        results: {
          level: string
          locations: { physicalLocation: { artifactLocation: object; region: object } }[]
        }[]
      }[]
    }
    const [result] = log.runs[0]?.results ?? []
    assert.equal(result?.level, 'error')
    const place = result?.locations[0]?.physicalLocation
    assert.deepEqual(place?.artifactLocation, { uri: 'a%20b/entities.json' })
    assert.deepEqual(place?.region, { startLine: 1, startColumn: 2, charOffset: 1, charLength: 1 })
  })

  test('a template is validated and counted as one', async () => {
    const template =
      '@id("lent") permit (principal == ?principal, action == Action::"read", resource);'
    await using folder = await policyFolder({ ...payroll, 'lent.cedar': template })
    const { code, stdout } = await folder.run('check')
    assert.equal(code, 0)
    assert.match(stdout, /^2 policies and 1 template in 2 files, and 4 entities/)
    await folder.write({ 'lent.cedar': template.replace('"read"', '"lend"') })
    assert.match((await folder.run('check')).stdout, /^lent\.cedar:1:\d+: error: .*lend/m)
  })

  test('a policy keeps the name of its file, whatever folder the command runs in', async () => {
    const open = 'permit (principal, action, resource);'
    await using folder = await policyFolder({ 'deep/open.cedar': `${open}\n${open}` })
    const { stdout } = await folder.run('check', '--json', 'deep')
    assert.match(stdout, /`open\.cedar:policy1` says the same as `open\.cedar:policy0`/)
  })
})

const open = 'permit (principal, action, resource);'
const schema = `entity User in [Group] { age: Long };
entity Group in [Group];
action read appliesTo { principal: [User], resource: [Group] };
`
const entity = (type: string, id: string, attrs = '{}', parents = ''): string =>
  `{"uid": {"type": "${type}", "id": "${id}"}, "attrs": ${attrs}, "parents": [${parents}]}`
const group = (id: string): string => `{"type": "Group", "id": "${id}"}`

describe('bad input is a diagnostic with a place and a next step', () => {
  const cases = [
    [
      'a policy that does not parse',
      { 'a.cedar': 'permit (principal action, resource);' },
      /^a\.cedar:1:19: error: unexpected token `action`/,
    ],
    [
      'a policy without an end',
      { 'a.cedar': `${open}\npermit (principal, action, resource)` },
      /^a\.cedar:2:\d+: error: /,
    ],
    [
      'a schema that does not parse',
      { 'a.cedar': open, 's.cedarschema': 'entity User {' },
      /^s\.cedarschema:1:\d+: error: /,
    ],
    [
      'a schema that names what is not there',
      { 'a.cedar': open, 's.cedarschema': 'entity User in [Grup];' },
      /^s\.cedarschema:1:17: error: .*Grup/,
    ],
    [
      'a JSON schema that is no JSON',
      { 'a.cedar': open, 's.cedarschema.json': '{' },
      /^s\.cedarschema\.json:1:1: error: /,
    ],
    [
      'a policy that contradicts the schema',
      { 'a.cedar': 'permit (principal is Usr, action, resource);', 's.cedarschema': schema },
      /^a\.cedar:1:22: error: .*Usr/m,
    ],
    [
      'two policies of one name in two files',
      { 'a.cedar': `@id("x") ${open}`, 'b.cedar': `\n@id("x") ${open}` },
      /^b\.cedar:2:1: error: another policy has the id `x`, at a\.cedar:1 \[policy\.duplicate-id\]/,
    ],
    [
      'an attribute of the wrong type',
      { 's.cedarschema': schema, 'entities.json': `[${entity('User', 'ann', '{"age": "x"}')}]` },
      /^entities\.json:1:\d+: error: expected long, found string .*\[entities\.schema\]\n.*\n.*\^\^\^\n/,
    ],
    [
      'an attribute too many',
      {
        's.cedarschema': schema,
        'entities.json': `[${entity('User', 'ann', '{"age": 1, "agee": 2}')}]`,
      },
      /error: .*`agee`/,
    ],
    [
      'an integer of more than 64 bits',
      {
        's.cedarschema': schema,
        'entities.json': `[${entity('User', 'ann', '{"age": 9223372036854775808}')}]`,
      },
      /`9223372036854775808` is outside .*\[entities\.out-of-range\]/,
    ],
    [
      'a fraction',
      { 's.cedarschema': schema, 'entities.json': `[${entity('User', 'ann', '{"age": 1.0}')}]` },
      /^entities\.json:1:\d+: error: `1\.0` is not an integer/,
    ],
    [
      'a name given twice',
      {
        's.cedarschema': schema,
        'entities.json': `[${entity('User', 'ann', '{"age": 1, "age": 2}')}]`,
      },
      /"age" is given twice/,
    ],
    [
      'a cycle',
      {
        's.cedarschema': schema,
        'entities.json': `[${entity('Group', 'a', '{}', group('b'))},\n${entity('Group', 'b', '{}', group('a'))}]`,
      },
      /^entities\.json:2:\d+: error: an entity cannot be its own ancestor/,
    ],
    [
      'one entity with two sets of facts',
      {
        's.cedarschema': schema,
        'entities.json': `[${entity('Group', 'a', '{}', group('b'))},\n${entity('Group', 'a')}]`,
      },
      /^entities\.json:2:\d+: error: given twice/,
    ],
    [
      'an entity without a name',
      { 's.cedarschema': schema, 'entities.json': '[{"attrs": {}}]' },
      /^entities\.json:1:2: error: the entity has no `uid`/,
    ],
    [
      'an entity with an unknown part',
      { 's.cedarschema': schema, 'entities.json': '[{"id": "x"}]' },
      /`id` is no part of an entity/,
    ],
    [
      'entities that are no list',
      { 's.cedarschema': schema, 'entities.json': '{}' },
      /expected a list of entities/,
    ],
    [
      'entities that are no JSON',
      { 's.cedarschema': schema, 'entities.json': '[' },
      /^entities\.json:1:2: error: the text ends/,
    ],
  ] as const

  for (const [name, files, expected] of cases) {
    test(name, async () => {
      await using folder = await policyFolder(files)
      const { code, stdout, stderr } = await folder.run('check')
      assert.equal(stderr, '')
      assert.match(stdout, expected)
      assert.match(stdout, /\n {2}help: /)
      assert.doesNotMatch(stdout, /\n {4}at /)
      assert.equal(code, 8)
    })
  }

  test('a file that is not UTF-8 is named with the place', async () => {
    const latin = Buffer.from(
      'permit (principal, action, resource) when { "\xe9" == "e" };',
      'latin1',
    )
    await using folder = await policyFolder({ 'a.cedar': latin })
    const { code, stderr } = await folder.run('check')
    assert.match(stderr, /^a\.cedar:1:46: error: this is not UTF-8 \[source\.encoding\]/)
    assert.equal(code, 8)
  })

  test('what is too large or too deep is refused by name', async () => {
    const deep = `${'f/'.repeat(34)}a.cedar`
    await using folder = await policyFolder({
      'large/a.cedar': ' '.repeat(16 * 1024 * 1024 + 1),
      [deep]: open,
      'wide/a.test.yaml': `# ${'x'.repeat(4 * 1024 * 1024)}\ncases: []`,
      'wide/a.cedar': open,
    })
    const large = await folder.run('check', 'large')
    assert.equal(large.code, 8)
    assert.match(large.stderr, /^large\/a\.cedar: error: .*more than 16777216 \[source\.too-big\]/)
    const far = await folder.run('check', 'f')
    assert.equal(far.code, 2)
    assert.match(far.stderr, /lies more than 32 folders deep/)
    assert.match((await folder.run('test', 'wide')).stderr, /more than 4194304 for YAML/)
  })

  test('a missing file, an empty folder and a strange file each say what to do', async () => {
    await using folder = await policyFolder({ 'empty/readme.txt': '', 'notes.txt': '' })
    const missing = await folder.run('check', 'nothere')
    assert.deepEqual(
      [missing.code, missing.stderr],
      [5, 'countersign: there is no `nothere`\n  check the path\n'],
    )
    const empty = await folder.run('check', 'empty')
    assert.equal(empty.code, 5)
    assert.match(empty.stderr, /there are no policies in `empty`\n {2}name files/)
    const strange = await folder.run('check', 'notes.txt')
    assert.equal(strange.code, 2)
    assert.match(strange.stderr, /`notes\.txt` is no file that this command knows/)
  })

  test('two schemas are not chosen between', async () => {
    await using folder = await policyFolder({
      'a.cedar': open,
      'a.cedarschema': schema,
      'b.cedarschema': schema,
    })
    const { code, stderr } = await folder.run('check')
    assert.equal(code, 2)
    assert.match(
      stderr,
      /`a\.cedarschema`, `b\.cedarschema`\n {2}choose one with `--schema <file>`/,
    )
    assert.equal((await folder.run('check', '--schema', 'b.cedarschema')).code, 0)
  })

  test('a schema with errors is not mistaken for no schema', async () => {
    await using folder = await policyFolder({
      'a.cedar': open,
      's.cedarschema': 'entity User in [Grup];',
    })
    const { stdout } = await folder.run('check')
    assert.match(stdout, /note: The schema has errors, so nothing was validated against it\./)
  })

  test('a name in a file cannot repaint the terminal', async () => {
    await using folder = await policyFolder({ 'a.cedar': `${open} @id("\u001b[31m") permit;` })
    const { stdout } = await folder.run('check')
    assert.ok(!stdout.includes('\u001b'))
  })
})
