import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { strToU8, zipSync } from 'fflate'
import type { Reading } from './reading.ts'
import { readSource } from './source.file.ts'

const now = Date.UTC(2026, 2, 17)
const daySeconds = 86_400
let folder = ''

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-source-'))
})
after(async () => rm(folder, { recursive: true }))

async function read(name: string, content: string | Uint8Array): Promise<Reading> {
  const path = join(folder, name)
  await writeFile(path, content)
  return readSource({ kind: 'path', path }, { now })
}

const sid = (rid: number): string => `S-1-5-21-1-2-3-${rid}`

const users = {
  meta: { type: 'users', count: 2, version: 6 },
  data: [
    {
      ObjectIdentifier: sid(1104),
      PrimaryGroupSID: sid(513),
      Properties: {
        name: 'ANN@EXAMPLE.COM',
        samaccountname: 'ann',
        enabled: true,
        pwdneverexpires: true,
        lastlogon: -1,
        lastlogontimestamp: now / 1_000 - 100 * daySeconds,
        pwdlastset: 0,
        serviceprincipalnames: ['http/web'],
        description: 'pwd: Winter24',
      },
      Aces: [],
    },
    {
      ObjectIdentifier: sid(1105),
      Properties: { name: 'BO@EXAMPLE.COM', enabled: false, lastlogon: 0, lastlogontimestamp: -1 },
    },
  ],
}
const groups = {
  meta: { type: 'groups', count: 2, version: 6 },
  data: [
    {
      ObjectIdentifier: sid(512),
      Properties: { name: 'DOMAIN ADMINS@EXAMPLE.COM', admincount: true },
      Members: [
        { ObjectIdentifier: sid(1104), ObjectType: 'User' },
        { ObjectIdentifier: 'S-1-5-21-9-9-9-500', ObjectType: 'Base' },
      ],
      Aces: [
        {
          PrincipalSID: sid(1105),
          PrincipalType: 'User',
          RightName: 'AddMember',
          IsInherited: false,
        },
        {
          PrincipalSID: sid(1105),
          PrincipalType: 'User',
          RightName: 'NewFangled',
          IsInherited: false,
        },
      ],
    },
    { ObjectIdentifier: sid(513), Properties: { name: 'DOMAIN USERS@EXAMPLE.COM' }, Members: [] },
  ],
}
const domains = {
  meta: { type: 'domains', count: 1, version: 6 },
  data: [
    {
      ObjectIdentifier: 'S-1-5-21-1-2-3',
      Properties: { name: 'EXAMPLE.COM', machineaccountquota: 10 },
      Trusts: [
        {
          TargetDomainName: 'OTHER.COM',
          TrustDirection: 'Bidirectional',
          TrustType: 'External',
          SidFilteringEnabled: false,
          TGTDelegationEnabled: true,
        },
      ],
    },
  ],
}

function verify(reading: Reading): void {
  assert.equal(reading.system, 'bloodhound')
  assert.equal(reading.totals.entries, 5)
  const [ann, bo] = reading.accounts
  assert.equal(ann?.name, 'ann')
  assert.equal(ann?.primaryGroup, sid(513))
  assert.equal(ann?.flags.passwordNeverExpires, true)
  assert.equal(ann?.passwordChangedAt, 'must-change')
  const notBefore = now - 100 * daySeconds * 1_000
  assert.deepEqual(ann?.lastUse, {
    kind: 'between',
    notBefore,
    notAfter: notBefore + 14 * daySeconds * 1_000,
    evidence: ['lastlogontimestamp', 'lastlogon'],
  })
  assert.equal(bo?.name, 'BO')
  assert.equal(bo?.lastUse.kind, 'never')
  const [admins] = reading.groups
  assert.deepEqual(admins?.members, [sid(1104)])
  assert.deepEqual(admins?.membersUnresolved, ['S-1-5-21-9-9-9-500'])
  assert.deepEqual(reading.access, [
    {
      holder: sid(1105),
      right: 'add-member',
      target: sid(512),
      targetKind: 'group',
      inherited: false,
    },
  ])
  assert.deepEqual(reading.trusts, [
    {
      domain: 'other.com',
      direction: 'both',
      kind: 'external',
      sidFiltering: false,
      ticketDelegation: true,
    },
  ])
  assert.equal(reading.domains[0]?.machineQuota, 10)
  assert.doesNotMatch(JSON.stringify(reading), /Winter24/)
  assert.equal(reading.tells.has('templates'), false)
}

const files = {
  'users.json': `\ufeff${JSON.stringify(users)}`,
  'groups.json': JSON.stringify(groups),
  'domains.json': JSON.stringify(domains),
}

test('a collection in a zip is read', async () => {
  const packed = Object.entries(files).map(([name, text]) => [name, strToU8(text)] as const)
  verify(await read('collection.zip', zipSync(Object.fromEntries(packed))))
})

test('a collection in a folder is read the same', async () => {
  const path = join(folder, 'collection')
  await mkdir(path)
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text)
  verify(await readSource({ kind: 'path', path }, { now }))
})

test('a collection of a version nobody knows is refused', async () => {
  const later = { ...users, meta: { ...users.meta, version: 9 } }
  await assert.rejects(read('users.json', JSON.stringify(later)), /version 9/)
})

const traps = [
  ['a name that leads out', zipSync({ '../users.json': strToU8('{}') }), /leads out/],
  ['a name that is a root', zipSync({ '/users.json': strToU8('{}') }), /leads out/],
  ['a cut zip', zipSync({ 'users.json': strToU8('{}') }).subarray(0, 40), /no whole zip/],
  ['too many files', zipSync(manyFiles()), /more than is read/],
] as const

for (const [what, content, message] of traps) {
  test(`${what} is refused`, async () => assert.rejects(read('trap.zip', content), message))
}

test('a zip whose file claims to unpack to very much is refused before it is unpacked', async () => {
  const packed = zipSync({ 'users.json': strToU8('{}') })
  const view = new DataView(packed.buffer, packed.byteOffset)
  const directoryAt = view.getUint32(packed.length - 6, true)
  view.setUint32(directoryAt + 24, 0x7fff_ffff, true)
  await assert.rejects(read('bomb.zip', packed), /more than is read/)
})

const forms = [
  ['LDIF', 'x.txt', 'version: 1\n# note\n\ndn: uid=a,dc=x\nobjectClass: account\nuid: a\n', 'ldap'],
  [
    'LDIF after comments',
    'x',
    '# extended\n# by hand\n\ndn: uid=a\nobjectClass: account\n',
    'ldap',
  ],
  ['CSV', 'x.csv', 'username,enabled\nann,yes\n', 'accounts'],
  ['JSON', 'x.json', '[{"username":"ann"}]', 'accounts'],
  ['JSON with one object a line', 'x.json', '{"username":"ann"}\n{"username":"bo"}\n', 'accounts'],
  [
    'a feed within an object',
    'x.json',
    '{"workers":[{"workerId":1,"hireDate":"2020-01-01"}]}',
    'personnel',
  ],
] as const

for (const [what, name, content, system] of forms) {
  test(`${what} is recognised by what it holds`, async () => {
    assert.equal((await read(name, content)).system, system)
  })
}

test('a source that is not there, or says nothing, is told so', async () => {
  const path = join(folder, 'nowhere')
  await assert.rejects(readSource({ kind: 'path', path }, { now }), /no such file/)
  await assert.rejects(read('cut.json', '[{"username":'), /no whole JSON/)
  const empty = join(folder, 'empty')
  await mkdir(empty)
  await assert.rejects(readSource({ kind: 'path', path: empty }, { now }), /no JSON file/)
})
function manyFiles(): Record<string, Uint8Array> {
  return Object.fromEntries(Array.from({ length: 1_001 }, (_, it) => [`${it}.json`, strToU8('{}')]))
}
