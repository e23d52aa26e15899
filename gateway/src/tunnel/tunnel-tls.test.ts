// A tunnel within TLS is the same tunnel.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { FakeAuthority, writePair } from '#tls/authority.fake'
import { application, World } from '#world.fake'
import { FarEnd } from './far-end.fake.ts'
import { type Connected, connectThrough, everything, howItEnded } from './tunnel.fake.ts'

describe('a tunnel within TLS', () => {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-tunnel-'))
  let authority: FakeAuthority
  let world: World
  let end: FarEnd
  before(async () => {
    authority = await FakeAuthority.begin()
    const hosts = ['countersign.localhost', 'shell.localhost']
    const { certificate, key } = writePair(directory, await authority.leaf({ hosts }))
    end = await FarEnd.open()
    world = await World.begin({
      environment: {
        COUNTERSIGN_GATEWAY_TLS: 'files',
        COUNTERSIGN_GATEWAY_TLS_CERTIFICATE: certificate,
        COUNTERSIGN_GATEWAY_TLS_KEY: key,
      },
    })
    const upstream = `tcp://127.0.0.1:${end.port}`
    await world.plane.put(application('shell', upstream, { kind: 'tcp' }))
    await world.settle()
  })
  after(async () => {
    await world.end()
    await end.close()
    rmSync(directory, { recursive: true })
  })

  /** The console's name is the one that programs know the gateway by. */
  const open = async (token: string): Promise<Connected> => {
    const options: ConnectionOptions & { readonly allowHalfOpen: true } = {
      host: '127.0.0.1',
      port: world.port,
      servername: 'countersign.localhost',
      ca: authority.certificate,
      ALPNProtocols: ['http/1.1'],
      allowHalfOpen: true,
    }
    const over = connectTls(options)
    await once(over, 'secureConnect')
    return connectThrough({ port: world.port, target: `shell.localhost:${end.port}`, token, over })
  }

  it('carries bytes, and ends each direction by itself', async () => {
    const { token } = await world.signInProgram('bob')
    const arriving = end.next()
    const { socket, status } = await open(token)
    assert.equal(status, 200)
    const far = await arriving
    const bytes = Buffer.alloc(300_000, 'tunnel')
    socket.end(bytes)
    assert.deepEqual(await everything(far), bytes)
    far.write('still ')
    far.end('here')
    assert.equal((await everything(socket)).toString(), 'still here')
  })

  it('ends at once when the access does', async () => {
    const { token, session } = await world.signInProgram('bob')
    const arriving = end.next()
    const { socket } = await open(token)
    const far = await arriving
    const over = Promise.all([howItEnded(socket), howItEnded(far)])
    await world.plane.remove('session', session)
    const [, atTheApplication] = await over
    assert.equal(atTheApplication, 'torn')
  })

  it('is refused in it as outside of it', async () => {
    const { status, rest } = await open('a'.repeat(43))
    assert.equal(status, 407)
    assert.match(rest.toString(), /access\.sign_in_required/)
  })
})
