// What passes between a client and an application: whole, in order, at the pace of the slower
// side, and never longer than both are there.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { createServer as createTlsServer } from 'node:tls'
import { after, afterEach, before, describe, it } from 'node:test'
import type { ProblemDetails } from '@countersign/contract/problems'
import { application, World } from './world.fake.ts'

const mebibyte = 1024 * 1024

describe('the proxy', () => {
  let world: World
  before(async () => {
    world = await World.begin({ start: { upstreamTimeouts: { headTimeoutMs: 300 } } })
  })
  after(() => world.end())
  afterEach(() => world.handle((_, response) => response.end('hello')))

  it('carries a large body both ways unchanged', async () => {
    world.handle((request, response) => request.pipe(response))
    const sent = randomBytes(8 * mebibyte)
    const response = await world.request('open.localhost', '/', {
      method: 'POST',
      body: Readable.from(slices(sent, 65_536)),
    })
    const received = Buffer.from(await response.body.arrayBuffer())
    assert.equal(digest(received), digest(sent))
  })

  it('reads from an application no faster than the client does', async () => {
    let taken = 0
    let isPaused = false
    world.handle((_, response) => {
      const chunk = Buffer.alloc(mebibyte)
      const write = (): void => {
        while (taken < 256) {
          taken++
          if (!response.write(chunk)) {
            isPaused = true
            return
          }
        }
        response.end()
      }
      response.on('drain', write)
      write()
    })
    const socket = await world.dial()
    socket.pause()
    socket.write('GET / HTTP/1.1\r\nHost: open.localhost\r\nConnection: close\r\n\r\n')
    await until(() => isPaused)
    const atPause = await stable(() => taken)
    assert.ok(atPause < 64, `${atPause} MiB were taken though nobody reads`)
    let received = 0
    for await (const part of socket as AsyncIterable<Buffer>) received += part.length
    assert.ok(received > 256 * mebibyte)
    assert.equal(taken, 256)
  })

  it('takes from a client no faster than the application does', async () => {
    const arrived: IncomingMessage[] = []
    world.handle((request) => {
      request.pause()
      arrived.push(request)
    })
    const socket = await world.dial()
    socket.write(
      `POST / HTTP/1.1\r\nHost: open.localhost\r\nContent-Length: ${256 * mebibyte}\r\n\r\n`,
    )
    let sent = 0
    const chunk = Buffer.alloc(mebibyte)
    const send = (): void => {
      while (sent < 256) {
        sent++
        if (!socket.write(chunk)) return
      }
    }
    socket.on('drain', send)
    send()
    await until(() => arrived.length === 1)
    const stuck = await stable(() => sent)
    assert.ok(stuck < 64, `${stuck} MiB were sent though nobody takes them`)
    socket.destroy()
    const upload = arrived[0]!
    upload.on('error', () => {}).resume()
    await new Promise((resolve) => upload.once('close', resolve))
    assert.equal(upload.complete, false)
  })

  it('tells the application when the client goes away', async () => {
    const closed = new Promise<void>((resolve) => {
      world.handle((_, response) => {
        response.write('first')
        response.once('close', () => resolve())
      })
    })
    const socket = await world.dial()
    socket.write('GET / HTTP/1.1\r\nHost: open.localhost\r\n\r\n')
    await once(socket, 'data')
    socket.destroy()
    await closed
  })

  it('lets the client see that an answer is not whole when the application dies', async () => {
    for (const headers of [{ 'content-length': '100' }, {}]) {
      world.handle((_, response) => {
        response.writeHead(200, headers)
        response.write('part', () => response.destroy())
      })
      const response = await world.request('open.localhost', '/')
      await assert.rejects(response.body.text())
    }
  })

  it('says 502 where the application cannot be reached, to a program and to a person', async () => {
    const port = await closedPort()
    await world.plane.put(
      application('gone', `http://127.0.0.1:${port}`, { hosts: ['gone.localhost'] }),
    )
    await world.plane.put(application('open', `http://127.0.0.1:${port}`))
    await world.settle()
    const response = await world.request('open.localhost', '/')
    const details = (await response.body.json()) as ProblemDetails
    assert.equal(response.statusCode, 502)
    assert.equal(details.code, 'upstream.unreachable')
    assert.equal(details.instance, response.headers['countersign-decision'])
    const page = await world.request('open.localhost', '/', { headers: { accept: 'text/html' } })
    assert.match(await page.body.text(), /The application does not answer/)
    const upload = await world.request('open.localhost', '/', { method: 'POST', body: 'abc' })
    assert.equal(upload.statusCode, 502)
    await restoreOpen(world)
  })

  it('says 504 where the application does not answer in time', async () => {
    world.handle(() => {})
    const response = await world.request('open.localhost', '/')
    assert.equal(response.statusCode, 504)
    assert.equal(((await response.body.json()) as ProblemDetails).code, 'upstream.timeout')
  })

  it('says 502 where the application does not speak HTTP', async () => {
    const other = createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n'))
    other.listen(0, '127.0.0.1')
    await once(other, 'listening')
    await world.plane.put(application('open', `http://127.0.0.1:${portOf(other)}`))
    await world.settle()
    assert.equal((await world.request('open.localhost', '/')).statusCode, 502)
    other.close()
    await restoreOpen(world)
  })

  it('repeats a GET once where the connection was lost, and a POST never', async () => {
    let count = 0
    const flaky = createServer((socket) => {
      socket.once('data', () => {
        count++
        if (count === 1) socket.destroy()
        else socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
      })
      socket.on('error', () => {})
    })
    flaky.listen(0, '127.0.0.1')
    await once(flaky, 'listening')
    await world.plane.put(application('open', `http://127.0.0.1:${portOf(flaky)}`))
    await world.settle()
    const got = await world.request('open.localhost', '/')
    assert.equal(await got.body.text(), 'ok')
    assert.equal(count, 2)
    count = 0
    const posted = await world.request('open.localhost', '/', { method: 'POST', body: 'x' })
    assert.equal(posted.statusCode, 502)
    assert.equal(count, 1)
    flaky.close()
    await restoreOpen(world)
  })

  it('asks for an application over TLS by the name of its own address, not by the visitor’s', async () => {
    const asked: string[] = []
    const secure = createTlsServer({
      SNICallback: (name, done) => {
        asked.push(name)
        done(new Error('no certificate'))
      },
    })
    secure.on('tlsClientError', () => {})
    secure.listen(0, '127.0.0.1')
    await once(secure, 'listening')
    await world.plane.put(application('open', `https://localhost:${portOf(secure)}`))
    await world.settle()
    assert.equal((await world.request('open.localhost', '/')).statusCode, 502)
    const answer = await world.exchange(
      'GET / HTTP/1.1\r\nHost: open.localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    )
    assert.match(answer, /^HTTP\/1\.1 502 /)
    assert.deepEqual([...new Set(asked)], ['localhost'])
    secure.close()
    await restoreOpen(world)
  })

  it('survives clients that go away at every point, and keeps nothing of them', async () => {
    world.handle((request, response) => request.pipe(response))
    const head = 'POST / HTTP/1.1\r\nHost: open.localhost\r\nContent-Length: 3\r\n\r\nabc'
    for (let length = 1; length <= head.length; length++) {
      const socket = await world.dial()
      socket.write(head.slice(0, length))
      socket.destroy()
    }
    await until(() => world.running.gateway.streams.size === 0)
    const response = await world.request('open.localhost', '/')
    await response.body.dump()
    assert.equal(response.statusCode, 200)
  })

  it('asks for a body only once the decision allows it', async () => {
    world.handle((request, response) => request.pipe(response))
    const head = (host: string) =>
      `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n`
    const allowed = await world.dial()
    allowed.write(head('open.localhost'))
    assert.match(await firstText(allowed), /^HTTP\/1\.1 100 Continue\r\n\r\n$/)
    allowed.write('abc')
    assert.match(await firstText(allowed), /^HTTP\/1\.1 200 /)
    allowed.destroy()
    const refused = await world.dial()
    refused.write(head('payroll.localhost'))
    const answer = await textUntilEnd(refused)
    assert.match(answer, /^HTTP\/1\.1 401 /)
    assert.match(answer, /connection: close/)
    assert.equal(world.seen.at(-1)?.headers.expect, undefined)
  })

  it('passes answers without a body as they are', async () => {
    world.handle((request, response) => {
      response.writeHead(Number(request.url?.slice(1)), { 'content-length': '5', etag: '"x"' })
      response.end()
    })
    const head = await world.request('open.localhost', '/200', { method: 'HEAD' })
    assert.equal(head.headers['content-length'], '5')
    assert.equal(await head.body.text(), '')
    const unchanged = await world.request('open.localhost', '/304')
    assert.equal(unchanged.statusCode, 304)
    assert.equal(unchanged.headers['etag'], '"x"')
    world.handle((_, response) => {
      response.writeHead(204)
      response.end()
    })
    assert.equal((await world.request('open.localhost', '/')).statusCode, 204)
  })

  it('tolerates trailers and early hints on both sides', async () => {
    world.handle((request, response) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload' })
      response.writeHead(200, { trailer: 'x-sum' })
      request.on('data', (chunk: Buffer) => response.write(chunk))
      request.on('end', () => {
        response.addTrailers({ 'x-sum': '1' })
        response.end()
      })
    })
    const answer = await world.exchange(
      'POST / HTTP/1.1\r\nHost: open.localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nTrailer: x-t\r\n\r\n2\r\nhi\r\n0\r\nX-T: 1\r\n\r\n',
    )
    assert.match(answer, /^HTTP\/1\.1 200 /)
    assert.match(answer, /\r\nhi\r\n0\r\n\r\n$/)
  })

  it('ends an answer that streams when the access ends, and leaves others alone', async () => {
    const streaming: ServerResponse[] = []
    world.handle((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: 1\n\n')
      streaming.push(response)
    })
    const bob = await world.signIn('bob', 'wiki.localhost')
    const ada = await world.signIn('ada', 'wiki.localhost')
    const open = (cookie: string) => world.request('wiki.localhost', '/', { headers: { cookie } })
    const [cut, kept] = await Promise.all([open(bob.cookie), open(ada.cookie)])
    const broken = assert.rejects(cut.body.text())
    await world.plane.remove('session', bob.session)
    await broken
    assert.equal(streaming.filter(({ destroyed }) => destroyed).length <= 1, true)
    kept.body.on('error', () => {})
    for (const response of streaming) response.end()
    assert.match(await kept.body.text(), /data: 1/)
  })
})

async function restoreOpen(world: World): Promise<void> {
  const address = world.application.address()
  if (address === null || typeof address === 'string') throw new Error('no address')
  await world.plane.put(application('open', `http://127.0.0.1:${address.port}`))
  await world.settle()
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function* slices(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}

/** The value once it has stopped changing for many turns of the event loop. */
async function stable(read: () => number): Promise<number> {
  let last = -1
  let turns = 0
  while (turns < 5_000) {
    const value = read()
    turns = value === last ? turns + 1 : 0
    last = value
    await new Promise((resolve) => setImmediate(resolve))
  }
  return last
}

async function firstText(socket: Socket): Promise<string> {
  const [chunk] = (await once(socket, 'data')) as [Buffer]
  return chunk.toString('latin1')
}

async function textUntilEnd(socket: Socket): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of socket as AsyncIterable<Buffer>) parts.push(part)
  return Buffer.concat(parts).toString('latin1')
}

function portOf(server: ReturnType<typeof createServer>): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no address')
  return address.port
}

async function closedPort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = portOf(server)
  server.close()
  await once(server, 'close')
  return port
}
