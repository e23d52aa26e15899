import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { payroll, policyFolder } from '../../fakes/policy-folder.ts'

const fresh = '{"minutes": 5, "device": {"encrypted": true}}'
const what = ['--action', 'Action::"read"', '--resource', 'App::"payroll"']

describe('`policies who-can`', () => {
  test('lists who may, one to a line, and counts on the side', async () => {
    await using folder = await policyFolder(payroll)
    const { code, stdout, stderr } = await folder.run('who-can', ...what, '--context', fresh)
    assert.equal(code, 0)
    assert.equal(stdout, 'User::"ann"\n')
    assert.equal(stderr, '1 of 3 may do Action::"read" on App::"payroll"\n')
  })

  test('answers in JSON', async () => {
    await using folder = await policyFolder(payroll)
    const { stdout } = await folder.run('who-can', ...what, '--context', fresh, '--json')
    assert.deepEqual(JSON.parse(stdout), {
      principals: [{ type: 'User', id: 'ann' }],
      asked: 3,
      types: ['User'],
      notes: [],
    })
  })

  test('without a schema every type of entity is asked, and a policy that fails is said', async () => {
    const { 'app.cedarschema': _, ...rest } = payroll
    await using folder = await policyFolder(rest)
    const { stdout, stderr } = await folder.run('who-can', ...what)
    assert.equal(stdout, '')
    assert.match(stderr, /note: `finance-reads-payroll` could not be evaluated for everyone: /)
    assert.match(stderr, /0 of 4 may do/)
  })

  test('a type that there is not has a nearest one', async () => {
    await using folder = await policyFolder(payroll)
    const { code, stderr } = await folder.run(
      'who-can',
      ...what,
      '--context',
      fresh,
      '--type',
      'Usr',
    )
    assert.equal(code, 2)
    assert.match(stderr, /there is no type `Usr` to ask about; did you mean `User`\?/)
  })

  test('facts that the schema wants are asked for', async () => {
    await using folder = await policyFolder(payroll)
    const { code, stderr } = await folder.run('who-can', ...what)
    assert.equal(code, 2)
    assert.match(stderr, /missing.*\n {2}give the facts with `--context <file-or-json>`/)
  })
})

describe('`policies what-can`', () => {
  test('lists what one identity may do', async () => {
    await using folder = await policyFolder(payroll)
    const question = ['--principal', 'User::"ann"', '--context', fresh]
    const { code, stdout, stderr } = await folder.run('what-can', ...question)
    assert.equal(code, 0)
    assert.equal(stdout, 'Action::"read" on App::"payroll"\n')
    assert.equal(stderr, 'User::"ann" may do 1 of what there is\n')
    const none = await folder.run('what-can', ...question, '--action', 'Action::"write"', '--json')
    assert.deepEqual(JSON.parse(none.stdout), { grants: [], notes: [] })
  })
})
