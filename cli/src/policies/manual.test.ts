import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { policyFolder } from '../../fakes/policy-folder.ts'

const manual = new URL('../../../docs/policies.md', import.meta.url)
// A fence that names a file: its language, then the name.
const fenced = /^```\w+ (?<name>\S+)\n(?<text>[^]*?)^```$/gm
const shown = /^```text\n\$ countersign policies explain(?<words>[^]*?)\n(?<page>deny[^]*?)^```$/m

test('the folder of the manual is checked, formatted and tested without a complaint', async () => {
  const text = await readFile(manual, 'utf8')
  const files = [...text.matchAll(fenced)].map(({ groups }) => [
    groups?.['name'] ?? '',
    groups?.['text'] ?? '',
  ])
  assert.equal(files.length, 4)
  await using folder = await policyFolder(Object.fromEntries(files) as Record<string, string>)
  for (const words of [['check', '--deny-warnings'], ['format', '--check'], ['test']]) {
    const { code, stdout, stderr } = await folder.run(...words)
    assert.equal(code, 0, `${words.join(' ')}\n${stdout}${stderr}`)
  }
  const { words = '', page } = shown.exec(text)?.groups ?? {}
  const quoted = [...words.matchAll(/'([^']*)'|(--\w+)/g)].map(
    ([, value, name]) => value ?? name ?? '',
  )
  const { stdout } = await folder.run('explain', ...quoted)
  assert.equal(stdout, page)
})
