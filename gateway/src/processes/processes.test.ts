// A gateway of several processes is one gateway: to clients, to applications, to operators and to
// the server. All of it with real processes.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { assertionHeader, jwksPath, sessionCookie, tokenHash } from '@countersign/contract/session'
import { tunnelsPath } from '@countersign/contract/tunnel'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { policies, releaseOf } from '#policies.fake'
import { connectThrough, howItEnded } from '#tunnel/tunnel.fake'
import {
  federation,
  machinePolicies,
  ProvingKey,
  tokenOf,
  workload,
} from '#workloads/programs.fake'
import { flowHash } from '#steps/begin-sign-in'
import { application, sessionDocument, World } from '#world.fake'
import { Family, Visitor } from './family.fake.ts'

const numbers = [1, 2] as const

describe('two processes of one gateway', () => {
  let world: World
  let family: Family
  let upgraded: Duplex[] = []
  before(async () => {
    world = await World.begin({ withoutGateway: true })
    world.application.on('upgrade', (_request, socket: Duplex) => {
      upgraded.push(socket)
      socket.on('error', () => {}).on('end', () => socket.end())
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n`,
      )
      socket.resume()
    })
    await world.plane.put(
      workload('reports', { federations: [federation] }),
      { kind: 'release', document: releaseOf([...policies, ...machinePolicies]) },
      application('shell', world.upstream.replace('http:', 'tcp:'), { kind: 'tcp' }),
    )
    family = await Family.begin(world, 2)
  })
  after(async () => {
    await family.stop()
    for (const socket of upgraded) socket.destroy()
    await world.end()
  })

  /** Signs somebody in at a host; gives the cookie and the session. */
  const signIn = async (person: string, host: string) => {
    const token = randomBytes(32).toString('base64url')
    const session = `ses_${token.slice(0, 20)}`
    const now = Date.now()
    await world.plane.put(sessionDocument(session, person, now), {
      kind: 'token',
      document: { id: tokenHash(token), session, host, endsAt: now + 3_600_000 },
    })
    await family.ready(2)
    return { session, header: `Cookie: ${sessionCookie}=${token}` }
  }

  it('answer at one port, and operators as one', async () => {
    for (const number of numbers) {
      const visitor = await family.visitorAt(number)
      assert.equal((await visitor.get('open.localhost', '/')).body, 'hello')
      visitor.socket.destroy()
    }
    const counted = /^countersign_decisions_total\{verdict="allow"\} (\d+)$/m
    const before = Number(counted.exec((await family.operate('/metrics')).text)?.[1])
    const visitors = await Promise.all(numbers.map((number) => family.visitorAt(number)))
    const asked = world.seen.length
    for (const visitor of visitors) await visitor.get('open.localhost', '/')
    const now = Number(counted.exec((await family.operate('/metrics')).text)?.[1])
    assert.ok(now >= before + visitors.length)
    assert.equal(world.seen.length, asked + 2)
    assert.deepEqual(await family.operate('/readyz'), { status: 200, text: 'ready\n' })
    for (const { socket } of visitors) socket.destroy()
  })

  it('publish one set of keys, with which every assertion of either verifies', async () => {
    const assertions: string[] = []
    world.handle((request, response) => {
      assertions.push(String(request.headers[assertionHeader]))
      response.end('hello')
    })
    const sets: JSONWebKeySet[] = []
    for (const number of numbers) {
      const visitor = await family.visitorAt(number)
      assertions.length = 0
      await visitor.get('open.localhost', '/')
      sets.push(JSON.parse((await visitor.get('open.localhost', jwksPath)).body) as JSONWebKeySet)
      visitor.socket.destroy()
      for (const assertion of assertions) {
        for (const set of sets) {
          await jwtVerify(assertion, createLocalJWKSet(set), { audience: 'open' })
        }
      }
    }
    assert.deepEqual(sets[0], sets[1])
    world.handle((_, response) => response.end('hello'))
  })

  it('believe a proof of possession once between them', async () => {
    const key = await ProvingKey.make()
    const token = await tokenOf(world, { cnf: { jkt: key.thumbprint } })
    const visitors = await Promise.all(numbers.map((number) => family.visitorAt(number)))
    const [one, two] = visitors
    assert.ok(one && two)
    const ask = async (visitor: Visitor, proof: string) =>
      (await visitor.get('api.localhost', '/', [`Authorization: DPoP ${token}`, `DPoP: ${proof}`]))
        .status
    const first = await key.proof('http://api.localhost/', token)
    assert.equal(await ask(one, first), 200)
    assert.equal(await ask(two, first), 401)
    const second = await key.proof('http://api.localhost/', token)
    assert.equal(await ask(two, second), 200)
    assert.equal(await ask(one, second), 401)
    for (const { socket } of visitors) socket.destroy()
  })

  it('cut the WebSockets of a session that ends, whichever of them holds one', async () => {
    const { session, header } = await signIn('bob', 'wiki.localhost')
    const visitors = await Promise.all(numbers.map((number) => family.visitorAt(number)))
    for (const { socket } of visitors) {
      socket.write(
        [
          'GET /live HTTP/1.1',
          'Host: wiki.localhost',
          header,
          'Connection: Upgrade',
          'Upgrade: websocket',
          'Sec-WebSocket-Version: 13',
          'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
          '',
          '',
        ].join('\r\n'),
      )
      const [head] = (await once(socket, 'data')) as [Buffer]
      assert.match(head.toString(), /^HTTP\/1\.1 101 /)
    }
    await world.plane.remove('session', session)
    for (const visitor of visitors) {
      visitor.socket.once('data', () => visitor.socket.end())
      await visitor.closed()
    }
    assert.match((await family.operate('/metrics')).text, /^countersign_streams_cut_total [2-9]$/m)
  })

  it('tell why a tunnel ended, whichever of them held it and whichever is asked', async () => {
    const token = randomBytes(32).toString('base64url')
    const session = 'ses_tunnel'
    const now = Date.now()
    const host = new URL(world.plane.consoleUrl).hostname
    await world.plane.put(sessionDocument(session, 'ada', now), {
      kind: 'token',
      document: { id: tokenHash(token), session, host, endsAt: now + 3_600_000, use: 'tunnel' },
    })
    await family.ready(2)
    const opened = await connectThrough({
      port: family.port,
      target: `shell.localhost:${new URL(world.upstream).port}`,
      token,
    })
    assert.equal(opened.status, 200, opened.rest.toString())
    await world.plane.remove('session', session)
    await howItEnded(opened.socket)
    for (const number of numbers) {
      const visitor = await family.visitorAt(number)
      const { status, body } = await visitor.get(host, `${tunnelsPath}/${opened.decision}`, [
        `Proxy-Authorization: Bearer ${token}`,
      ])
      assert.equal(status, 200, body)
      assert.equal((JSON.parse(body) as { why: string }).why, 'access-ended')
      visitor.socket.destroy()
    }
  })

  it('let somebody in at once who has just signed in, whichever of them is asked next', async () => {
    const code = randomBytes(32).toString('base64url')
    const flow = randomBytes(32).toString('base64url')
    const cookie = randomBytes(32).toString('base64url')
    world.plane.expectHandoff({
      code,
      flow: flowHash(flow),
      host: 'wiki.localhost',
      returnTo: '/page',
      redeem() {
        const now = Date.now()
        void world.plane.put(sessionDocument('ses_new', 'bob', now), {
          kind: 'token',
          document: {
            id: tokenHash(cookie),
            session: 'ses_new',
            host: 'wiki.localhost',
            endsAt: now + 3_600_000,
          },
        })
        return cookie
      },
    })
    const visitors = await Promise.all(numbers.map((number) => family.visitorAt(number)))
    const { status } = await (visitors[0]?.get(
      'wiki.localhost',
      `/.countersign/callback?code=${code}`,
      [`Cookie: __Host-countersign-flow=${flow}`],
    ) ?? Promise.reject(new Error('nobody')))
    assert.equal(status, 303)
    for (const visitor of visitors) {
      const answer = await visitor.get('wiki.localhost', '/', [
        `Cookie: ${sessionCookie}=${cookie}`,
      ])
      assert.equal(answer.status, 200)
      visitor.socket.destroy()
    }
  })
})

describe('a process of a gateway', () => {
  it('that is killed takes with it only what it had in hand, comes back, and its records are kept', async (t) => {
    const world = await World.begin({ withoutGateway: true })
    const family = await Family.begin(world, 2)
    t.after(async () => {
      await family.stop()
      await world.end()
    })
    world.plane.shipStatus = 503
    const answered: string[] = []
    let lost = 0
    const enough = new AbortController()
    const clients = Array.from({ length: 8 }, async () => {
      let visitor = await Visitor.connect(family.port)
      while (!enough.signal.aborted) {
        try {
          const { decision } = await visitor.get('open.localhost', '/')
          answered.push(decision)
        } catch {
          lost++
          visitor = await Visitor.connect(family.port)
        }
      }
      visitor.socket.destroy()
    })
    await family.until(() => answered.length > 100)
    const [pid] = family.pidsOf(1)
    process.kill(pid ?? 0, 'SIGKILL')
    const then = answered.length
    await family.until(() => answered.length > then + 100)
    await family.ready(2)
    enough.abort()
    await Promise.all(clients)
    assert.ok(lost <= clients.length, `${lost} requests were lost`)
    assert.equal(family.pidsOf(1).length, 2)
    assert.match(family.output, /a process of the gateway ended; it is started again/)
    world.plane.shipStatus = 200
    await family.until(() => areShipped(answered, world))
    const again = await family.visitorAt(1)
    again.socket.destroy()
  })

  it('finishes what is in progress when all stop', async (t) => {
    const world = await World.begin({ withoutGateway: true })
    t.after(() => world.end())
    const family = await Family.begin(world, 2)
    const visitors = await Promise.all(numbers.map((number) => family.visitorAt(number)))
    const finish: (() => void)[] = []
    world.handle((_, response) => {
      finish.push(() => response.end('whole'))
      response.write('the ')
    })
    const answers = visitors.map((visitor) => visitor.get('open.localhost', '/slow'))
    await family.until(() => finish.length === 2)
    const stopped = family.stop()
    await family.until(() => family.output.split('"msg":"stopping"').length === 4)
    for (const end of finish) end()
    for (const { body } of await Promise.all(answers)) assert.match(body, /the \r\n5\r\nwhole/)
    assert.equal(await stopped, 0)
  })

  it('ends with its primary, and a new start serves at the same place at once', async (t) => {
    const world = await World.begin({ withoutGateway: true })
    t.after(() => world.end())
    const family = await Family.begin(world, 2)
    const listen = { COUNTERSIGN_GATEWAY_LISTEN: `127.0.0.1:${family.port}` }
    family.child.kill('SIGKILL')
    const next = await Family.begin(world, 2, listen)
    t.after(() => next.stop())
    for (const pid of [...family.pidsOf(1), ...family.pidsOf(2)]) {
      assert.throws(() => process.kill(pid, 0), /ESRCH/)
    }
    const visitor = await next.visitorAt(2)
    visitor.socket.destroy()
  })

  it('that there is no more has its records handed over by those that are left', async (t) => {
    const world = await World.begin({ withoutGateway: true })
    t.after(() => world.end())
    world.plane.shipStatus = 503
    const two = await Family.begin(world, 2)
    const answered: string[] = []
    for (const number of numbers) {
      const visitor = await two.visitorAt(number)
      answered.push((await visitor.get('open.localhost', '/')).decision)
      visitor.socket.destroy()
    }
    await two.stop()
    world.plane.shipStatus = 200
    await world.startGateway()
    await two.until(() => areShipped(answered, world))
    await two.until(() => !existsSync(join(world.dataDir, 'gateway', 'processes', '2')))
  })

  it('says in one line what to change where it cannot begin, and the gateway exits with 2', async (t) => {
    const world = await World.begin()
    t.after(() => world.end())
    const family = new Family(world, {
      COUNTERSIGN_GATEWAY_PROCESSES: '2',
      COUNTERSIGN_GATEWAY_LISTEN: `127.0.0.1:${world.port}`,
      COUNTERSIGN_DATA_DIR: join(world.dataDir, 'another'),
    })
    const [code] = (await once(family.child, 'close')) as [number]
    assert.equal(code, 2, family.output)
    const said = family.output.split('\n').filter((line) => line.startsWith('gateway: '))
    assert.equal(said.length, 1, family.output)
    assert.match(said[0] ?? '', /the port is taken.*COUNTERSIGN_GATEWAY_LISTEN/)
  })
})

function areShipped(decisions: readonly string[], { plane }: World): boolean {
  const shipped = new Set<string>(plane.shipped.map(({ id }) => id))
  return decisions.every((id) => shipped.has(id))
}
