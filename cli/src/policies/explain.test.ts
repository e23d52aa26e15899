import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { payroll, policyFolder, type Ran } from '../../fakes/policy-folder.ts'

const changes = `- { id: sign in again, kind: authentication, context: { minutes: 0 } }
- { id: encrypt the disk, kind: device, context: { device.encrypted: true } }
`
const fresh = '{"minutes": 5, "device": {"encrypted": true}}'

async function ask(who: string, context: string, ...more: readonly string[]): Promise<Ran> {
  await using folder = await policyFolder({ ...payroll, 'changes.yaml': changes })
  const question = ['--action', 'Action::"read"', '--resource', 'App::"payroll"']
  return await folder.run('explain', '--principal', who, ...question, '--context', context, ...more)
}

describe('`policies explain`', () => {
  test('an allow names the policy that permits', async () => {
    const { code, stdout } = await ask('User::"ann"', fresh)
    assert.equal(code, 0)
    assert.equal(
      stdout,
      `allow  User::"ann" may do Action::"read" on App::"payroll"

Permitted by \`finance-reads-payroll\`; no forbid matched.

Policies about this action and resource: 2 of 2 policies
  \`finance-reads-payroll\` permits it  payroll.cedar:2:1
  \`no-contractors\` would forbid it, but this does not hold:  payroll.cedar:20:8
      principal.contractor
      seen: principal.contractor = false
`,
    )
  })

  test('no permit that matched is told apart from a forbid that did', async () => {
    const unpermitted = await ask('User::"cyd"', fresh)
    assert.match(unpermitted.stdout, /^deny .*\n\nNo permit matched, so the answer is deny\.\n/)
    const forbidden = await ask('User::"bob"', fresh)
    assert.match(forbidden.stdout, /^deny .*\n\nA forbid matched: `no-contractors`\.\n/)
  })

  test('the smallest changes that help are named, and a step-up as such', async () => {
    const stale = '{"minutes": 95, "device": {"encrypted": true}}'
    const { stdout } = await ask('User::"ann"', stale, '--changes', 'changes.yaml')
    assert.match(stdout, /^step-up {2}User::"ann" may, after a step-up, do /)
    assert.match(stdout, /Remedies\n {2}`sign in again` would make it an allow \(a step-up\)\n/)
    const open = '{"minutes": 95, "device": {"encrypted": false}}'
    const both = await ask('User::"ann"', open, '--changes', 'changes.yaml')
    assert.match(both.stdout, /`sign in again` and `encrypt the disk` would make it an allow\n/)
  })

  test('when nothing helps, that is said', async () => {
    const { stdout } = await ask('User::"bob"', fresh, '--changes', 'changes.yaml')
    assert.match(stdout, /Remedies\n {2}None within three of the 2 changes that were named\.\n/)
  })

  test('a withheld value is withheld in text and in JSON', async () => {
    const context = '{"minutes": 95, "device": {"encrypted": true}}'
    const options = ['--redact', 'context.device,context.minutes']
    const { stdout } = await ask('User::"ann"', context, ...options)
    assert.match(stdout, /seen: context\.minutes = "\[redacted\]"/)
    const { stdout: json } = await ask('User::"ann"', context, ...options, '--json')
    assert.doesNotMatch(json, /95/)
  })

  test('JSON holds verdict, both answers, explanations and remedies', async () => {
    const stale = '{"minutes": 95, "device": {"encrypted": true}}'
    const { stdout } = await ask('User::"ann"', stale, '--changes', 'changes.yaml', '--json')
    const answer = JSON.parse(stdout) as Record<string, unknown>
    assert.equal(answer['verdict'], 'step-up')
    assert.deepEqual(answer['effective'], { effect: 'deny', determining: [], errors: [] })
    assert.deepEqual(answer['remedies'], [{ changes: ['sign in again'], isStepUp: true }])
    assert.ok(Array.isArray(answer['explanations']))
  })

  test('a stranger is said to be one, with the nearest name', async () => {
    const { stdout } = await ask('User::"anne"', fresh)
    assert.match(
      stdout,
      /note: User::"anne" is not among the entities.*did you mean `User::"ann"`\?/,
    )
  })

  const wrong = [
    [
      'a missing fact',
      'User::"ann"',
      '{"minutes": 5}',
      8,
      /^--context:1:1: error: .*`device`.*missing/,
    ],
    [
      'a fact of the wrong type',
      'User::"ann"',
      '{"minutes": "5", "device": {"encrypted": true}}',
      8,
      /^--context:1:13: error: expected long, found string/,
    ],
    [
      'an integer of more than 64 bits',
      'User::"ann"',
      '{"minutes": 9223372036854775808, "device": {"encrypted": true}}',
      8,
      /^--context:1:13: error: `9223372036854775808` is outside/,
    ],
    [
      'facts that are no JSON',
      'User::"ann"',
      '{minutes: 5}',
      8,
      /^--context:1:2: error: expected a name in double quotes/,
    ],
    [
      'a file of facts that is not there',
      'User::"ann"',
      'nothere.json',
      5,
      /there is no `nothere\.json`/,
    ],
    [
      'a name that is no entity',
      'ann',
      fresh,
      2,
      /`--principal` is `ann`, expected an entity\n {2}write `--principal 'User::"ann"'`/,
    ],
    [
      'a type that the action does not apply to',
      'Group::"finance"',
      fresh,
      2,
      /does not apply to the type `Group`/,
    ],
  ] as const

  for (const [name, who, context, code, expected] of wrong) {
    test(`${name} is a diagnostic, not an answer`, async () => {
      const ran = await ask(who, context)
      assert.equal(ran.stdout, '')
      assert.match(ran.stderr.replace('countersign: ', ''), expected)
      assert.equal(ran.code, code)
    })
  }

  test('a question without its parts says which one is missing', async () => {
    await using folder = await policyFolder(payroll)
    const { code, stderr } = await folder.run('explain', '--principal', 'User::"ann"')
    assert.equal(code, 2)
    assert.match(stderr, /`--action` is missing\n {2}write `--action 'Action::"read"'`/)
  })

  test('an action that the schema lacks has a nearest one', async () => {
    await using folder = await policyFolder(payroll)
    const { code, stderr } = await folder.run(
      'explain',
      '--principal',
      'User::"ann"',
      '--action',
      'Action::"raed"',
      '--resource',
      'App::"payroll"',
    )
    assert.equal(code, 2)
    assert.match(stderr, /did you mean `Action::"read"`\?/)
  })

  test('a policy that cannot be evaluated is never skipped in silence', async () => {
    await using folder = await policyFolder({
      'a.cedar':
        '@id("closed") forbid (principal, action, resource) when { context.gone };\n@id("open") permit (principal, action, resource);',
    })
    const question = ['--principal', 'A::"a"', '--action', 'Action::"a"', '--resource', 'A::"a"']
    const { stdout } = await folder.run('explain', ...question)
    assert.match(stdout, /^allow/)
    assert.match(stdout, /`closed` would forbid it, but could not be evaluated, and is skipped:/)
    assert.match(stdout, /note: no entities were given/)
    const strict = await folder.run('explain', '--strict', ...question)
    assert.match(strict.stdout, /^deny/)
  })

  test('a broken policy is refused, with JSON where that was asked for', async () => {
    await using folder = await policyFolder({ 'a.cedar': 'permit;' })
    const question = ['--principal', 'A::"a"', '--action', 'Action::"a"', '--resource', 'A::"a"']
    const { code, stdout } = await folder.run('explain', '--json', ...question)
    assert.equal(code, 8)
    const { findings } = JSON.parse(stdout) as { findings: { code: string; line: number }[] }
    assert.deepEqual(
      findings.map((each) => [each.code, each.line]),
      [['policy.syntax', 1]],
    )
  })
})
