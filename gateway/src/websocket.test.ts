// A WebSocket is decided like a request, and again whenever a fact changes.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { Agent, type CloseEvent, type MessageEvent, WebSocket } from 'undici'
import { application, laptop, World } from './world.fake.ts'

const key = 'dGhlIHNhbXBsZSBub25jZQ=='

describe('a WebSocket', () => {
  let world: World
  let upgraded: Duplex[] = []
  let agent: Agent
  before(async () => {
    world = await World.begin()
    agent = new Agent({
      connect: {
        lookup: (_host, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }]),
      },
    })
    world.application.on('upgrade', (request, socket) => {
      upgraded.push(socket)
      socket.on('error', () => {}).on('end', () => socket.end())
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept(request.headers['sec-websocket-key'] ?? '')}\r\nSet-Cookie: __Host-countersign=stolen\r\n\r\n`,
      )
      // Greets, then echoes; what comes in is masked with zeroes in these tests or unmasked here.
      socket.write(textFrame('hello'))
      socket.on('data', (chunk: Buffer) => {
        if (chunk[0] === 0x81) socket.write(textFrame(unmasked(chunk)))
        if (chunk[0] === 0x88) socket.end(Buffer.from([0x88, 0]))
      })
    })
  })
  after(async () => {
    await agent.destroy()
    for (const socket of upgraded) socket.destroy()
    await world.end()
  })

  const open = (host: string, cookie = ''): WebSocket =>
    new WebSocket(`ws://${host}:${world.port}/live`, {
      headers: cookie === '' ? {} : { cookie },
      dispatcher: agent,
    })

  it('joins both sides when it is allowed', async () => {
    const { cookie } = await world.signIn('bob', 'wiki.localhost')
    const socket = open('wiki.localhost', cookie)
    assert.equal(await message(socket), 'hello')
    const echo = message(socket)
    socket.send('ping')
    assert.equal(await echo, 'ping')
    const closed = closing(socket)
    socket.close()
    await closed
  })

  it('is refused with a problem where policies refuse it, and never reaches the application', async () => {
    upgraded = []
    const answer = await world.exchange(handshake('payroll.localhost'))
    assert.match(answer, /^HTTP\/1\.1 401 /)
    assert.match(answer, /"code":"access.sign_in_required"/)
    assert.equal(upgraded.length, 0)
  })

  it('reaches the application with our word, one host and no session', async () => {
    const heads: IncomingMessage[] = []
    const listen = (request: IncomingMessage): void => void heads.push(request)
    world.application.prependListener('upgrade', listen)
    const { cookie } = await world.signIn('bob', 'wiki.localhost')
    const socket = open('wiki.localhost', cookie)
    await message(socket)
    const raw = heads[0]?.rawHeaders.map((text) => text.toLowerCase()) ?? []
    for (const name of ['host', 'connection', 'upgrade', 'sec-websocket-key']) {
      assert.equal(raw.filter((text, index) => index % 2 === 0 && text === name).length, 1, name)
    }
    assert.equal(heads[0]?.headers.host, `wiki.localhost:${world.port}`)
    assert.equal(heads[0]?.headers['x-forwarded-for'], '127.0.0.1')
    assert.ok(heads[0]?.headers['countersign-assertion'])
    assert.equal(heads[0]?.headers.cookie, undefined)
    world.application.off('upgrade', listen)
    socket.close()
  })

  it('is not begun while an earlier answer on its connection is not whole', async () => {
    world.handle((_, response) => response.write('never ends'))
    const socket = await world.dial()
    const parts: Buffer[] = []
    socket.on('data', (part: Buffer) => parts.push(part))
    socket.write(`GET / HTTP/1.1\r\nHost: open.localhost\r\n\r\n${handshake('open.localhost')}`)
    await new Promise((resolve) => socket.once('close', resolve))
    assert.doesNotMatch(Buffer.concat(parts).toString('latin1'), / 101 /)
    world.handle((_, response) => response.end('hello'))
    assert.equal((await world.request('open.localhost', '/')).statusCode, 200)
  })

  it('does not give a client cookies or names that are ours', async () => {
    const socket = await world.dial()
    socket.write(handshake('open.localhost'))
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    const head = chunk.toString('latin1')
    assert.match(head, /^HTTP\/1\.1 101 /)
    assert.match(head, /countersign-decision: dec_/)
    assert.doesNotMatch(head, /stolen/)
    socket.destroy()
  })

  it('is closed with a reason as soon as the session ends', async () => {
    const { cookie, session } = await world.signIn('bob', 'wiki.localhost')
    const socket = open('wiki.localhost', cookie)
    await message(socket)
    const closed = closing(socket)
    await world.plane.remove('session', session)
    const { code, reason, wasClean } = await closed
    assert.deepEqual(
      { code, reason, wasClean },
      { code: 1008, reason: 'access ended', wasClean: true },
    )
  })

  it('is closed when a device fails, and that is on record', async () => {
    await world.plane.put(laptop('laptop-live', true, Date.now()))
    const { cookie } = await world.signIn('ada', 'payroll.localhost', { device: 'laptop-live' })
    const other = await world.signIn('bob', 'wiki.localhost')
    const socket = open('payroll.localhost', cookie)
    const kept = open('wiki.localhost', other.cookie)
    await Promise.all([message(socket), message(kept)])
    const closed = closing(socket)
    await world.plane.put(laptop('laptop-live', false, Date.now()))
    assert.equal((await closed).code, 1008)
    assert.match(lastRecord(world), /"protocol":"websocket"/)
    assert.match(lastRecord(world), /"verdict":"deny"/)
    const metrics = await world.running.gateway.metrics.registry.metrics()
    assert.match(metrics, /countersign_revocation_seconds_bucket\{le="10"\} [1-9]/)
    const echo = message(kept)
    kept.send('still here')
    assert.equal(await echo, 'still here')
    kept.close()
  })

  it('is closed when its application is taken away', async () => {
    const { cookie } = await world.signIn('bob', 'wiki.localhost')
    const socket = open('wiki.localhost', cookie)
    await message(socket)
    const closed = closing(socket)
    await world.plane.remove('application', 'wiki')
    assert.equal((await closed).code, 1008)
    const address = world.application.address()
    if (address === null || typeof address === 'string') throw new Error('no address')
    await world.plane.put(application('wiki', `http://127.0.0.1:${address.port}`))
    await world.settle()
  })

  it('tells the application too', async () => {
    upgraded = []
    const { cookie, session } = await world.signIn('bob', 'wiki.localhost')
    const socket = open('wiki.localhost', cookie)
    await message(socket)
    const received: Buffer[] = []
    upgraded[0]?.on('data', (chunk: Buffer) => received.push(chunk))
    const ended = once(upgraded[0]!, 'end')
    await world.plane.remove('session', session)
    await ended
    assert.deepEqual([...Buffer.concat(received).subarray(0, 2)], [0x88, 0x80 | 14])
  })

  it('ends without a frame of ours in the middle of one of the application', async () => {
    upgraded = []
    const { cookie, session } = await world.signIn('bob', 'wiki.localhost')
    const client = await world.dial()
    client.write(handshake('wiki.localhost', `Cookie: ${cookie}\r\n`))
    await once(client, 'data')
    upgraded[0]?.write(Buffer.from([0x82, 100, 1, 2, 3]))
    const parts: Buffer[] = []
    client.on('data', (part: Buffer) => parts.push(part))
    await until(() => Buffer.concat(parts).includes(Buffer.from([0x82, 100, 1, 2, 3])))
    const ended = once(client, 'end')
    await world.plane.remove('session', session)
    await ended
    assert.deepEqual([...Buffer.concat(parts).subarray(-5)], [0x82, 100, 1, 2, 3])
    client.destroy()
  })

  it('is not a way around HTTP: an application that does not agree has answered an ordinary request', async () => {
    const agreeing = world.application.listeners('upgrade')
    world.application.removeAllListeners('upgrade')
    world.application.on('upgrade', (_request, socket: Duplex) => {
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
    })
    const answer = await world.exchange(handshake('open.localhost'))
    assert.match(answer, /^HTTP\/1\.1 200 /)
    assert.match(answer, /connection: close/i)
    world.application.removeAllListeners('upgrade')
    world.application.on('upgrade', (_request, socket: Duplex) => {
      socket.on('error', () => {}).on('end', () => socket.end())
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: bm90IHlvdXIga2V5\r\n\r\n',
      )
    })
    assert.match(await world.exchange(handshake('open.localhost')), /^HTTP\/1\.1 502 /)
    world.application.removeAllListeners('upgrade')
    for (const listener of agreeing) {
      world.application.on('upgrade', listener as Parameters<typeof world.application.on>[1])
    }
  })

  it('is ended properly when the gateway stops, and the stop does not wait for it', async () => {
    const own = await World.begin()
    own.application.on('upgrade', (request, socket: Duplex) => {
      socket.on('error', () => {}).on('end', () => socket.end())
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept(request.headers['sec-websocket-key'] ?? '')}\r\n\r\n`,
      )
      socket.write(textFrame('hello'))
      socket.resume()
    })
    const socket = new WebSocket(`ws://open.localhost:${own.port}/`, { dispatcher: agent })
    await message(socket)
    const closed = closing(socket)
    await own.end()
    assert.equal((await closed).code, 1001)
  })
})

function handshake(host: string, headers = ''): string {
  return `GET /live HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n${headers}\r\n`
}

function accept(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
}

function textFrame(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x81, Buffer.byteLength(text)]), Buffer.from(text)])
}

function unmasked(frame: Buffer): string {
  const mask = frame.subarray(2, 6)
  return Buffer.from(
    frame.subarray(6).map((byte, index) => byte ^ (mask[index % 4] ?? 0)),
  ).toString()
}

function message(socket: WebSocket): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.addEventListener('message', (event: MessageEvent) => resolve(String(event.data)), {
      once: true,
    })
    socket.addEventListener('error', () => reject(new Error('the WebSocket failed')), {
      once: true,
    })
  })
}

function closing(socket: WebSocket): Promise<CloseEvent> {
  return new Promise((resolve) => {
    socket.addEventListener('close', (event: CloseEvent) => resolve(event), { once: true })
  })
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}

function lastRecord(world: World): string {
  const directory = join(world.dataDir, 'gateway', 'decisions')
  const [file] = readdirSync(directory).sort().reverse()
  return (
    readFileSync(join(directory, file ?? ''), 'utf8')
      .trimEnd()
      .split('\n')
      .at(-1) ?? ''
  )
}
