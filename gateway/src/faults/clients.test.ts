// Clients that are slow, half gone or odd: each is answered or ends within its bound, and no other
// client notices.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import { after, afterEach, before, describe, it, type TestContext } from 'node:test'
import { checkServerIdentity } from 'node:tls'
import { addressOf } from '#serving.process'
import { forward } from '#upstream/forward.client'
import { dialOf } from '#upstream/http1/dial.client'
import { Pool } from '#upstream/http1/pool.client'
import { tlsOf } from '#upstream/trust'
import { UploadStalled } from '#upstream/upload'
import { World } from '#world.fake'

const host = 'Host: open.localhost\r\n'

describe('a client that', () => {
  let world: World
  before(async () => {
    world = await World.begin()
  })
  after(() => world.end())
  afterEach(async () => {
    world.handle((_, response) => response.end('hello'))
    await until(() => world.running.gateway.streams.size === 0)
    const response = await world.request('open.localhost', '/')
    assert.equal(await response.body.text(), 'hello')
  })

  it('has said everything and closes its side is done with, and the application is told', async () => {
    const told = new Promise<void>((resolve) => {
      world.handle((_, response) => {
        response.write('first')
        response.once('close', () => resolve())
      })
    })
    const socket = await world.dial()
    socket.write(`GET / HTTP/1.1\r\n${host}\r\n`)
    await once(socket, 'data')
    socket.end()
    socket.resume()
    await Promise.all([told, once(socket, 'close')])
  })

  it('closes its side within a head is done with', async () => {
    const socket = await world.dial()
    socket.end(`GET / HTTP/1.1\r\n${host}`)
    socket.resume()
    await once(socket, 'close')
  })

  it('closes its side within a body is done with, and the application sees no whole request', async () => {
    const uploads: IncomingMessage[] = []
    world.handle((request) => {
      request.on('error', () => {}).resume()
      uploads.push(request)
    })
    const socket = await world.dial()
    socket.write(`POST / HTTP/1.1\r\n${host}Content-Length: 10\r\n\r\npart`)
    await until(() => uploads.length === 1)
    socket.end()
    socket.resume()
    await closed(uploads[0]!)
    assert.equal(uploads[0]?.complete, false)
    if (!socket.closed) await once(socket, 'close')
  })

  it('goes away while the answer is on its way to many others harms none of them', async () => {
    world.handle((_, response) => void response.end('x'.repeat(100_000)))
    const clients = await Promise.all(Array.from({ length: 60 }, () => world.dial()))
    const whole = clients.map(async (socket, index) => {
      socket.on('error', () => {})
      let length = 0
      socket.on('data', (chunk: Buffer) => {
        length += chunk.length
        if (index % 2 === 0) socket.resetAndDestroy()
      })
      socket.write(`GET / HTTP/1.1\r\n${host}Connection: close\r\n\r\n`)
      await once(socket, 'close')
      return index % 2 === 0 || length > 100_000
    })
    assert.ok((await Promise.all(whole)).every(Boolean))
  })

  describe('expects `100 Continue`', () => {
    const ask = (head: string, behind = ''): Promise<string> =>
      world.exchange(`${head}\r\n${host}Connection: close\r\nExpect: 100-continue\r\n${behind}`)

    it('though it has no body, is answered at once', async () => {
      assert.match(await ask('GET / HTTP/1.1', '\r\n'), /^HTTP\/1\.1 200 /)
      assert.match(await ask('POST / HTTP/1.1', 'Content-Length: 0\r\n\r\n'), /^HTTP\/1\.1 200 /)
    })

    it('in HTTP/1.0, is not told to continue: it would not understand', async () => {
      const answer = await ask('POST / HTTP/1.0', 'Content-Length: 2\r\n\r\nhi')
      assert.match(answer, /^HTTP\/1\.1 [24]/)
      assert.doesNotMatch(answer, / 100 Continue/)
    })

    it('in capitals, is the same', async () => {
      const answer = await world.exchange(
        `POST / HTTP/1.1\r\n${host}Connection: close\r\nExpect: 100-CONTINUE\r\nContent-Length: 2\r\n\r\nhi`,
      )
      assert.match(answer, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /)
    })

    it('twice, or something else as well, is refused', async () => {
      for (const expect of ['100-continue\r\nExpect: 100-continue', '100-continue, x', 'x']) {
        const answer = await world.exchange(
          `POST / HTTP/1.1\r\n${host}Expect: ${expect}\r\nContent-Length: 2\r\n\r\nhi`,
        )
        assert.match(answer, /^HTTP\/1\.1 400 /, expect)
      }
    })

    it('and goes away without the body, is forgotten', async () => {
      const uploads: IncomingMessage[] = []
      world.handle((request) => {
        request.on('error', () => {}).resume()
        uploads.push(request)
      })
      const socket = await world.dial()
      socket.on('error', () => {})
      socket.write(`POST / HTTP/1.1\r\n${host}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n`)
      await once(socket, 'data')
      socket.resetAndDestroy()
      // What was begun at the application is given up there as well.
      await until(() => world.running.gateway.streams.size === 0)
      for (const upload of uploads) await closed(upload)
    })
  })
})

describe('a client that is slower than its bound', () => {
  it('and pauses in its upload loses the exchange, and the application is told', async (t) => {
    const { gateway, application, outcomes } = await exchangeWith(t, { uploadIdleTimeoutMs: 50 })
    const told = once(application, 'told')
    const socket = await dial(gateway)
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\npart')
    await told
    await until(() => outcomes.length === 1)
    assert.ok(outcomes[0] instanceof UploadStalled)
    socket.destroy()
  })

  it('and takes nothing of its answer loses the connection', async (t) => {
    const { gateway, outcomes } = await exchangeWith(t, { downloadIdleTimeoutMs: 50 })
    const socket = await dial(gateway)
    socket.pause()
    socket.write('GET /large HTTP/1.1\r\nHost: x\r\n\r\n')
    await until(() => outcomes.length === 1)
    assert.equal(outcomes[0], 'ended')
    socket.on('error', () => {}).resume()
    if (!socket.closed) await once(socket, 'close')
  })
})

interface Bounds {
  readonly uploadIdleTimeoutMs?: number
  readonly downloadIdleTimeoutMs?: number
}

/** A gateway that only forwards, with short bounds, before an application. */
async function exchangeWith(t: TestContext, bounds: Bounds) {
  const application = createServer((request, response) => {
    request.on('error', () => {}).resume()
    response.once('close', () => application.emit('told'))
    if (request.url === '/large') response.end(Buffer.alloc(64 * 1024 * 1024))
  })
  await listening(application)
  const url = `http://127.0.0.1:${addressOf(application).port}`
  const pool = new Pool(dialOf(url, tlsOf(undefined, undefined, checkServerIdentity)), {
    connectionsMaxCount: 10,
    connectTimeoutMs: 60_000,
    headTimeoutMs: 60_000,
    idleTimeoutMs: 60_000,
    keepAliveTimeoutMs: 60_000,
    headMaxBytes: 16 * 1024,
  })
  const outcomes: unknown[] = []
  const gateway = createServer((request, response) => {
    const exchange = forward({
      request,
      response,
      pool,
      path: request.url ?? '/',
      headers: ['host', 'x', ...(request.method === 'POST' ? ['content-length', '10'] : [])],
      uploadIdleTimeoutMs: 60_000,
      downloadIdleTimeoutMs: 60_000,
      trailers: () => [],
      answer: (raw) => [...raw],
      onBegin: () => {},
      ...bounds,
    })
    exchange.then(
      () => outcomes.push('ended'),
      (error: unknown) => outcomes.push(error),
    )
  })
  await listening(gateway)
  t.after(async () => {
    pool.destroy()
    for (const server of [gateway, application]) {
      server.closeAllConnections()
      server.close()
    }
  })
  return { gateway, application, outcomes }
}

function listening(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
}

async function dial(server: Server): Promise<Socket> {
  const socket = connect(addressOf(server).port, '127.0.0.1')
  await once(socket, 'connect')
  return socket
}

async function closed(upload: IncomingMessage): Promise<void> {
  if (!upload.closed) await new Promise((resolve) => upload.once('close', resolve))
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}
