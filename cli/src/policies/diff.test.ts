import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { payroll, type PolicyFolder, policyFolder } from '../../fakes/policy-folder.ts'

const fresh = '{"minutes": 5, "device": {"encrypted": true}}'
const { 'payroll.cedar': before, ...around } = payroll
const after = `${before
  .replace('Group::"finance"', 'Group::"hr"')
  .replace('"no-contractors"', '"no-externals"')}
@id("everyone-writes")
permit (principal, action == Action::"write", resource);
`

async function twoFolders(policies = after): Promise<PolicyFolder> {
  return await policyFolder({
    'before/payroll.cedar': before,
    'after/payroll.cedar': policies,
    ...Object.fromEntries(Object.entries(around).map(([name, text]) => [`after/${name}`, text])),
  })
}

describe('`policies diff`', () => {
  test('says which policies differ, who gains and who loses', async () => {
    await using folder = await twoFolders()
    const { code, stdout } = await folder.run('diff', 'before', 'after', '--context', fresh)
    assert.equal(
      stdout,
      `Policies
  changed  finance-reads-payroll           after/payroll.cedar:2
  renamed  no-contractors to no-externals  after/payroll.cedar:12
  added    everyone-writes                 after/payroll.cedar:22

Access
  loses  Action::"read" on App::"payroll"   User::"ann"
  gains  Action::"write" on App::"payroll"  User::"ann", User::"cyd"

Policies: 1 added, 1 changed, 1 renamed. Of 6 possible accesses, 2 would be gained and 1 lost.
`,
    )
    assert.equal(code, 0)
  })

  test('is a comment for a merge request, and fails only on demand', async () => {
    await using folder = await twoFolders()
    const options = ['--context', fresh, '--markdown', '--exit-code']
    const { code, stdout } = await folder.run('diff', 'before', 'after', ...options)
    assert.equal(code, 9)
    assert.match(stdout, /^### What this changes\n/)
    assert.match(
      stdout,
      /\| \*\*loses\*\* \| `Action::"read" on App::"payroll"` \| `User::"ann"` \|/,
    )
    assert.match(stdout, /\| `no-contractors` to `no-externals` \| renamed \|/)
  })

  test('comments, layout and annotations are no difference', async () => {
    await using folder = await twoFolders(
      before
        .replace('@owner("Finance")', '@owner("People")')
        .replace('// Who may see pay.', '// Whose pay?\n'),
    )
    const { code, stdout } = await folder.run(
      'diff',
      'before',
      'after',
      '--context',
      fresh,
      '--exit-code',
    )
    assert.equal(code, 0)
    assert.match(stdout, /no difference/)
    assert.match(stdout, /nobody gains or loses anything/)
  })

  test('a name can hold nothing that breaks the table of a comment', async () => {
    await using folder = await twoFolders(before.replace('"no-contractors"', '"no|`contract`ors"'))
    const { stdout } = await folder.run('diff', 'before', 'after', '--markdown', '--context', fresh)
    assert.ok(stdout.includes('| `no-contractors` to `` no\\|`contract`ors `` | renamed |'), stdout)
  })

  test('without entities it says that access is not compared', async () => {
    await using folder = await policyFolder({ 'before/a.cedar': before, 'after/a.cedar': after })
    const { stdout } = await folder.run('diff', 'before', 'after')
    assert.match(stdout, /No entities were given, so who gains and who loses is not known/)
    assert.match(stdout, /Policies: 1 added, 1 changed, 1 renamed\.\n$/)
  })

  test('only what is asked for is compared, and JSON has all of it', async () => {
    await using folder = await twoFolders()
    const narrowed = [
      '--action',
      'Action::"read"',
      '--principal-type',
      'User',
      '--resource-type',
      'App',
    ]
    const { stdout } = await folder.run(
      'diff',
      'before',
      'after',
      '--context',
      fresh,
      ...narrowed,
      '--json',
    )
    const { access, questions } = JSON.parse(stdout) as { access: unknown[]; questions: number }
    assert.equal(questions, 3)
    assert.deepEqual(access, [
      {
        principal: { type: 'User', id: 'ann' },
        action: { type: 'Action', id: 'read' },
        resource: { type: 'App', id: 'payroll' },
        change: 'loses',
      },
    ])
  })

  test('a policy that does not parse is refused on either side', async () => {
    await using folder = await twoFolders('permit;')
    assert.match(
      (await folder.run('diff', 'before', 'after')).stderr,
      /^after\/payroll\.cedar:1:7: error/,
    )
    assert.match(
      (await folder.run('diff', 'after', 'before')).stderr,
      /^after\/payroll\.cedar:1:7: error/,
    )
    assert.equal((await folder.run('diff', 'before', 'nothere')).code, 5)
  })
})
