// What was opened with a credential ends with it: a stream, a download, and those of nobody else.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { after, afterEach, before, describe, it } from 'node:test'
import type { UpstreamCredential } from '@countersign/contract/upstream-credential'
import { Agent, type CloseEvent, WebSocket } from 'undici'
import { application, World } from '#world.fake'

const shared: UpstreamCredential = { kind: 'basic', per: 'application' }
const personal: UpstreamCredential = { kind: 'basic', per: 'person' }

describe('what was opened with a credential that changes', () => {
  let world: World
  let agent: Agent
  let ada: string
  let bob: string
  let changedAt = Date.now()
  const sockets: Duplex[] = []
  let gatewayNow = Date.now()
  before(async () => {
    const clock = { now: () => gatewayNow, monotonicNs: () => process.hrtime.bigint() }
    world = await World.begin({ start: { clock } })
    agent = new Agent({
      connect: {
        lookup: (_host, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }]),
      },
    })
    world.application.on('upgrade', (request, socket) => {
      sockets.push(socket)
      socket
        .on('error', () => {})
        .on('data', (chunk: Buffer) => {
          if (chunk[0] === 0x88) socket.end(Buffer.from([0x88, 0]))
        })
      const accept = createHash('sha1')
        .update(
          `${String(request.headers['sec-websocket-key'])}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`,
        )
        .digest('base64')
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      )
    })
    ada = (await world.signIn('ada', 'open.localhost')).cookie
    bob = (await world.signIn('bob', 'open.localhost')).cookie
  })
  afterEach(() => {
    world.plane.refusesCredentials = false
  })
  after(async () => {
    await agent.destroy()
    for (const socket of sockets) socket.destroy()
    await world.end()
  })

  const secretOf = (person: string | undefined, secret: string) => ({
    application: 'open',
    ...(person === undefined ? {} : { person }),
    user: 'robot',
    secret,
    upstream: world.upstream,
  })

  async function change(
    upstreamCredential: UpstreamCredential,
    ...credentials: ReturnType<typeof secretOf>[]
  ): Promise<void> {
    world.plane.credentials = credentials
    changedAt += 1
    await world.plane.put(
      application('open', world.upstream, {
        upstreamCredential,
        credentialsChangedAt: changedAt,
      }),
    )
    await world.settle()
  }

  async function fetched(): Promise<void> {
    const { facts, upstreamCredentials } = world.running.gateway
    while (facts.current && upstreamCredentials.areBehind(facts.current)) {
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  async function open(cookie: string): Promise<WebSocket> {
    const socket = new WebSocket(`ws://open.localhost:${world.port}/live`, {
      headers: { cookie },
      dispatcher: agent,
    })
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve)
      socket.addEventListener('error', reject)
    })
    return socket
  }

  const closing = (socket: WebSocket): Promise<CloseEvent> =>
    new Promise((resolve) => socket.addEventListener('close', resolve))

  it('is a WebSocket that is closed, and told that it may come back', async () => {
    await change(shared, secretOf(undefined, 'first'))
    await fetched()
    const socket = await open(ada)
    const closed = closing(socket)
    await change(shared, secretOf(undefined, 'second'))
    const { code, reason } = await closed
    assert.deepEqual(
      { code, reason },
      { code: 1012, reason: 'the sign-in to the application changed: connect again' },
    )
    const again = await open(ada)
    again.close()
    await closing(again)
  })

  it('is a download that breaks off, so that nobody takes it for whole', async () => {
    await change(shared, secretOf(undefined, 'first'))
    await fetched()
    world.handle((_request, response) => response.write('a part'))
    const response = await world.request('open.localhost', '/', { headers: { cookie: ada } })
    gatewayNow += 2_000
    const read = response.body.text()
    await change(shared, secretOf(undefined, 'second'))
    await assert.rejects(read)
    world.handle((_request, response) => response.end('hello'))
    assert.ok(world.logLines.some((line) => line.includes('the credential that its application')))
  })

  it('is not what others opened with theirs, nor what the same credential was given again for', async () => {
    await change(personal, secretOf('ada', 'first'), secretOf('bob', 'his'))
    await fetched()
    const [hers, his] = await Promise.all([open(ada), open(bob)])
    const closed = closing(hers)
    await change(personal, secretOf('ada', 'second'), secretOf('bob', 'his'))
    assert.equal((await closed).code, 1012)
    assert.equal(his.readyState, WebSocket.OPEN)
    await change(personal, secretOf('ada', 'second'), secretOf('bob', 'his'))
    await fetched()
    assert.equal(his.readyState, WebSocket.OPEN)
    his.close()
    await closing(his)
  })

  it('ends soon also where the new credential does not arrive', async () => {
    await change(shared, secretOf(undefined, 'first'))
    await fetched()
    const socket = await open(ada)
    const closed = closing(socket)
    world.plane.refusesCredentials = true
    await change(shared, secretOf(undefined, 'second'))
    assert.equal(socket.readyState, WebSocket.OPEN)
    gatewayNow = changedAt + 10_000
    world.running.gateway.streams.rejudge()
    assert.equal((await closed).code, 1012)
  })
})
