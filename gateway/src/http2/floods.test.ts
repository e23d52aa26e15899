// HTTP/2 spoken byte by byte, as no client that means well speaks it: every flood ends with its
// connection, and costs the others nothing.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { dialTls, exchangeTls, FakeAuthority, get, writePair } from '#tls/authority.fake'
import { World } from '#world.fake'

const mebibyte = 1024 * 1024
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

/** RFC 9113 §6. */
const type = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, window: 8, continuation: 9 }
const endStream = 0x1
const endHeaders = 0x4

function frame(kind: number, flags: number, stream: number, payload = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(kind, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

// HPACK (RFC 7541): the static table says `GET`, `https` and `/`; the name follows as it is.
const request = Buffer.concat([
  Buffer.from([0x82, 0x87, 0x84, 0x41, 'open.localhost'.length]),
  Buffer.from('open.localhost'),
])
/** A header that is not put into the table: `x-n: v`. */
const header = Buffer.from([0x00, 3, ...Buffer.from('x-n'), 1, ...Buffer.from('v')])

describe('a connection over HTTP/2', () => {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-floods-'))
  let authority: FakeAuthority
  let world: World
  before(async () => {
    authority = await FakeAuthority.begin()
    const files = writePair(directory, await authority.leaf({ hosts: ['open.localhost'] }))
    world = await World.begin({
      environment: {
        COUNTERSIGN_GATEWAY_TLS: 'files',
        COUNTERSIGN_GATEWAY_TLS_CERTIFICATE: files.certificate,
        COUNTERSIGN_GATEWAY_TLS_KEY: files.key,
      },
    })
  })
  after(async () => {
    await world.end()
    rmSync(directory, { recursive: true })
  })

  const open = async (): Promise<TLSSocket> => {
    const socket = await dialTls(world.port, 'open.localhost', {
      ca: authority.certificate,
      ALPNProtocols: ['h2'],
    })
    socket.on('error', () => {}).setMaxListeners(0)
    socket.write(Buffer.concat([preface, frame(type.settings, 0, 0)]))
    return socket
  }

  const floods: Readonly<Record<string, (index: number) => Buffer>> = {
    'of settings': () => frame(type.settings, 0, 0, Buffer.from([0, 4, 0, 1, 0, 0])),
    'of pings': () => frame(type.ping, 0, 0, Buffer.alloc(8)),
    'of requests that it takes back at once': (index) =>
      Buffer.concat([
        frame(type.headers, endHeaders | endStream, index * 2 + 1, request),
        frame(type.reset, 0, index * 2 + 1, Buffer.from([0, 0, 0, 8])),
      ]),
    'of headers that never end': (index) =>
      index === 0
        ? frame(type.headers, endStream, 1, request)
        : frame(type.continuation, 0, 1, header),
    'of requests with bodies that are not asked for': (index) =>
      frame(type.data, 0, index * 2 + 1, Buffer.from('x')),
    'of requests that say what RFC 9113 forbids': (index) =>
      frame(
        type.headers,
        endHeaders | endStream,
        index * 2 + 1,
        Buffer.concat([
          request,
          Buffer.from([0x00, 10, ...Buffer.from('connection'), 1, ...Buffer.from('x')]),
        ]),
      ),
  }
  for (const [what, make] of Object.entries(floods)) {
    it(`ends with a flood ${what}, in bounded memory`, async () => {
      const before = world.seen.length
      const memory = process.memoryUsage().rss
      const socket = await open()
      // What comes back is not read, so that it would have to be kept.
      socket.pause()
      let sent = 0
      while (!socket.destroyed && socket.writable && sent < 200_000) {
        const part: Buffer[] = []
        for (let index = 0; index < 500; index++) part.push(make(sent++))
        await new Promise<void>((resolve) => {
          socket.once('close', () => resolve())
          socket.write(Buffer.concat(part), () => resolve())
        })
        if (sent % 20_000 === 0) socket.resume()
      }
      assert.ok(sent < 200_000, 'the flood went on and on')
      socket.destroy()
      assert.ok(world.seen.length - before < 2_000)
      assert.ok(process.memoryUsage().rss - memory < 300 * mebibyte)
      const answer = await exchangeTls(world.port, 'open.localhost', get('open.localhost'), {
        ca: authority.certificate,
      })
      assert.match(answer, /^HTTP\/1\.1 200 /)
    })
  }

  it('is not made by words that HTTP/1.1 would understand', async () => {
    const answer = await exchangeTls(
      world.port,
      'open.localhost',
      get('open.localhost', '/', 'Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n'),
      { ca: authority.certificate },
    )
    assert.match(answer, /^HTTP\/1\.1 200 /)
    assert.doesNotMatch(answer, /^HTTP\/1\.1 101 /)
    const preludes = await exchangeTls(world.port, 'open.localhost', preface.toString(), {
      ca: authority.certificate,
    })
    assert.match(preludes, /^HTTP\/1\.1 400 /)
  })
})
