// What a client says behind its body reaches the application, unless it could be taken there for
// something that had to be said, and decided about, before.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { claimedHeaders } from '@countersign/contract/claimed-headers'
import fc from 'fast-check'
import { dialHttp2, FakeAuthority, writePair } from '#tls/authority.fake'
import { removedFromRequests } from '#wire/headers'
import { application, World } from '#world.fake'
import { passedRequestTrailers } from './trailers.ts'

const rules = { connection: undefined, isIdentity: (name: string) => name === 'x-company-user' }

describe('the trailers of a request', () => {
  const spellings = (name: string): string[] => [
    name,
    name.toUpperCase(),
    name.replaceAll('-', '_'),
    name.replaceAll('-', '.'),
  ]
  const never = [
    ...claimedHeaders.flatMap(({ known = [] }) => known),
    ...removedFromRequests.map(({ name }) => name.replace('*', 'x')),
    'content-length',
    'content-type',
    'authorization',
    'if-none-match',
    'range',
    'origin',
    'sec-fetch-site',
    'x-company-user',
    ':path',
  ]

  it('never are what frames, routes, authenticates or claims, in no spelling', () => {
    for (const name of never.flatMap(spellings)) {
      const passed = passedRequestTrailers([name, 'x'], rules)
      assert.deepEqual(passed, [], name)
    }
  })

  it('pass as they are otherwise, in their order, unless they are for one hop alone', () => {
    const raw = ['X-Sum', '1', 'x-sum', '2', 'Digest', 'sha-256=x', 'X-Hop', '3']
    assert.deepEqual(passedRequestTrailers(raw, rules), raw)
    assert.deepEqual(
      passedRequestTrailers(raw, { ...rules, connection: 'close, x-hop' }),
      raw.slice(0, 6),
    )
  })

  it('pass all or not at all where they are more than the bounds say', () => {
    const some = (count: number): string[] =>
      Array.from({ length: count }, (_, index) => [`x-${index}`, 'v']).flat()
    assert.equal(passedRequestTrailers(some(32), rules).length, 64)
    assert.deepEqual(passedRequestTrailers(some(33), rules), [])
    assert.deepEqual(passedRequestTrailers(['x-long', 'v'.repeat(4_096)], rules), [])
  })

  it('are never more than were sent, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fc.string())), (pairs) => {
        const raw = pairs.flat()
        const passed = passedRequestTrailers(raw, rules)
        return passed.length <= raw.length && passed.every((part) => raw.includes(part))
      }),
    )
  })
})

describe('an application behind a gateway', () => {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-trailers-'))
  const received: { readonly body: string; readonly trailers: readonly string[] }[] = []
  const read = (request: IncomingMessage): Promise<void> =>
    new Promise((resolve) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        received.push({ body, trailers: request.rawTrailers })
        resolve()
      })
    })
  const begin = async (environment: Readonly<Record<string, string>> = {}): Promise<World> => {
    received.length = 0
    const world = await World.begin({ environment })
    world.handle((request, response) => void read(request).then(() => response.end('ok')))
    await world.plane.put(
      application('open', world.upstream, {
        upstreamIdentity: { headers: { user: 'x-company-user' } },
      }),
    )
    await world.settle()
    return world
  }
  let authority: FakeAuthority
  before(async () => {
    authority = await FakeAuthority.begin()
  })
  after(() => rmSync(directory, { recursive: true }))

  it('hears behind a chunked body what the client said there', async (t) => {
    const world = await begin()
    t.after(() => world.end())
    const lines = [
      'POST / HTTP/1.1',
      'Host: open.localhost',
      'Connection: close',
      'Transfer-Encoding: chunked',
      'Trailer: X-Sum',
      '',
      '2',
      'ab',
      '0',
      'X-Sum: 42',
      'Countersign-Assertion: forged',
      'X_Forwarded_For: 6.6.6.6',
      'X-Company-User: root',
      'Authorization: Basic forged',
      '\r\n',
    ]
    assert.match(await world.exchange(lines.join('\r\n')), /^HTTP\/1\.1 200 /)
    assert.deepEqual(received, [{ body: 'ab', trailers: ['X-Sum', '42'] }])
  })

  it('hears them likewise from a client that speaks HTTP/2', async (t) => {
    const { certificate, key } = writePair(
      directory,
      await authority.leaf({ hosts: ['open.localhost'] }),
    )
    const world = await begin({
      COUNTERSIGN_GATEWAY_TLS: 'files',
      COUNTERSIGN_GATEWAY_TLS_CERTIFICATE: certificate,
      COUNTERSIGN_GATEWAY_TLS_KEY: key,
    })
    t.after(() => world.end())
    const session = dialHttp2(world.port, 'open.localhost', { ca: authority.certificate })
    t.after(() => session.destroy())
    const stream = session.request(
      { ':path': '/', ':method': 'POST' },
      { endStream: false, waitForTrailers: true },
    )
    stream.on('wantTrailers', () =>
      stream.sendTrailers({ 'x-sum': '42', 'x-company-user': 'root', authorization: 'Basic x' }),
    )
    stream.end('ab')
    stream.resume()
    await new Promise<void>((resolve) => stream.once('close', () => resolve()))
    assert.deepEqual(received, [{ body: 'ab', trailers: ['x-sum', '42'] }])
  })
})
