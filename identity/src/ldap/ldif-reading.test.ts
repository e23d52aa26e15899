import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Reading } from '#reading'
import { readLdif } from './ldif.file.ts'

const now = Date.UTC(2026, 2, 17)
const dayMs = 86_400_000
let folder = ''

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-ldif-'))
})
after(async () => rm(folder, { recursive: true }))

async function read(content: string | Uint8Array): Promise<Reading> {
  const path = join(folder, 'dump.ldif')
  await writeFile(path, content)
  return readLdif(path, { now })
}

const fileTimeOf = (at: number): string => String((at + 11_644_473_600_000) * 10_000)
const sid = (rid: number): string => `S-1-5-21-1-2-3-${rid}`

const domain = `dn: DC=example,DC=com
objectClass: domainDNS
objectSid: S-1-5-21-1-2-3
minPwdLength: 7
lockoutThreshold: 0
maxPwdAge: -9223372036854775808
ms-DS-MachineAccountQuota: 10
instanceType: 5
uSNChanged: 1
`

const ann = `dn: CN=Ann\\, Lee,OU=People,DC=example,DC=com
objectClass: top
objectClass: user
sAMAccountName: ann
objectSid: ${sid(1104)}
userAccountControl: 66048
whenCreated: 20200101000000.0Z
lastLogonTimestamp: ${fileTimeOf(now - 30 * dayMs)}
lastLogon: ${fileTimeOf(now - 20 * dayMs)}
pwdLastSet: 0
accountExpires: 9223372036854775807
primaryGroupID: 513
manager: CN=Bo,OU=People,DC=example,DC=com
description: pw: Sunshine7
memberOf: CN=Staff,DC=example,DC=com
`

const groups = `dn: CN=Domain Users,CN=Users,DC=example,DC=com
objectClass: group
sAMAccountName: Domain Users
objectSid: ${sid(513)}
groupType: -2147483646

dn: CN=Staff,DC=example,DC=com
objectClass: group
sAMAccountName: Staff
objectSid: ${sid(1200)}
member: cn=Ann\\2C Lee, ou=People, dc=example, dc=com
member: CN=Gone,DC=example,DC=com
msDS-ReplValueMetaData:: ${Buffer.from('<DS_REPL_VALUE_META_DATA><pszAttributeName>member</pszAttributeName><pszObjectDn>CN=Ann\\, Lee,OU=People,DC=example,DC=com</pszObjectDn><ftimeDeleted>1601-01-01T00:00:00Z</ftimeDeleted><ftimeCreated>2021-05-01T00:00:00Z</ftimeCreated></DS_REPL_VALUE_META_DATA>').toString('base64')}
`

test('a directory is read with its accounts, groups and settings, and the totals reconcile', async () => {
  const reading = await read([domain, ann, groups].join('\n'))
  assert.equal(reading.system, 'active-directory')
  assert.deepEqual(reading.totals, {
    entries: 4,
    accounts: 1,
    machines: 0,
    groups: 2,
    applications: 0,
    personnel: 0,
    other: 1,
    leftOut: 0,
  })
  const [settings] = reading.domains
  assert.equal(settings?.name, 'example.com')
  assert.equal(settings?.lockoutThreshold, 0)
  assert.equal(settings?.maximumPasswordAgeMs, 'never')
})

test('an account says what its attributes mean, not what they look like', async () => {
  const [account] = (await read([domain, ann, groups].join('\n'))).accounts
  assert.equal(account?.enabled, true)
  assert.equal(account?.flags.passwordNeverExpires, true)
  assert.equal(account?.passwordChangedAt, 'must-change')
  assert.equal(account?.expiresAt, 'never')
  assert.equal(account?.primaryGroup, sid(513))
  assert.equal(account?.managerUnresolved, 'CN=Bo,OU=People,DC=example,DC=com')
  assert.equal(account?.servicePrincipals, undefined)
})

test('the last use is an interval between the exact stamp and the lag of the shared one', async () => {
  const [account] = (await read([domain, ann].join('\n'))).accounts
  assert.deepEqual(account?.lastUse, {
    kind: 'between',
    notBefore: now - 20 * dayMs,
    notAfter: now - 16 * dayMs,
    evidence: ['lastLogonTimestamp', 'lastLogon'],
  })
})

test('who never signed in is told from who cannot be told', async () => {
  const bob = ann.replaceAll('Ann', 'Bob').replace('ann', 'bob').replaceAll('1104', '1105')
  const never = bob.replace(/lastLogonTimestamp.*\n/, '').replace(/lastLogon: .*/, 'lastLogon: 0')
  assert.equal((await read([ann, never].join('\n'))).accounts[1]?.lastUse.kind, 'never')
  assert.equal((await read(never)).accounts[0]?.lastUse.kind, 'unknown')
  const silent = never.replace(/lastLogon: .*\n/, '')
  assert.equal((await read(silent)).accounts[0]?.lastUse.kind, 'unknown')
})

test('a secret in a description is reported, never kept', async () => {
  const reading = await read(ann)
  assert.deepEqual(reading.accounts[0]?.secrets, [
    { attribute: 'description', looksLike: 'password' },
  ])
  assert.doesNotMatch(JSON.stringify(reading), /Sunshine/)
})

test('members of either side come together once, and a lost one is kept as written', async () => {
  const staff = (await read([ann, groups].join('\n'))).groups[1]
  assert.deepEqual(staff?.members, [sid(1104)])
  assert.deepEqual(staff?.membersUnresolved, ['CN=Gone,DC=example,DC=com'])
  assert.equal(staff?.memberships?.get(sid(1104))?.addedAt, Date.UTC(2021, 4, 1))
})

test('an attribute nobody has is told by a whole export, and not by a part of one', async () => {
  assert.ok((await read([domain, ann].join('\n'))).tells.has('sidHistory'))
  const part = await read(ann)
  assert.equal(part.tells.has('sidHistory'), false)
  assert.ok(part.tells.has('accountFlags'))
  assert.equal(part.tells.has('access'), false)
})

test('an entry that occurs twice is counted once and remarked', async () => {
  const reading = await read([ann, ann].join('\n'))
  assert.equal(reading.accounts.length, 1)
  assert.equal(reading.totals.leftOut, 1)
  assert.match(reading.remarks[0]?.what ?? '', /second time/)
})

const encodings = [
  ['UTF-8 with a mark', (text: string) => Buffer.from(`\ufeff${text}`)],
  ['UTF-16 with a mark', (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le')],
  ['UTF-16 without a mark', (text: string) => Buffer.from(text, 'utf16le')],
  ['big-endian UTF-16', (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
  ['Latin-1', (text: string) => Buffer.from(text, 'latin1')],
] as const

for (const [name, encode] of encodings) {
  test(`a file in ${name} is read as what it says`, async () => {
    const [account] = (await read(encode(ann.replaceAll('Ann', 'Jörg')))).accounts
    assert.match(account?.distinguishedName ?? '', /^CN=Jörg/)
  })
}

test('a file cut in the middle of a line says where', async () => {
  const content = [domain, ann].join('\n')
  await assert.rejects(read(content.slice(0, content.indexOf('userAccountControl') + 6)), {
    name: 'SourceError',
    where: `${join(folder, 'dump.ldif')}, line 16`,
  })
  const cut = await read(content.slice(0, content.indexOf('userAccountControl') + 22))
  assert.match(cut.remarks[0]?.what ?? '', /may be cut/)
})

test('an empty file is no directory', async () => {
  await assert.rejects(read('# nothing\n'), /no entry/)
})

test('a plain directory is read by its own standards', async () => {
  const reading = await read(`dn: uid=eva,ou=people,dc=x
objectClass: inetOrgPerson
uid: eva
cn: Eva
entryUUID: 6f0c
entryCSN: 1
employeeNumber: 77
userPassword: {SSHA}abcdefgh
authTimestamp: 20260301000000Z

dn: uid=old,ou=people,dc=x
objectClass: posixAccount
uid: old
entryUUID: 6f0d
pwdAccountLockedTime: 000001010000Z
shadowExpire: -1

dn: cn=team,dc=x
objectClass: posixGroup
cn: team
memberUid: eva
`)
  assert.equal(reading.system, 'ldap')
  const [eva, old] = reading.accounts
  assert.equal(eva?.enabled, true)
  assert.equal(eva?.lastUse.kind, 'between')
  assert.deepEqual(eva?.secrets, [{ attribute: 'userPassword', looksLike: 'password-hash' }])
  assert.equal(old?.enabled, false)
  assert.equal(old?.expiresAt, 'never')
  assert.equal(old?.lastUse.kind, 'unknown')
  assert.deepEqual(reading.groups[0]?.members, ['6f0c'])
  assert.equal(reading.tells.has('servicePrincipals'), false)
})
