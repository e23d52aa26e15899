// Certificates that are ordered: with a real authority, and with one that refuses.
import assert from 'node:assert/strict'
import { webcrypto as crypto } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { lacking } from '../../../test/parts.ts'
import { application, World } from '#world.fake'
import { acmeCertificates, type AcmeOptions } from './acme.file.ts'
import { dialTls, exchangeTls, get } from './authority.fake.ts'
import { issueAuthority, issueLeaf } from './issue.ts'
import { freePort, Pebble } from './pebble.fake.ts'

const dayMs = 86_400_000

describe(
  'a gateway that orders its certificates from Pebble',
  { skip: await lacking('pebble') },
  () => {
    let pebble: Pebble
    let world: World
    let offsetMs = 0
    before(async () => {
      const port = await freePort()
      pebble = await Pebble.begin(port)
      world = await World.begin({
        withoutGateway: true,
        environment: {
          COUNTERSIGN_GATEWAY_TLS: 'acme',
          COUNTERSIGN_GATEWAY_LISTEN: `127.0.0.1:${port}`,
          COUNTERSIGN_GATEWAY_ACME_DIRECTORY: pebble.directoryUrl,
          COUNTERSIGN_GATEWAY_ACME_CONTACT: 'operator@example.org',
          COUNTERSIGN_GATEWAY_STALE_AFTER: '999999999',
        },
        start: {
          clock: { now: () => Date.now() + offsetMs, monotonicNs: () => process.hrtime.bigint() },
        },
      })
      await world.plane.put(
        application('open', world.upstream, { hosts: ['open.localhost', 'open.example'] }),
      )
      await world.startGateway()
    })
    after(async () => {
      await world.end()
      await pebble.end()
    })

    it('proves that it holds the name with a handshake, and serves with what it gets', async () => {
      await world.running.tls?.refresh()
      const answer = await exchangeTls(world.port, 'open.example', get('open.example'), {
        ca: await pebble.root(),
      })
      assert.match(answer, /^HTTP\/1\.1 200 /)
    })

    it('keeps the keys where only its own user can read them', () => {
      const directory = join(world.dataDir, 'gateway', 'tls', 'acme')
      for (const file of ['account.key', 'open.example.pem']) {
        assert.equal(statSync(join(directory, file)).mode & 0o777, 0o600, file)
      }
    })

    it('orders nothing for names that lead to no machine but this one', () => {
      const directory = join(world.dataDir, 'gateway', 'tls', 'acme')
      assert.equal(existsSync(join(directory, 'open.localhost.pem')), false)
    })

    it('has the same certificate after a restart', async () => {
      const before = await fingerprint()
      await world.stopGateway()
      await world.startGateway()
      assert.equal(await fingerprint(), before)
    })

    it('orders the next one before the old one ends, while it serves with the old one', async () => {
      const before = await fingerprint()
      await world.running.tls?.refresh()
      assert.equal(await fingerprint(), before)
      const socket = await dialTls(world.port, 'open.example', { ca: await pebble.root() })
      const { notAfter } = readDates(socket.getPeerCertificate().valid_to)
      socket.destroy()
      offsetMs = notAfter - Date.now() - 20 * dayMs
      const renewed = world.running.tls?.refresh()
      assert.equal(await fingerprint(), before)
      await renewed
      assert.notEqual(await fingerprint(), before)
    })

    it('proves nothing to a handshake that asks for a proof nobody ordered', async () => {
      await assert.rejects(
        dialTls(world.port, 'open.example', {
          ALPNProtocols: ['acme-tls/1'],
          rejectUnauthorized: false,
        }),
      )
    })

    const fingerprint = async (): Promise<string> => {
      const socket = await dialTls(world.port, 'open.example', { ca: await pebble.root() })
      const { fingerprint256 } = socket.getPeerCertificate()
      socket.destroy()
      return fingerprint256
    }
  },
)

describe('certificates that are ordered', () => {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-acme-'))
  after(() => rmSync(directory, { recursive: true }))
  let now = Date.now()
  const messages: string[] = []
  const options = (more: Partial<AcmeOptions> = {}): AcmeOptions => ({
    directory: mkdtempSync(join(directory, 'acme-')),
    order: async () => {
      throw new Error('the authority is away')
    },
    newAccountKey: async () => 'a key',
    hosts: () => ['a.example'],
    now: () => now,
    log: {
      info: () => {},
      error: (_facts: unknown, message?: string) => void messages.push(String(message)),
    },
    onOrder: () => {},
    refreshIntervalMs: 1_000,
    firstRetryMs: 1_000,
    retryMaxMs: 4_000,
    ordersMaxCount: 3,
    ...more,
  })
  const issued = async (host: string) => {
    const authority = await issueAuthority({ name: 'x', days: 30 }, { crypto, now })
    const names = { hosts: [host] }
    return issueLeaf(authority, { names, days: 30, usage: 'server' }, { crypto, now })
  }

  it('are asked for again later each time, where the authority fails', async () => {
    const asked: number[] = []
    const begun = now
    const certificates = await acmeCertificates(
      options({
        order: async () => {
          asked.push(now - begun)
          throw new Error('the authority is away')
        },
      }),
    )
    for (; now - begun <= 16_000; now += 500) await certificates.refresh()
    assert.deepEqual(asked, [0, 1_000, 3_000, 7_000, 11_000, 15_000])
    assert.match(messages.join(), /no certificate could be obtained/)
  })

  it('are not used where they are for another host', async () => {
    const certificates = await acmeCertificates(options({ order: () => issued('b.example') }))
    await certificates.refresh()
    assert.equal(certificates.at('a.example'), undefined)
  })

  it('are ordered one at a time, a few at each look', async () => {
    let open = 0
    let most = 0
    const ordered: string[] = []
    const hosts = ['a.example', 'b.example', 'c.example', 'd.example', 'e.example']
    const certificates = await acmeCertificates(
      options({
        hosts: () => hosts,
        async order({ host }) {
          most = Math.max(most, ++open)
          ordered.push(host)
          const pair = await issued(host)
          open--
          return pair
        },
      }),
    )
    await Promise.all([certificates.refresh(), certificates.refresh()])
    assert.deepEqual(ordered, hosts.slice(0, 3))
    await certificates.refresh()
    assert.deepEqual(ordered, hosts)
    assert.equal(most, 1)
  })

  it('are forgotten with the host', async () => {
    let hosts = ['a.example']
    const certificates = await acmeCertificates(
      options({ hosts: () => hosts, order: ({ host }) => issued(host) }),
    )
    await certificates.refresh()
    assert.ok(certificates.at('a.example'))
    hosts = []
    await certificates.refresh()
    assert.equal(certificates.at('a.example'), undefined)
  })

  it('are ordered anew where the file of one is damaged', async () => {
    const given = options({ order: ({ host }) => issued(host) })
    writeFileSync(join(given.directory, 'a.example.pem'), 'half a')
    const certificates = await acmeCertificates(given)
    await certificates.refresh()
    assert.ok(certificates.at('a.example'))
  })
})

function readDates(validTo: string): { readonly notAfter: number } {
  return { notAfter: new Date(validTo).getTime() }
}
