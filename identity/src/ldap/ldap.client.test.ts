import assert from 'node:assert/strict'
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import type { LdapSpec } from '#source'
import { lacking } from '../../../test/parts.ts'
import { readLdap } from './ldap.client.ts'

const now = Date.UTC(2026, 2, 17)
const peopleCount = 2_300
const bindDn = 'cn=admin,dc=example,dc=com'
const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`
const skip = await lacking('slapd', 'openssl')

describe('a real OpenLDAP server', { skip }, () => {
  let folder = ''
  let server: ChildProcess | undefined
  let port = 0
  let securePort = 0
  let authorities = ''

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-slapd-'))
    await mkdir(join(folder, 'data'))
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
    await promisify(execFile)(
      'openssl',
      `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost
       -addext subjectAltName=DNS:localhost -keyout ${key} -out ${certificate}`.split(/\s+/),
    )
    authorities = await readFile(certificate, 'utf8')
    const configuration = join(folder, 'slapd.conf')
    await writeFile(configuration, configurationOf(folder, key, certificate))
    const content = join(folder, 'content.ldif')
    await writeFile(content, [...directory()].join('\n'))
    await promisify(execFile)('slapadd', ['-q', '-f', configuration, '-l', content], {
      env: { PATH: path },
    })
    ;[port, securePort] = [await freePort(), await freePort()]
    const urls = `ldap://127.0.0.1:${port} ldaps://127.0.0.1:${securePort}`
    // With a level of debugging it stays in the foreground, so that it can be ended.
    server = spawn('slapd', ['-h', urls, '-f', configuration, '-d', '0'], { env: { PATH: path } })
    await answers(port)
  })

  after(async () => {
    if (server !== undefined && server.exitCode === null) {
      server.kill()
      await once(server, 'exit')
    }
    await rm(folder, { recursive: true })
  })

  const spec = (members: Partial<LdapSpec> = {}): LdapSpec => ({
    kind: 'ldap',
    url: `ldap://127.0.0.1:${port}`,
    bindDn,
    password: async () => 'correct horse',
    plain: true,
    ...members,
  })

  test('everyone is read, page after page, with groups and what the entries tell', async () => {
    const counts: number[] = []
    const reading = await readLdap(spec(), {
      now,
      onProgress: ({ entries }) => counts.push(entries),
    })
    assert.equal(reading.system, 'ldap')
    assert.equal(reading.accounts.length, peopleCount)
    assert.ok(counts.length > 3)
    assert.equal(reading.groups[0]?.members.length, peopleCount)
    assert.equal(reading.accounts[0]?.enabled, true)
    assert.equal(reading.accounts[0]?.employeeId, '0')
    assert.equal(reading.totals.leftOut, 0)
  })

  test('the connection breaks in the middle: nothing is lost and nothing doubled', async () => {
    const { relay, cuts } = await relayTo(port, 400_000)
    try {
      const { port: relayed } = relay.address() as AddressInfo
      const reading = await readLdap(spec({ url: `ldap://127.0.0.1:${relayed}` }), { now })
      assert.equal(cuts(), 1)
      assert.equal(reading.accounts.length, peopleCount)
      assert.equal(reading.totals.leftOut, 0)
    } finally {
      relay.close()
    }
  })

  test('a bookmark gives only what changed since', async () => {
    const { bookmark } = await readLdap(spec(), { now })
    assert.equal(bookmark?.kind, 'modified')
    const later = { kind: 'modified', until: '20990101000000Z' } as const
    const reading = await readLdap(spec({ since: later }), { now })
    assert.equal(reading.totals.entries, 0)
    assert.deepEqual(reading.bookmark, later)
  })

  const encrypted = [
    ['LDAPS', () => `ldaps://localhost:${securePort}`],
    ['StartTLS', () => `ldap://localhost:${port}`],
  ] as const
  for (const [name, url] of encrypted) {
    test(`by ${name} the server's certificate must be vouched for`, async () => {
      const reading = await readLdap(spec({ url: url(), plain: false, authorities }), { now })
      assert.equal(reading.accounts.length, peopleCount)
      await assert.rejects(readLdap(spec({ url: url(), plain: false }), { now }), {
        name: 'SourceError',
        unreachable: true,
      })
    })
  }

  test('a wrong password is refused as such, and appears nowhere', async () => {
    const wrong = spec({ password: async () => 'incorrect' })
    await assert.rejects(readLdap(wrong, { now }), (error: Error) => {
      assert.match(error.message, /refuses the name or the password/)
      assert.doesNotMatch(error.message, /incorrect/)
      return true
    })
  })
})

test('nobody answers: the source is unreachable', async () => {
  const url = `ldap://127.0.0.1:${await freePort()}`
  const password = async (): Promise<string> => 'x'
  await assert.rejects(readLdap({ kind: 'ldap', url, bindDn, password, plain: true }, { now }), {
    name: 'SourceError',
    unreachable: true,
  })
})

test('a password is never sent in the clear to another machine', async () => {
  const password = async (): Promise<string> => assert.fail('the password was asked for')
  const url = 'ldap://directory.example'
  await assert.rejects(
    readLdap({ kind: 'ldap', url, bindDn, password, plain: true }, { now }),
    /in the clear/,
  )
})

function configurationOf(folder: string, key: string, certificate: string): string {
  return `include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile ${folder}/slapd.pid
TLSCertificateFile ${certificate}
TLSCertificateKeyFile ${key}
database mdb
maxsize 268435456
suffix dc=example,dc=com
rootdn ${bindDn}
rootpw "correct horse"
directory ${folder}/data
`
}

function* directory(): Generator<string> {
  yield 'dn: dc=example,dc=com\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: Example\n'
  for (let index = 0; index < peopleCount; index++) {
    yield `dn: uid=p${index},dc=example,dc=com\nobjectClass: inetOrgPerson\nuid: p${index}\ncn: Person ${index}\nsn: ${index}\nemployeeNumber: ${index}\n`
  }
  const members = Array.from(
    { length: peopleCount },
    (_, it) => `member: uid=p${it},dc=example,dc=com`,
  )
  yield `dn: cn=all,dc=example,dc=com\nobjectClass: groupOfNames\ncn: all\n${members.join('\n')}\n`
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

async function answers(port: number): Promise<void> {
  for (let attempt = 0; attempt < 20_000; attempt++) {
    const socket = connect(port, '127.0.0.1')
    const answered = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'close').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (answered) return
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.fail('slapd does not answer')
}

/** Passes bytes on, and breaks the first connection after so many answers. */
async function relayTo(
  port: number,
  cutAfterBytes: number,
): Promise<{ readonly relay: Server; readonly cuts: () => number }> {
  let cuts = 0
  const relay = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    let passed = 0
    const end = (): void => {
      near.destroy()
      far.destroy()
    }
    near.on('error', end).on('close', end)
    far.on('error', end).on('close', end)
    near.on('data', (chunk) => far.write(chunk))
    far.on('data', (chunk) => {
      passed += chunk.length
      if (passed > cutAfterBytes && cuts === 0) {
        cuts++
        return end()
      }
      near.write(chunk)
    })
  }).listen(0, '127.0.0.1')
  await once(relay, 'listening')
  return { relay, cuts: () => cuts }
}
