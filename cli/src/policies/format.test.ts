import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { tokenize } from '@countersign/policy/lexer'
import { lostComment } from './comments.ts'
import { payroll, policyFolder } from '../../fakes/policy-folder.ts'

const untidy = `// Everyone
@id("open")   permit(principal,action,resource) // at any time
when { context.a&&context.b };
`
const tidy = `// Everyone
@id("open")
permit (principal, action, resource) // at any time
when { context.a && context.b };
`

describe('`policies format`', () => {
  test('prints the official layout with every comment', async () => {
    await using folder = await policyFolder({ 'a.cedar': untidy })
    const { code, stdout } = await folder.run('format', 'a.cedar')
    assert.equal(code, 0)
    assert.equal(stdout, tidy)
    assert.equal(await folder.read('a.cedar'), untidy)
  })

  test('writes only what differs, and is then content', async () => {
    await using folder = await policyFolder({ ...payroll, 'sub/a.cedar': untidy })
    const checked = await folder.run('format', '--check')
    assert.deepEqual([checked.code, checked.stdout], [8, 'sub/a.cedar\n'])
    assert.match(checked.stderr, /1 file of 2 would be written differently; .*--write/)
    const written = await folder.run('format', '--write')
    assert.deepEqual([written.code, written.stdout], [0, 'sub/a.cedar\n'])
    assert.equal(await folder.read('sub/a.cedar'), tidy)
    assert.equal(await folder.read('payroll.cedar'), payroll['payroll.cedar'])
    assert.deepEqual((await folder.run('format', '--check')).code, 0)
  })

  test('a file of comments alone stays as it is', async () => {
    await using folder = await policyFolder({ 'a.cedar': '// nothing yet\n' })
    assert.equal((await folder.run('format')).stdout, '// nothing yet\n')
  })

  test('leaves everything alone when one file does not parse', async () => {
    await using folder = await policyFolder({ 'a.cedar': untidy, 'b.cedar': 'permit;' })
    const { code, stderr } = await folder.run('format', '--write')
    assert.equal(code, 8)
    assert.match(stderr, /^b\.cedar:1:7: error: /)
    assert.equal(await folder.read('a.cedar'), untidy)
  })

  test('answers in JSON which files differ', async () => {
    await using folder = await policyFolder({ 'a.cedar': untidy, 'b.cedar': tidy })
    const { stdout } = await folder.run('format', '--check', '--json')
    assert.deepEqual(JSON.parse(stdout), {
      files: [
        { file: 'a.cedar', differs: true },
        { file: 'b.cedar', differs: false },
      ],
    })
  })

  test('a comment survives wherever it stands', async () => {
    const policy =
      '@id("x") permit (principal is User in Group::"g", action in [Action::"a", Action::"b"], resource) when { context.a && [1, 2].contains(context.b) } unless { !(context.n < -5) || context.s like "a//*" };'
    const tokens = tokenize(policy)
    const commented = tokens.map(({ text }, index) => `${text} // after ${index}\n`).join('')
    await using folder = await policyFolder({ 'a.cedar': commented })
    const { code, stdout } = await folder.run('format')
    assert.equal(code, 0)
    for (const index of tokens.keys())
      assert.ok(stdout.includes(`// after ${index}\n`), String(index))
  })

  test('were one lost, it would be noticed', () => {
    assert.equal(lostComment('// a\n// a', '// a')?.offset, 5)
    assert.deepEqual(lostComment('// a\n// b', '// b'), { text: '// a', offset: 0, length: 4 })
    assert.equal(lostComment('"// a" // b', '// b'), undefined)
  })
})
