// Reads a directory of a hundred thousand accounts from LDIF and says how long it took and how much
// memory it held. Run with `node bench/identity.ts`.
import assert from 'node:assert/strict'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { readLdif } from '@countersign/identity/ldap/ldif.file'

const accountsCount = 100_000
const groupsCount = 5_000
const runsCount = 3
const now = Date.UTC(2026, 2, 17)
const dayMs = 86_400_000

const folder = await mkdtemp(join(tmpdir(), 'countersign-bench-'))
try {
  const path = join(folder, 'directory.ldif')
  await pipeline(Readable.from(directory()), createWriteStream(path))
  const { size } = await stat(path)
  const megabytes = (bytes: number): string => `${Math.round(bytes / 1_048_576)} MiB`
  console.log(`${accountsCount} accounts, ${groupsCount} groups, ${megabytes(size)} of LDIF`)
  for (let run = 0; run < runsCount; run++) {
    const started = performance.now()
    const reading = await readLdif(path, { now })
    const seconds = ((performance.now() - started) / 1_000).toFixed(2)
    assert.equal(reading.accounts.length, accountsCount)
    assert.equal(reading.groups.length, groupsCount)
    const peak = process.resourceUsage().maxRSS * 1_024
    console.log(`read in ${seconds} s, ${megabytes(peak)} at most (${availableParallelism()} CPUs)`)
  }
} finally {
  await rm(folder, { recursive: true })
}

function* directory(): Generator<string> {
  yield `dn: DC=example,DC=com\nobjectClass: domainDNS\nobjectSid: S-1-5-21-1-2-3\nminPwdLength: 12\nlockoutThreshold: 10\n\n`
  for (let index = 0; index < groupsCount; index++) yield group(index)
  for (let index = 0; index < accountsCount; index++) yield account(index)
}

function group(index: number): string {
  return `dn: CN=Group ${index},OU=Groups,DC=example,DC=com
objectClass: top
objectClass: group
cn: Group ${index}
sAMAccountName: Group ${index}
objectSid: S-1-5-21-1-2-3-${200_000 + index}
groupType: -2147483646
instanceType: 4
uSNChanged: ${index}
${index === 0 ? '' : `memberOf: CN=Group ${Math.floor(index / 4)},OU=Groups,DC=example,DC=com\n`}
`
}

function account(index: number): string {
  const dn = `CN=Person ${index},OU=People,OU=Site ${index % 50},DC=example,DC=com`
  const guid = Buffer.alloc(16)
  guid.writeUInt32LE(index)
  const memberships = Array.from(
    { length: 8 },
    (_, at) =>
      `memberOf: CN=Group ${(index * 7 + at * 611) % groupsCount},OU=Groups,DC=example,DC=com\n`,
  ).join('')
  return `dn: ${dn}
objectClass: top
objectClass: person
objectClass: organizationalPerson
objectClass: user
cn: Person ${index}
sn: ${index}
givenName: Person
distinguishedName: ${dn}
instanceType: 4
whenCreated: 20190301080000.0Z
whenChanged: 20260301080000.0Z
displayName: Person ${index}
uSNCreated: ${index}
uSNChanged: ${index}
department: Department ${index % 200}
name: Person ${index}
objectGUID:: ${guid.toString('base64')}
userAccountControl: ${index % 20 === 0 ? 514 : 512}
badPwdCount: 0
codePage: 0
countryCode: 0
badPasswordTime: 0
lastLogoff: 0
lastLogon: ${fileTime(now - ((index % 200) + 1) * dayMs)}
pwdLastSet: ${fileTime(now - (index % 400) * dayMs)}
primaryGroupID: 513
objectSid: S-1-5-21-1-2-3-${300_000 + index}
accountExpires: 9223372036854775807
logonCount: 5
sAMAccountName: person${index}
sAMAccountType: 805306368
userPrincipalName: person${index}@example.com
objectCategory: CN=Person,CN=Schema,CN=Configuration,DC=example,DC=com
lastLogonTimestamp: ${fileTime(now - ((index % 200) + 5) * dayMs)}
employeeID: ${index}
mail: person${index}@example.com
manager: CN=Person ${Math.floor(index / 10)},OU=People,OU=Site ${Math.floor(index / 10) % 50},DC=example,DC=com
${memberships}
`
}

function fileTime(at: number): string {
  return `${at + 11_644_473_600_000}0000`
}
