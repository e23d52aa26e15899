// Long and large exchanges over HTTP/1.1: what is behind a body, and bodies that no memory holds.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, afterEach, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { World } from '#world.fake'
import { passedTrailers } from './trailers.ts'

const mebibyte = 1024 * 1024

describe('an exchange over HTTP/1.1', () => {
  let world: World
  before(async () => {
    world = await World.begin()
  })
  after(() => world.end())
  afterEach(() => world.handle((_, response) => response.end('hello')))

  it('passes trailers to a client that understands them, and only what may be said late', async () => {
    world.handle((_, response) => {
      response.writeHead(200, { trailer: 'x-sum' })
      response.write('body')
      response.addTrailers({ 'x-sum': '42', 'set-cookie': 'late=1' })
      response.end()
    })
    const ask = (headers: string): Promise<string> =>
      world.exchange(
        `GET / HTTP/1.1\r\nHost: open.localhost\r\nConnection: close\r\n${headers}\r\n`,
      )
    assert.match(await ask('TE: trailers\r\n'), /\r\n0\r\nx-sum: 42\r\n\r\n$/)
    assert.match(await ask(''), /\r\n0\r\n\r\n$/)
    assert.match(await ask('TE: gzip;q=0.5\r\n'), /\r\n0\r\n\r\n$/)
  })

  it('carries an upload of hundreds of megabytes in bounded memory', async () => {
    let taken = 0
    world.handle((request, response) => {
      request.on('data', (chunk: Buffer) => (taken += chunk.length))
      request.on('end', () => response.end('thanks'))
    })
    const total = 400
    const socket = await world.dial()
    socket.write(
      `POST / HTTP/1.1\r\nHost: open.localhost\r\nConnection: close\r\nContent-Length: ${total * mebibyte}\r\n\r\n`,
    )
    const chunk = Buffer.alloc(mebibyte)
    let most = 0
    const begun = process.memoryUsage().rss
    for (let sent = 0; sent < total; sent++) {
      if (!socket.write(chunk)) await once(socket, 'drain')
      most = Math.max(most, process.memoryUsage().rss - begun)
    }
    let answer = ''
    for await (const part of socket as AsyncIterable<Buffer>) answer += part.toString('latin1')
    assert.match(answer, /thanks$/)
    assert.equal(taken, total * mebibyte)
    assert.ok(most < 150 * mebibyte, `memory grew by ${Math.round(most / mebibyte)} MiB`)
  })
})

describe('trailers', () => {
  for (const name of [
    'Set-Cookie',
    'content-type',
    'Content-Security-Policy',
    'transfer-encoding',
    'connection',
    'countersign-decision',
    'access-control-allow-origin',
    'location',
    'www-authenticate',
  ]) {
    it(`never say \`${name}\``, () => {
      assert.deepEqual(passedTrailers({ [name]: 'x' }), [])
    })
  }

  it('pass as they are otherwise, in their order', () => {
    assert.deepEqual(passedTrailers({ 'grpc-status': '0', 'x-sum': ['1', '2'], none: undefined }), [
      ['grpc-status', '0'],
      ['x-sum', '1'],
      ['x-sum', '2'],
    ])
  })

  it('never grow', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), (trailers) => {
        return passedTrailers(trailers).length <= Object.keys(trailers).length
      }),
    )
  })
})
