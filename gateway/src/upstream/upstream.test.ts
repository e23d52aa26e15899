// Applications at https: which the gateway believes, how it shows itself to them, and what becomes
// of requests while one cannot be reached.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type Server, type ServerOptions } from 'node:https'
import type { AddressInfo, Server as NetServer } from 'node:net'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { after, before, describe, it } from 'node:test'
import type { Application } from '@countersign/contract/documents'
import type { ProblemDetails } from '@countersign/contract/problems'
import { FakeAuthority } from '#tls/authority.fake'
import type { IssuedPair } from '#tls/issue'
import { application, World } from '#world.fake'
import { publicKeyDigest } from './trust.ts'

describe('an application at https', () => {
  let authority: FakeAuthority
  let world: World
  let offsetMs = 0
  let asked = 0
  const servers: NetServer[] = []
  before(async () => {
    authority = await FakeAuthority.begin()
    world = await World.begin({
      start: {
        clock: { now: () => Date.now() + offsetMs, monotonicNs: () => process.hrtime.bigint() },
      },
    })
  })
  after(async () => {
    await world.end()
    for (const server of servers) server.close()
  })

  const serve = async (pair: IssuedPair, options: ServerOptions = {}): Promise<number> => {
    const server: Server = createServer(
      { key: pair.key, cert: pair.chain, ...options },
      (request, response) => {
        asked++
        const shown = (request.socket as TLSSocket).getPeerX509Certificate()
        response.end(shown ? shown.serialNumber : 'hello')
      },
    )
    servers.push(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }
  const publish = async (port: number, more: Partial<Application> = {}): Promise<void> => {
    await world.plane.put(application('open', `https://localhost:${port}`, more))
    await world.settle()
  }
  const ask = async (): Promise<{ readonly status: number; readonly text: string }> => {
    const response = await world.request('open.localhost', '/')
    return { status: response.statusCode, text: await response.body.text() }
  }
  const codeOf = (text: string): string => (JSON.parse(text) as ProblemDetails).code
  const site = (): Promise<IssuedPair> => authority.leaf({ hosts: ['localhost'] })
  const ours = () => ({ authorities: authority.certificate })

  it('is believed where one of its authorities vouches for its name', async () => {
    await publish(await serve(await site()), { upstreamTrust: ours() })
    assert.deepEqual(await ask(), { status: 200, text: 'hello' })
  })

  it('is believed likewise for a WebSocket', async () => {
    const pair = await site()
    const pins = [publicKeyDigest(pair.chain)]
    await publish(await serve(pair), { upstreamTrust: { ...ours(), pins } })
    assert.match(await webSocketAnswer(world), /^HTTP\/1\.1 200 [^]*hello$/)
  })

  it('is believed with the pinned key, of several', async () => {
    const pair = await site()
    const pins = [publicKeyDigest(authority.certificate), publicKeyDigest(pair.chain)]
    await publish(await serve(pair), { upstreamTrust: { ...ours(), pins } })
    assert.equal((await ask()).status, 200)
  })

  it('is believed under the name it is said to have', async () => {
    await publish(await serve(await authority.leaf({ hosts: ['inside.example'] })), {
      upstreamTrust: { ...ours(), name: 'inside.example' },
    })
    assert.equal((await ask()).status, 200)
  })

  const disbelieved: Readonly<
    Record<string, () => Promise<readonly [IssuedPair, Application['upstreamTrust']]>>
  > = {
    'is vouched for by nobody we know': async () => [await site(), undefined],
    'is vouched for by another authority': async () => [
      await (await FakeAuthority.begin('other')).leaf({ hosts: ['localhost'] }),
      ours(),
    ],
    'is vouched for by nobody, because its authorities cannot be read': async () => [
      await site(),
      { authorities: 'not a certificate' },
    ],
    'has another name': async () => [await authority.leaf({ hosts: ['other.example'] }), ours()],
    'has its name, but is said to have another': async () => [
      await site(),
      { ...ours(), name: 'inside.example' },
    ],
    'has expired': async () => [
      await authority.leaf({ hosts: ['localhost'] }, { now: Date.now() - 60 * 86_400_000 }),
      ours(),
    ],
    'has a certificate for callers': async () => [
      await authority.leaf({ hosts: ['localhost'] }, { usage: 'client' }),
      ours(),
    ],
    'has another key than those pinned': async () => [
      await site(),
      { ...ours(), pins: [publicKeyDigest((await site()).chain)] },
    ],
    'has the pinned key, but nobody vouches for it': async () => {
      const pair = await site()
      return [pair, { pins: [publicKeyDigest(pair.chain)] }]
    },
  }
  for (const [what, make] of Object.entries(disbelieved)) {
    it(`is not believed, and sees no request, where it ${what}`, async () => {
      const [pair, upstreamTrust] = await make()
      const port = await serve(pair)
      await publish(port, upstreamTrust ? { upstreamTrust } : {})
      const before = asked
      assert.equal(codeOf((await ask()).text), 'upstream.untrusted')
      assert.match(await webSocketAnswer(world), /upstream\.untrusted/)
      assert.equal(asked, before)
    })
  }

  it('is not reached, and nothing breaks, where its authorities are damaged', async () => {
    const authorities = ours().authorities.replace(/[A-Za-z0-9+/]{40}/, '!')
    await publish(await serve(await site()), { upstreamTrust: { authorities } })
    assert.equal((await ask()).status, 502)
    assert.match(await webSocketAnswer(world), /^HTTP\/1\.1 502 /)
  })

  it('sees the certificate of the gateway, and the next one once the files change', async () => {
    const port = await serve(await site(), {
      requestCert: true,
      rejectUnauthorized: true,
      ca: authority.certificate,
    })
    await publish(port, { upstreamTrust: ours() })
    assert.equal((await ask()).status, 502)
    const directory = join(world.dataDir, 'gateway', 'upstream-certificates')
    mkdirSync(directory)
    const write = async (): Promise<void> => {
      const pair = await authority.leaf({ hosts: ['gateway'] }, { usage: 'client' })
      writeFileSync(join(directory, 'to-open.pem'), pair.chain)
      writeFileSync(join(directory, 'to-open.key'), pair.key)
    }
    await write()
    await publish(port, { upstreamTrust: { ...ours(), clientCertificate: 'to-open' } })
    const first = await ask()
    assert.equal(first.status, 200)
    await write()
    offsetMs += 60_000
    const second = await ask()
    assert.equal(second.status, 200)
    assert.notEqual(second.text, first.text)
  })

  it('is not asked without the client certificate that it wants', async () => {
    await publish(await serve(await site()), {
      upstreamTrust: { ...ours(), clientCertificate: 'nowhere' },
    })
    const { status, text } = await ask()
    assert.equal(status, 502)
    assert.match(text, /`nowhere`, which this gateway does not have/)
  })

  it('shares no connection with another application at its address that trusts more', async () => {
    const port = await serve(await site())
    await publish(port, { upstreamTrust: ours() })
    assert.equal((await ask()).status, 200)
    await publish(port, {
      upstreamTrust: { ...ours(), pins: [publicKeyDigest(authority.certificate)] },
    })
    assert.equal(codeOf((await ask()).text), 'upstream.untrusted')
  })
})

describe('an application that cannot be reached', () => {
  let world: World
  let offsetMs = 0
  before(async () => {
    world = await World.begin({
      start: {
        clock: { now: () => Date.now() + offsetMs, monotonicNs: () => process.hrtime.bigint() },
      },
    })
  })
  after(() => world.end())
  const ask = async (): Promise<string> => {
    const response = await world.request('open.localhost', '/')
    const text = await response.body.text()
    return response.statusCode === 200 ? 'answered' : (JSON.parse(text) as ProblemDetails).code
  }

  it('is left alone after some failures, and asked again by a single request', async () => {
    const server = createHttpServer((_, response) => response.end('back'))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    await world.plane.put(application('open', `http://127.0.0.1:${port}`))
    await world.settle()

    const codes: string[] = []
    for (let index = 0; index < 7; index++) codes.push(await ask())
    assert.deepEqual(new Set(codes.slice(0, 5)), new Set(['upstream.unreachable']))
    assert.deepEqual(new Set(codes.slice(5)), new Set(['upstream.failing']))

    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    assert.equal(await ask(), 'upstream.failing')
    offsetMs += 2_000
    assert.equal(await ask(), 'answered')
    assert.equal(await ask(), 'answered')
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  it('is waited for no longer than it asks to be', async () => {
    world.handle(() => {})
    await world.plane.put(
      application('open', world.upstream, { upstreamPatience: { headMaxMs: 200 } }),
    )
    await world.settle()
    assert.equal(await ask(), 'upstream.timeout')
  })
})

/** What a client that asks for a WebSocket is answered. */
function webSocketAnswer(world: World): Promise<string> {
  return world.exchange(
    [
      'GET / HTTP/1.1',
      'Host: open.localhost',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
      '',
      '',
    ].join('\r\n'),
  )
}
