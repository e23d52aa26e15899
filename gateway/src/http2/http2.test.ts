// HTTP/2 at the door: the same flow as over HTTP/1.1, the same strictness, and nothing that a
// client can make us pay for without bound.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  constants,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type OutgoingHttpHeaders,
} from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import { http2StreamsMaxCount } from '#limits'
import { dialHttp2, FakeAuthority, writePair } from '#tls/authority.fake'
import { World } from '#world.fake'

const mebibyte = 1024 * 1024

describe('a gateway over HTTP/2', () => {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-http2-'))
  let authority: FakeAuthority
  let world: World
  const sessions: ClientHttp2Session[] = []
  before(async () => {
    authority = await FakeAuthority.begin()
    const hosts = ['open.localhost', 'wiki.localhost', 'countersign.localhost']
    const { certificate, key } = writePair(directory, await authority.leaf({ hosts }))
    world = await World.begin({
      environment: {
        COUNTERSIGN_GATEWAY_TLS: 'files',
        COUNTERSIGN_GATEWAY_TLS_CERTIFICATE: certificate,
        COUNTERSIGN_GATEWAY_TLS_KEY: key,
      },
    })
  })
  afterEach(() => {
    for (const session of sessions.splice(0)) session.destroy()
    world.handle((_, response) => response.end('hello'))
  })
  after(async () => {
    await world.end()
    rmSync(directory, { recursive: true })
  })

  const dial = (name = 'open.localhost'): ClientHttp2Session => {
    const session = dialHttp2(world.port, name, { ca: authority.certificate })
    sessions.push(session)
    return session
  }
  const ask = (headers: OutgoingHttpHeaders = {}, name = 'open.localhost'): Promise<Answer> =>
    answerTo(dial(name).request({ ':path': '/', ...headers }))

  it('reaches the application as over HTTP/1.1, under the name that was asked for', async () => {
    const answer = await ask({ ':path': '/beds?ward=3', cookie: ['a=1', 'b=2'], 'x-mine': 'yes' })
    assert.equal(answer.headers[':status'], 200)
    assert.equal(answer.text, 'hello')
    const seen = world.seen.at(-1)
    assert.equal(seen?.url, '/beds?ward=3')
    assert.equal(seen?.headers.host, `open.localhost:${world.port}`)
    assert.equal(seen?.headers.cookie, 'a=1; b=2')
    assert.equal(seen?.headers['x-mine'], 'yes')
    assert.equal(seen?.headers['transfer-encoding'], undefined)
    assert.equal(
      seen?.rawHeaders.some((name) => name.startsWith(':')),
      false,
    )
  })

  it('knows a person by the cookie of their session', async () => {
    const { cookie } = await world.signIn('ada', 'wiki.localhost')
    assert.equal((await ask({}, 'wiki.localhost')).headers[':status'], 401)
    assert.equal((await ask({ cookie }, 'wiki.localhost')).headers[':status'], 200)
  })

  it('gives every cookie that an application sets', async () => {
    world.handle((_, response) => {
      response.writeHead(200, ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'X-Twice', '1'])
      response.end()
    })
    const { headers } = await ask()
    assert.deepEqual(headers['set-cookie'], ['a=1', 'b=2'])
  })

  it('passes an answer that says twice what may be said once', async () => {
    world.handle((_, response) => {
      response.writeHead(200, ['Content-Type', 'text/plain', 'Content-Type', 'text/html'])
      response.end('both')
    })
    assert.equal((await ask()).text, 'both')
  })

  for (const [what, status] of [
    ['an answer without a body', 204],
    ['an answer that nothing changed', 304],
  ] as const) {
    it(`passes ${what}`, async () => {
      world.handle((_, response) => {
        response.writeHead(status, { etag: '"x"' })
        response.end()
      })
      const answer = await ask()
      assert.equal(answer.headers[':status'], status)
      assert.equal(answer.code, constants.NGHTTP2_NO_ERROR)
    })
  }

  it('answers HEAD with the head alone, also in a refusal', async () => {
    assert.equal((await ask({ ':method': 'HEAD' })).headers[':status'], 200)
    const refused = await ask({ ':method': 'HEAD' }, 'wiki.localhost')
    assert.equal(refused.headers[':status'], 401)
    assert.equal(refused.text, '')
    assert.equal(refused.code, constants.NGHTTP2_NO_ERROR)
  })

  it('carries a large body both ways unchanged', async () => {
    world.handle((request, response) => request.pipe(response))
    const sent = randomBytes(8 * mebibyte)
    const stream = dial().request({ ':path': '/', ':method': 'POST' })
    stream.end(sent)
    const hash = createHash('sha256')
    stream.on('data', (chunk: Buffer) => hash.update(chunk))
    await once(stream, 'close')
    assert.equal(hash.digest('hex'), createHash('sha256').update(sent).digest('hex'))
  })

  it('takes an upload no faster than the application does, in bounded memory', async () => {
    let taken = 0
    let goOn = (): void => {}
    world.handle((request, response) => {
      request.pause()
      goOn = () => {
        request.on('data', (chunk: Buffer) => (taken += chunk.length))
        request.on('end', () => response.end('thanks'))
        request.resume()
      }
    })
    const stream = dial().request({ ':path': '/', ':method': 'POST' })
    const chunk = Buffer.alloc(mebibyte)
    const total = 300
    let written = 0
    const write = (): void => {
      while (written < total) {
        written++
        if (!stream.write(chunk)) return
      }
      stream.end()
    }
    stream.on('drain', write)
    write()
    await stable(() => written)
    assert.ok(written < 32, `${written} MiB were taken though nobody reads`)
    const memory = process.memoryUsage().rss
    goOn()
    const answer = await answerTo(stream)
    assert.equal(answer.text, 'thanks')
    assert.equal(taken, total * mebibyte)
    assert.ok(process.memoryUsage().rss - memory < 200 * mebibyte)
  })

  it('asks for a body only once the request is allowed', async () => {
    world.handle((request, response) => request.pipe(response))
    const stream = dial().request({ ':path': '/', ':method': 'POST', expect: '100-continue' })
    stream.once('continue', () => stream.end('the body'))
    assert.equal((await answerTo(stream)).text, 'the body')
    assert.equal(world.seen.at(-1)?.headers.expect, undefined)
    const refused = dial('wiki.localhost').request({
      ':path': '/',
      ':method': 'POST',
      expect: '100-continue',
    })
    let isAsked = false
    refused.once('continue', () => (isAsked = true))
    assert.equal((await answerTo(refused)).headers[':status'], 401)
    assert.equal(isAsked, false)
  })

  it('refuses an upload before its end, and stops it', async () => {
    const stream = dial('wiki.localhost').request({ ':path': '/', ':method': 'POST' })
    stream.write(Buffer.alloc(65_536))
    const answer = await answerTo(stream)
    assert.equal(answer.headers[':status'], 401)
    assert.equal(answer.code, constants.NGHTTP2_NO_ERROR)
  })

  it('passes trailers to a client that understands them, and only what may be said late', async () => {
    world.handle((_, response) => {
      response.writeHead(200, { trailer: 'x-sum' })
      response.write('body')
      response.addTrailers({ 'x-sum': '42', 'set-cookie': 'late=1', 'countersign-assertion': 'x' })
      response.end()
    })
    const trailersOf = async (headers: OutgoingHttpHeaders) => {
      const stream = dial().request({ ':path': '/', ...headers })
      let trailers: IncomingHttpHeaders = {}
      stream.on('trailers', (them: IncomingHttpHeaders) => (trailers = them))
      const { code } = await answerTo(stream)
      assert.equal(code, constants.NGHTTP2_NO_ERROR)
      return Object.keys(trailers)
    }
    assert.deepEqual(await trailersOf({ te: 'trailers' }), ['x-sum'])
    assert.deepEqual(await trailersOf({}), [])
  })

  it('ends the stream with an error where trailers are such as HTTP/2 forbids', async () => {
    world.handle((_, response) => {
      response.writeHead(200, { trailer: 'http2-settings' })
      response.write('body')
      response.addTrailers([
        ['etag', '"a"'],
        ['etag', '"b"'],
        ['http2-settings', 'x'],
      ])
      response.end()
    })
    assert.equal((await ask({ te: 'trailers' })).code, constants.NGHTTP2_INTERNAL_ERROR)
    assert.equal((await ask()).code, constants.NGHTTP2_NO_ERROR)
  })

  it('says 502 where the head of an answer is such as HTTP/2 forbids', async () => {
    world.handle((_, response) => {
      response.writeHead(200, { 'http2-settings': 'x' })
      response.end()
    })
    assert.equal((await ask()).headers[':status'], 502)
  })

  it('ends the stream with an error where the application breaks off', async () => {
    world.handle((_, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('half')
      setImmediate(() => response.destroy())
    })
    const answer = await ask()
    assert.equal(answer.code, constants.NGHTTP2_INTERNAL_ERROR)
  })

  it('tells the application when the client takes its request back', async () => {
    let goneAt: Promise<unknown> = Promise.resolve()
    const arrived = new Promise<void>((resolve) => {
      world.handle((_, response) => {
        goneAt = once(response, 'close')
        response.writeHead(200)
        response.write('first')
        resolve()
      })
    })
    const stream = dial().request({ ':path': '/' })
    await arrived
    await once(stream, 'response')
    stream.close(constants.NGHTTP2_CANCEL)
    await goneAt
  })

  it('cuts a stream when its access ends, and leaves the others on the connection', async () => {
    world.handle((request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: 1\n\n')
      if (request.url === '/short') response.end()
    })
    const { cookie, session } = await world.signIn('ada', 'wiki.localhost')
    const connection = dial('wiki.localhost')
    const stream = connection.request({ ':path': '/events', cookie })
    await once(stream, 'data')
    const closed = new Promise<number>((resolve) =>
      stream.once('close', () => resolve(stream.rstCode ?? 0)),
    )
    stream.on('error', () => {})
    await world.plane.remove('session', session)
    await world.settle()
    assert.notEqual(await closed, constants.NGHTTP2_NO_ERROR)
    const other = await answerTo(connection.request({ ':path': '/short', cookie }))
    assert.equal(other.headers[':status'], 401)
  })

  const refused: Readonly<Record<string, readonly [OutgoingHttpHeaders, number]>> = {
    'that names another host than its connection': [{ ':authority': 'wiki.localhost' }, 421],
    'with a host that differs from its authority': [
      { ':authority': 'open.localhost', host: 'wiki.localhost' },
      400,
    ],
    'with an ambiguous path': [{ ':path': '/a/%2e%2e/b' }, 400],
    'without a path': [{ ':method': 'OPTIONS', ':path': '*' }, 400],
    'of another scheme': [{ ':scheme': 'http' }, 400],
    'with TRACE': [{ ':method': 'TRACE' }, 400],
    'with a header that is an alias of one that matters': [{ x_forwarded_for: '10.0.0.1' }, 400],
    'with another expectation': [{ expect: 'the-unexpected' }, 400],
  }
  for (const [what, [headers, status]] of Object.entries(refused)) {
    it(`refuses a request ${what}`, async () => {
      const before = world.seen.length
      assert.equal((await ask(headers)).headers[':status'], status)
      assert.equal(world.seen.length, before)
    })
  }

  it('opens no tunnel for CONNECT', async () => {
    const stream = dial().request({ ':method': 'CONNECT', ':authority': 'open.localhost:22' })
    stream.end()
    assert.equal((await answerTo(stream)).headers[':status'], 400)
  })

  it('offers no WebSocket over HTTP/2', async () => {
    const session = dial()
    await once(session, 'remoteSettings')
    assert.equal(session.remoteSettings.enableConnectProtocol, false)
  })

  it('refuses a header list that is too large without asking the application', async () => {
    const before = world.seen.length
    const many = Array.from({ length: 400 }, (_, index) => [`x-${index}`, 'v'])
    await assert.rejects(ask(Object.fromEntries(many)), /ENHANCE_YOUR_CALM/)
    const large = await ask({ 'x-large': 'v'.repeat(20_000) })
    assert.equal(large.headers[':status'], 431)
    assert.match(large.text, /request\.headers_too_large/)
    assert.equal(world.seen.length, before)
    assert.equal((await ask()).headers[':status'], 200)
  })

  it('serves 10,000 streams one after another on one connection', async () => {
    const session = dial()
    let asked = 0
    const one = async (): Promise<void> => {
      while (asked < 10_000) {
        asked++
        const answer = await answerTo(session.request({ ':path': '/' }))
        assert.equal(answer.headers[':status'], 200)
      }
    }
    await Promise.all(Array.from({ length: 50 }, one))
  })

  it('serves no more streams at once than it says', async () => {
    const waiting: (() => void)[] = []
    world.handle((_, response) => void waiting.push(() => response.end('late')))
    const session = dial()
    await once(session, 'remoteSettings')
    assert.equal(session.remoteSettings.maxConcurrentStreams, http2StreamsMaxCount)
    const before = world.seen.length
    const answers = Array.from({ length: http2StreamsMaxCount * 2 }, () =>
      answerTo(session.request({ ':path': '/' })),
    )
    await until(() => waiting.length === http2StreamsMaxCount)
    await stable(() => waiting.length)
    assert.equal(world.seen.length - before, http2StreamsMaxCount)
    world.handle((_, response) => response.end('at once'))
    for (const go of waiting) go()
    await Promise.all(answers)
  })

  it('ends a connection that takes back its requests as fast as it makes them', async () => {
    const session = dial()
    await once(session, 'remoteSettings')
    const before = world.seen.length
    let made = 0
    while (!session.destroyed && !session.closed && made < 20_000) {
      const streams = Array.from({ length: 50 }, () => session.request({ ':path': '/' }))
      for (const stream of streams) stream.on('error', () => {})
      await new Promise(setImmediate)
      for (const stream of streams) stream.close(constants.NGHTTP2_CANCEL)
      made += streams.length
      await new Promise(setImmediate)
    }
    assert.ok(session.destroyed || session.closed, `${made} were taken back`)
    assert.ok(world.seen.length - before < 2_000)
    assert.equal((await ask()).headers[':status'], 200)
  })

  it('lets requests in progress finish when it stops, and takes no more on the connection', async () => {
    let finish = (): void => {}
    const arrived = new Promise<void>((resolve) => {
      world.handle((_, response) => {
        finish = () => response.end('finished')
        resolve()
      })
    })
    const session = dial()
    const answer = answerTo(session.request({ ':path': '/' }))
    await arrived
    const goaway = once(session, 'goaway')
    const stopped = world.stopGateway()
    await goaway
    finish()
    assert.equal((await answer).text, 'finished')
    await stopped
    await world.startGateway()
  })
})

interface Answer {
  readonly headers: IncomingHttpHeaders & IncomingHttpStatusHeader
  readonly text: string
  readonly code: number
}

/** Rejects where the stream ends without an answer. */
function answerTo(stream: ClientHttp2Stream): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let headers: Answer['headers'] | undefined
    let text = ''
    let fault: Error | undefined
    stream.on('response', (them) => (headers = them))
    stream.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
    stream.on('error', (error) => (fault = error))
    stream.on('close', () => {
      if (headers) resolve({ headers, text, code: stream.rstCode ?? 0 })
      else reject(fault ?? new Error(`the stream ended with code ${stream.rstCode}`))
    })
  })
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** The value once it has not changed for a while. */
async function stable(value: () => number): Promise<number> {
  for (;;) {
    const before = value()
    await new Promise((resolve) => setTimeout(resolve, 150))
    if (value() === before) return before
  }
}
