// One of the processes of a gateway orders certificates; all of them prove that the name is theirs,
// and all show what came of it.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { lacking } from '../../../test/parts.ts'
import { dialTls, FakeAuthority } from '#tls/authority.fake'
import { freePort, Pebble } from '#tls/pebble.fake'
import { shownCertificates } from '#tls/acme.file'
import { application, World } from '#world.fake'
import { Family } from './family.fake.ts'

const withoutPebble = await lacking('pebble')

describe('the processes of a gateway', () => {
  it('have one certificate from Pebble between them', { skip: withoutPebble }, async (t) => {
    const port = await freePort()
    const pebble = await Pebble.begin(port)
    t.after(() => pebble.end())
    const world = await World.begin({ withoutGateway: true })
    t.after(() => world.end())
    const hosts = ['open.localhost', 'open.example']
    await world.plane.put(application('open', world.upstream, { hosts }))
    const family = await Family.begin(world, 2, {
      NODE_EXTRA_CA_CERTS: pebble.authorityFile,
      COUNTERSIGN_GATEWAY_TLS: 'acme',
      COUNTERSIGN_GATEWAY_LISTEN: `127.0.0.1:${port}`,
      COUNTERSIGN_GATEWAY_ACME_DIRECTORY: pebble.directoryUrl,
    })
    t.after(() => family.stop())
    const ordered = /"host":"open.example".*"msg":"a new certificate is in use"/g
    await family.until(() => ordered.test(family.output))
    const seen = new Set<string>()
    for (let count = 0; count < 20; count += 1) {
      const socket = await dialTls(port, 'open.example', { ca: await pebble.root() })
      seen.add(socket.getPeerCertificate().fingerprint256)
      socket.destroy()
    }
    assert.equal(seen.size, 1)
    assert.equal(family.output.match(ordered)?.length, 1)
  })

  it('show a proof for as long as the one that orders says so, and orders of its own none', async (t) => {
    const world = await World.begin({ withoutGateway: true })
    t.after(() => world.end())
    const directory = join(world.dataDir, 'acme')
    mkdirSync(directory)
    const shown = shownCertificates({
      directory,
      hosts: () => ['open.example'],
      now: Date.now,
      refreshIntervalMs: 1_000,
    })
    await shown.refresh()
    assert.equal(shown.at('open.example'), undefined)
    const authority = await FakeAuthority.begin()
    shown.challenge('open.example', await authority.leaf({ hosts: ['open.example'] }))
    assert.ok(shown.challengeAt('open.example'))
    shown.challenge('open.example', undefined)
    assert.equal(shown.challengeAt('open.example'), undefined)
    shown.certificate('../../key')
    assert.deepEqual(shown.all(), [])
  })
})
