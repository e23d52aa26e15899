import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { commands } from '#commands'
import { execute } from '#execute'
import { testWorld } from '../../fakes/world.ts'

const ldif = `version: 1

dn: DC=example,DC=org
objectClass: top
objectClass: domainDNS
objectSid:: AQQAAAAAAAUVAAAAAQAAAAIAAAADAAAA
minPwdLength: 14
lockoutThreshold: 10

dn: CN=Ann Lee,OU=People,DC=example,DC=org
objectClass: top
objectClass: person
objectClass: organizationalPerson
objectClass: user
sAMAccountName: ann
userAccountControl: 4194816
primaryGroupID: 513
employeeID: E1
description: ask the desk

dn: CN=Old Lee,OU=People,DC=example,DC=org
objectClass: top
objectClass: person
objectClass: organizationalPerson
objectClass: user
sAMAccountName: old
userAccountControl: 512
primaryGroupID: 513
employeeID: E2
description: password: Winter2024!
`

const people =
  'employeeNumber,name,startDate,endDate\nE1,Ann Lee,2020-01-01,\nE2,Old Lee,2019-01-01,2024-02-01\n'

describe('`identity audit`', () => {
  test('says what is wrong with a directory, with code 8, and never shows a secret', async () => {
    await using folder = await auditFolder()
    const { code, stdout } = await folder.run('directory.ldif', '--personnel', 'people.csv')
    assert.equal(code, 8)
    assert.match(stdout, /^Headline figures/)
    assert.match(stdout, /critical: Somebody who has left still has an enabled account/)
    assert.match(stdout, /old: `E2` left on 2024-02-01/)
    assert.match(stdout, /\[pre-authentication-off\]/)
    assert.match(stdout, /\[secret-in-attribute\]/)
    assert.ok(!stdout.includes('Winter2024'))
    assert.match(stdout, /Cannot tell/)
  })

  test('writes a report that only its owner reads, and compares with it later', async () => {
    await using folder = await auditFolder()
    const first = await folder.run('directory.ldif', '--format', 'json', '--output', 'one.json')
    assert.equal(first.code, 8)
    assert.equal(first.stdout, '')
    assert.equal((await stat(join(folder.path, 'one.json'))).mode & 0o777, 0o600)
    const report = JSON.parse(await readFile(join(folder.path, 'one.json'), 'utf8')) as Report
    assert.equal(report.schema, 'countersign.identity-audit')
    await writeFile(
      join(folder.path, 'directory.ldif'),
      ldif.replace('userAccountControl: 4194816', 'userAccountControl: 512'),
    )
    const { stdout } = await folder.run('directory.ldif', '--compare', 'one.json')
    assert.match(stdout, /0 new, 1 gone, /)
    assert.match(stdout, /gone {2}ann \(pre-authentication-off\)/)
  })

  test('each form of the report is what it says', async () => {
    await using folder = await auditFolder()
    const sarif = await folder.run('directory.ldif', '--format', 'sarif')
    assert.equal((JSON.parse(sarif.stdout) as { version: string }).version, '2.1.0')
    const csv = await folder.run('directory.ldif', '--format', 'csv')
    assert.match(csv.stdout, /^severity,check,title,kind,name,/)
    const html = await folder.run('directory.ldif', '--format', 'html')
    assert.match(html.stdout, /^<!doctype html>/)
    const json = await folder.run('directory.ldif', '--json')
    assert.equal((JSON.parse(json.stdout) as Report).version, 1)
  })

  test('says what to do where a source, a password or an earlier report is missing', async () => {
    await using folder = await auditFolder()
    const rows = [
      [[], 2, /no source is named/],
      [['ldaps://localhost:1'], 2, /`--bind-dn` is not given/],
      [['ldaps://localhost:1', '--bind-dn', 'cn=a'], 2, /--password-file/],
      [['directory.ldif', '--compare', 'people.csv'], 2, /is not JSON/],
      [['directory.ldif', '--compare', 'none.json'], 5, /cannot be read/],
    ] as const
    for (const [words, code, expected] of rows) {
      const ran = await folder.run(...words)
      assert.equal(ran.code, code, ran.stderr)
      assert.match(ran.stderr, expected)
    }
  })
})

interface Report {
  readonly schema: string
  readonly version: number
}

async function auditFolder() {
  const path = await mkdtemp(join(tmpdir(), 'countersign-audit-'))
  await writeFile(join(path, 'directory.ldif'), ldif)
  await writeFile(join(path, 'people.csv'), people)
  return {
    path,
    async run(...words: readonly string[]) {
      const world = testWorld({ directory: path })
      const code = await execute(['identity', 'audit', ...words], { version: '0', commands }, world)
      return { code, ...world.written }
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}
