// Bytes as an attacker would send them, over a real socket, to a real gateway before a real
// application: what is refused must never reach the application.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { newToken } from './control-plane.fake.ts'
import { World } from './world.fake.ts'

const host = 'Host: open.localhost\r\n'
const end = 'Connection: close\r\n\r\n'

// Each row: what it is, the bytes, the status, and the problem where we say it.
const refused: readonly (readonly [claim: string, bytes: string, status: number, code?: string])[] =
  [
    [
      'two Host headers',
      `GET / HTTP/1.1\r\n${host}Host: wiki.localhost\r\n${end}`,
      400,
      'request.ambiguous_target',
    ],
    [
      'the same Host header twice',
      `GET / HTTP/1.1\r\n${host}${host}${end}`,
      400,
      'request.ambiguous_target',
    ],
    ['no Host header', `GET / HTTP/1.1\r\n${end}`, 400, 'request.ambiguous_target'],
    ['no Host header in HTTP/1.0', `GET / HTTP/1.0\r\n${end}`, 400, 'request.ambiguous_target'],
    ['an empty Host header', `GET / HTTP/1.1\r\nHost:\r\n${end}`, 400, 'request.ambiguous_target'],
    [
      'a Host header with a user',
      `GET / HTTP/1.1\r\nHost: a@open.localhost\r\n${end}`,
      400,
      'request.ambiguous_target',
    ],
    [
      'a Host header with a path',
      `GET / HTTP/1.1\r\nHost: open.localhost/x\r\n${end}`,
      400,
      'request.ambiguous_target',
    ],
    [
      'a Host header with two names',
      `GET / HTTP/1.1\r\nHost: open.localhost, b\r\n${end}`,
      400,
      'request.ambiguous_target',
    ],
    [
      'a Host header that ends with a dot',
      `GET / HTTP/1.1\r\nHost: open.localhost.\r\n${end}`,
      400,
      'request.ambiguous_target',
    ],
    [
      'a target that names another host',
      `GET http://wiki.localhost/ HTTP/1.1\r\n${host}${end}`,
      400,
      'request.ambiguous_target',
    ],
    [
      'a target that names a user',
      `GET http://a@open.localhost/ HTTP/1.1\r\n${host}${end}`,
      400,
      'request.ambiguous_target',
    ],
    ['a target of another scheme', `GET ftp://open.localhost/ HTTP/1.1\r\n${host}${end}`, 400],
    ['an asterisk', `OPTIONS * HTTP/1.1\r\n${host}${end}`, 400, 'request.ambiguous_target'],
    ['CONNECT', `CONNECT wiki.localhost:80 HTTP/1.1\r\n${host}${end}`, 400, 'request.malformed'],
    ['TRACE', `TRACE / HTTP/1.1\r\n${host}${end}`, 400, 'request.malformed'],
    ['dot segments', `GET /a/../b HTTP/1.1\r\n${host}${end}`, 400, 'request.ambiguous_target'],
    [
      'encoded dot segments',
      `GET /a/%2e%2e/b HTTP/1.1\r\n${host}${end}`,
      400,
      'request.ambiguous_target',
    ],
    ['an encoded slash', `GET /a%2fb HTTP/1.1\r\n${host}${end}`, 400, 'request.ambiguous_target'],
    ['a backslash', `GET /a\\b HTTP/1.1\r\n${host}${end}`, 400, 'request.ambiguous_target'],
    ['an empty segment', `GET //a HTTP/1.1\r\n${host}${end}`, 400, 'request.ambiguous_target'],
    ['a fragment', `GET /a#b HTTP/1.1\r\n${host}${end}`, 400, 'request.ambiguous_target'],
    ['an encoded fragment', `GET /a%23 HTTP/1.1\r\n${host}${end}`, 400, 'request.ambiguous_target'],
    [
      'an ambiguous path in absolute form',
      `GET http://open.localhost/a//b HTTP/1.1\r\n${host}${end}`,
      400,
      'request.ambiguous_target',
    ],
    [
      'a target that is too long',
      `GET /${'a'.repeat(9_000)} HTTP/1.1\r\n${host}${end}`,
      413,
      'request.too_large',
    ],
    [
      'a header that is another spelling of ours',
      `GET / HTTP/1.1\r\n${host}countersign_assertion: x\r\n${end}`,
      400,
      'request.ambiguous_target',
    ],
    [
      'a header that is another spelling of X-Forwarded-For',
      `GET / HTTP/1.1\r\n${host}x.forwarded.for: x\r\n${end}`,
      400,
      'request.ambiguous_target',
    ],
    [
      'two Authorization headers',
      `GET / HTTP/1.1\r\n${host}Authorization: a\r\nAuthorization: b\r\n${end}`,
      400,
      'request.ambiguous_target',
    ],
    [
      'both lengths',
      `POST / HTTP/1.1\r\n${host}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n${end}0\r\n\r\n`,
      400,
    ],
    [
      'two lengths',
      `POST / HTTP/1.1\r\n${host}Content-Length: 4\r\nContent-Length: 4\r\n${end}abcd`,
      400,
    ],
    ['a list of lengths', `POST / HTTP/1.1\r\n${host}Content-Length: 4, 4\r\n${end}abcd`, 400],
    ['a signed length', `POST / HTTP/1.1\r\n${host}Content-Length: +4\r\n${end}abcd`, 400],
    [
      'a coding besides chunked',
      `POST / HTTP/1.1\r\n${host}Transfer-Encoding: gzip, chunked\r\n${end}0\r\n\r\n`,
      400,
      'request.malformed',
    ],
    [
      'chunked before another coding',
      `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked, identity\r\n${end}0\r\n\r\n`,
      400,
    ],
    [
      'a coding that only looks like chunked',
      `POST / HTTP/1.1\r\n${host}Transfer-Encoding: xchunked\r\n${end}0\r\n\r\n`,
      400,
    ],
    [
      'a space before the colon of a coding',
      `POST / HTTP/1.1\r\n${host}Transfer-Encoding : chunked\r\n${end}0\r\n\r\n`,
      400,
    ],
    [
      'chunks in HTTP/1.0',
      `POST / HTTP/1.0\r\n${host}Transfer-Encoding: chunked\r\n${end}0\r\n\r\n`,
      400,
      'request.malformed',
    ],
    [
      'a chunk size that overflows',
      `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n${end}10000000000000000\r\n`,
      400,
    ],
    ['a line that folds', `GET / HTTP/1.1\r\n${host}X: a\r\n b\r\n${end}`, 400],
    ['line ends without CR', `GET / HTTP/1.1\n${host}${end}`, 400],
    ['a bare CR', `GET / HTTP/1.1\r\n${host}X: a\rY: b\r\n${end}`, 400],
    ['a NUL in a header', `GET / HTTP/1.1\r\n${host}X: a\0b\r\n${end}`, 400],
    ['a header without a name', `GET / HTTP/1.1\r\n${host}: x\r\n${end}`, 400],
    ['a method nobody knows', `FOO / HTTP/1.1\r\n${host}${end}`, 400],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    [
      'an expectation nobody knows',
      `POST / HTTP/1.1\r\n${host}Expect: miracles\r\n${end}`,
      400,
      'request.malformed',
    ],
    [
      'a head that is too large',
      `GET / HTTP/1.1\r\n${host}X: ${'a'.repeat(17_000)}\r\n${end}`,
      431,
    ],
    [
      'too many headers',
      `GET / HTTP/1.1\r\n${host}${'X: a\r\n'.repeat(300)}${end}`,
      431,
      'request.headers_too_large',
    ],
    ['a WebSocket by POST', upgrade('POST', ''), 400, 'request.malformed'],
    [
      'a WebSocket with a body',
      upgrade('GET', 'Content-Length: 3\r\n', 'abc'),
      400,
      'request.malformed',
    ],
    ['a WebSocket that does not wait', upgrade('GET', '', 'abc'), 400, 'request.malformed'],
    [
      'a WebSocket without a key',
      upgrade('GET', 'Sec-WebSocket-Key: \r\n').replace(/Sec-WebSocket-Key: [^\r]+\r\n/, ''),
      400,
      'request.malformed',
    ],
    [
      'a host that nobody serves',
      `GET / HTTP/1.1\r\nHost: nobody.localhost\r\n${end}`,
      421,
      'route.unknown_host',
    ],
    [
      'a host that is an address',
      `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n${end}`,
      421,
      'route.unknown_host',
    ],
    [
      'something reserved that is not there',
      `GET /.countersign/x HTTP/1.1\r\n${host}${end}`,
      404,
      'request.not_found',
    ],
    [
      'something reserved in other letters',
      `GET /.Countersign/jwks.json HTTP/1.1\r\n${host}${end}`,
      404,
      'request.not_found',
    ],
    [
      'the reserved corner itself',
      `GET /.countersign HTTP/1.1\r\n${host}${end}`,
      404,
      'request.not_found',
    ],
  ]

describe('a request with', () => {
  let world: World
  before(async () => {
    world = await World.begin()
  })
  after(() => world.end())

  for (const [claim, bytes, status, code] of refused) {
    it(`${claim} is answered ${status}${code ? ` ${code}` : ''} and reaches no application`, async () => {
      world.seen.length = 0
      const answer = await world.exchange(bytes)
      assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `))
      if (code !== undefined) assert.match(answer, new RegExp(`"code":"${code}"`))
      assert.equal(world.seen.length, 0)
    })
  }

  it('a head that is one byte at a time is understood like any other', async () => {
    const socket = await world.dial()
    for (const byte of `GET / HTTP/1.1\r\n${host}${end}`) socket.write(byte)
    const parts: Buffer[] = []
    for await (const part of socket as AsyncIterable<Buffer>) parts.push(part)
    assert.match(Buffer.concat(parts).toString(), /^HTTP\/1\.1 200 /)
  })

  it('a target in absolute form that agrees with its Host is served', async () => {
    const answer = await world.exchange(`GET http://OPEN.localhost/a?b HTTP/1.1\r\n${host}${end}`)
    assert.match(answer, /^HTTP\/1\.1 200 /)
    assert.equal(world.seen.at(-1)?.url, '/a?b')
  })

  it('an upgrade to HTTP/2 is served as the HTTP/1.1 it is, and the application never hears of it', async () => {
    const answer = await world.exchange(
      `GET / HTTP/1.1\r\n${host}Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n\r\n`,
    )
    assert.match(answer, /^HTTP\/1\.1 200 /)
    assert.equal(world.seen.at(-1)?.headers.upgrade, undefined)
    assert.equal(world.seen.at(-1)?.headers['http2-settings'], undefined)
  })

  it('the body of one request never becomes the next request', async () => {
    const inner = `GET /smuggled HTTP/1.1\r\n${host}\r\n`
    const socket = await world.dial()
    socket.write(
      `POST /a HTTP/1.1\r\n${host}Content-Length: ${inner.length}\r\n\r\n${inner}GET /b HTTP/1.1\r\n${host}${end}`,
    )
    world.seen.length = 0
    for await (const _ of socket as AsyncIterable<Buffer>);
    assert.deepEqual(
      world.seen.map(({ url }) => url),
      ['/a', '/b'],
    )
  })

  it('cookies that are malformed is a request of nobody, with an answer like any other', async () => {
    const value = newToken()
    for (const cookie of [
      '__Host-countersign',
      '__Host-countersign=%00',
      '__Host-countersign=\x7f\x80',
      `__Host-countersign=${value}; __Host-countersign=${value}`,
      `__Host-countersign=${value}`,
      ';=;=;;',
    ]) {
      const answer = await world.exchange(
        `GET / HTTP/1.1\r\nHost: wiki.localhost\r\nCookie: ${cookie}\r\n${end}`,
      )
      assert.match(answer, /^HTTP\/1\.1 (?:401|400) /, cookie)
    }
  })
})

function upgrade(method: string, headers: string, body = ''): string {
  return `${method} / HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${headers}\r\n${body}`
}
