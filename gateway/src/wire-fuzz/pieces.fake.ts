// The parts of a request: each is mostly right, and sometimes written in one of the ways in which
// readers of HTTP have disagreed.
import fc from 'fast-check'

/** Mostly `usual`, sometimes one of the others. */
function mostly(usual: string, ...others: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 25, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  )
}

const within = 'GET /within HTTP/1.1\r\nHost: open.localhost\r\n\r\n'

export const method = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.constantFrom('GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'get',
      'G\tET',
      'GE T',
      '\0GET',
      'PRI',
      'CONNECT',
      'TRACE',
      'QUERY',
      'SOURCE',
      'M-SEARCH',
      'GET\r',
      ' GET',
      '',
    ),
  },
)
export const space = mostly(' ', '  ', '\t', ' \t', '\x0b', '\x0c', '\r', '\xa0', '')
export const lineEnd = mostly(
  '\r\n',
  '\n',
  '\r',
  '\r\r\n',
  '\n\r',
  '\r\n\r\n',
  '\r\n ',
  ' \r\n',
  '\0\r\n',
)
export const version = mostly(
  'HTTP/1.1',
  'HTTP/1.0',
  'HTTP/1.2',
  'HTTP/2.0',
  'HTTP/0.9',
  'HTTP/11',
  'HTTP/1.1.1',
  'http/1.1',
  'HTTP/1.1 ',
  'RTSP/1.1',
  'ICE/1.0',
  '',
)
export const before = mostly('', '\r\n', '\r\n\r\n', '\n', '\r', ' ', '\t', '\0')

export function targetOf(index: number): fc.Arbitrary<string> {
  return mostly(
    `/r${index}`,
    `/r${index}?a=b&c=%0d%0a`,
    `http://open.localhost/r${index}`,
    `HTTP://OPEN.localhost/r${index}?x`,
    `http://open.localhost`,
    `http://payroll.localhost/r${index}`,
    `http://open.localhost:80/r${index}`,
    `//open.localhost/r${index}`,
    `/r${index}/../x`,
    `/r${index}//x`,
    `/r${index};x`,
    `/r${index}#x`,
    `/r${index}%2fx`,
    `/r${index}%00`,
    `/%72${index}`,
    `/r${index}\x80`,
    `/r${index}\t`,
    `/r${index} HTTP/1.1`,
    '*',
    'open.localhost:80',
    '',
    'r',
    '?',
    '/é',
    `/r${index}\x7f`,
    '/"<>',
    '/%',
    `/${'a'.repeat(9_000)}`,
  )
}

export const host = fc.oneof(
  { weight: 20, arbitrary: fc.constant('Host: open.localhost') },
  { weight: 2, arbitrary: fc.constant('Host: payroll.localhost') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'Host: nobody.localhost',
      'Host: open.localhost\r\nHost: payroll.localhost',
      'host:open.localhost',
      'Host: OPEN.localhost',
      'Host : open.localhost',
      'Host: open.localhost\r\n ',
      ' Host: open.localhost',
      'Host: open.localhost, x',
      'Host:',
      'X-Host: x',
      'Host: open.localhost\x0b',
      'Host: open.localhost:80',
      'H\0ost: open.localhost',
      'Host: open.localhost#@payroll.localhost',
    ),
  },
)

/** The secret of the proxies in these streams. */
export const proxySecret = 'a-secret-for-tests-0123456789-abcdef'

/** Headers that a proxy sets, some of them wrong, and what its client adds in the hope to be taken for it. */
function toldBy(lines: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(
      fc.constant([`Countersign-Proxy-Secret: ${proxySecret}`, ...lines]),
      mostly(
        '',
        'Countersign-Original-Target: /other',
        'countersign-original-method:PUT',
        'Countersign_Original_Target: /other',
        'X-Forwarded-Uri: /other',
        'X-Forwarded-Method: PUT',
        'Countersign-Proxy-Secret: other',
        'Countersign-Verdict: allow',
        'Connection: countersign-proxy-secret',
        'Connection: Countersign-Original-Target, close',
        'Connection: Upgrade\r\nUpgrade: h2c',
      ),
      mostly('', '0', '1', '2', '3', '4'),
    )
    .map(([set, added, missing]) =>
      [
        'Host: open.localhost',
        ...set.filter((_, index) => String(index) !== missing),
        ...(added === '' ? [] : [added]),
      ].join('\r\n'),
    )
}

/** The parts of a question of one proxy. */
export function questionOf(index: number): {
  readonly method: fc.Arbitrary<string>
  readonly target: fc.Arbitrary<string>
  readonly host: fc.Arbitrary<string>
} {
  const route = mostly('open', 'payroll', 'nobody', '', 'op%65n', 'open/../payroll')
  if (index % 2 === 0) {
    return {
      method,
      target: route.map((id) => `/check/haproxy/${id}`),
      host: toldBy([
        'Countersign-Original-Method: GET',
        `Countersign-Original-Target: /r${index}?a=b`,
        'Countersign-Original-Authority: open.localhost',
        'Countersign-Original-Address: 10.0.0.1',
      ]),
    }
  }
  return {
    method,
    target: fc
      .tuple(route, targetOf(index))
      .map(([id, target]) => `/check/envoy/${id}${target.startsWith('/') ? target : ''}`),
    host: toldBy(['Countersign-Original-Address: 10.0.0.1']),
  }
}

export const plainHeader = fc.constantFrom(
  'X-One: 1',
  'Accept: */*',
  'x-two:\t2\t',
  'X-Empty:',
  'Cookie: a=b; c=d',
  'Connection: keep-alive',
  'TE: trailers',
  'X-Obs: \xe9\xff',
)
const oddHeader = fc.constantFrom(
  'Connection: close',
  'Connection: close, keep-alive',
  'Connection: Content-Length, Host',
  'Connection: Transfer-Encoding',
  'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk',
  'Upgrade: websocket',
  'Proxy-Connection: close',
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Expect: 100-continue',
  'Expect: 100-Continue',
  'Expect: 200-ok',
  'X: a\r\n b',
  'X: a\r\n\tb',
  'X: a\n b',
  'X: a\rY: b',
  'X: a\nY: b',
  'X: a\0b',
  'X: a\x01',
  'X\x80: a',
  'X Y: a',
  'X\tY: a',
  ': a',
  'X',
  'X;: a',
  '"X": a',
  'X\r: a',
  'X: a\x7f',
  '(x): a',
  'content_length: 5',
  'Transfer_Encoding: chunked',
  'x.forwarded.for: 1',
  'X-HTTP-Method-Override: DELETE',
  'X-Original-URL: /admin',
  'Keep-Alive: timeout=1',
  'Trailer: Content-Length',
  'Content-Encoding: gzip',
  `X: ${'a'.repeat(17_000)}`,
  'Range: bytes=0-1',
  'Max-Forwards: 0',
)
export const headers = fc.oneof(
  { weight: 6, arbitrary: fc.array(plainHeader, { maxLength: 3 }) },
  {
    weight: 1,
    arbitrary: fc.array(fc.oneof(plainHeader, oddHeader), { minLength: 1, maxLength: 3 }),
  },
)

export const content = fc.constantFrom(
  '',
  'a',
  'hello',
  '0\r\n\r\n',
  within,
  '\r\n',
  '\0\xff',
  'x'.repeat(300),
)

/** A framing: the header lines that announce a body, and the bytes that follow the head. */
export interface Framed {
  readonly lines: readonly string[]
  readonly bytes: string
}

const byLength: fc.Arbitrary<Framed> = fc
  .tuple(
    content,
    mostly(
      'Content-Length: ',
      'content-length:',
      'Content-Length : ',
      'Content-Length:\t',
      'Content-Length\0: ',
      ' Content-Length: ',
      'Content-Length: +',
      'Content-Length: 0',
      'Content-Length: 0x',
      'Content-Length: -',
    ),
    mostly(
      '',
      ' ',
      '\t',
      ', 5',
      ',',
      ';',
      '.0',
      'e0',
      '\x0b',
      '\r\nContent-Length: 5',
      '\r\nContent-Length: 0',
      '\r\nTransfer-Encoding: chunked',
      '\r\nTransfer-Encoding: identity',
      '\n 5',
    ),
  )
  .map(([bytes, name, behind]) => ({ lines: [`${name}${bytes.length}${behind}`], bytes }))

const size = fc.tuple(
  mostly('', '0', '00', '0x', '+', '-', ' ', '\t', '"', '_', 'g', '1000000000000000'),
  mostly(
    '',
    ';a',
    ';a=b',
    ';a="b c"',
    ' ;a',
    '\t',
    ' ',
    ';',
    ';a="b\r\nc"',
    ';a=\n',
    ';\r',
    ';\0',
    ';a="',
    ',',
    '.0',
    'h',
    `;${'e'.repeat(200)}`,
    `;${'e'.repeat(17_000)}`,
  ),
  mostly('\r\n', '\n', '\r', '\r\r\n', ''),
)
const trailers = mostly(
  '',
  'X-T: 1\r\n',
  'Content-Length: 5\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Host: payroll.localhost\r\n',
  'X: a\r\n b\r\n',
  'X: a\n',
  'X',
  '\0: a\r\n',
  'Countersign-Assertion: x\r\n',
  `X: ${'a'.repeat(17_000)}\r\n`,
)

const byChunks: fc.Arbitrary<Framed> = fc
  .tuple(
    fc.array(
      fc.tuple(
        content.filter((text) => text !== ''),
        size,
        mostly('\r\n', '\n', '\r', '', 'x', '\r\nx', '\n\r\n'),
      ),
      { maxLength: 3 },
    ),
    mostly('0', '00', '0;a=b', '000000000', '-0', '0x0', '', '0 ', ' 0', '0\n'),
    mostly('\r\n', '\n', '\r', '\r\r\n'),
    trailers,
    mostly('\r\n', '\n', '', '\r', '\r\n\r\n'),
    mostly(
      'Transfer-Encoding: chunked',
      'transfer-encoding:chunked',
      'Transfer-Encoding: Chunked',
      'Transfer-Encoding: CHUNKED ',
      'Transfer-Encoding:\tchunked\t',
      'Transfer-Encoding : chunked',
      'Transfer-Encoding: chunked, chunked',
      'Transfer-Encoding: gzip, chunked',
      'Transfer-Encoding: chunked, identity',
      'Transfer-Encoding: identity',
      'Transfer-Encoding: xchunked',
      'Transfer-Encoding: chunked;q=1',
      'Transfer-Encoding: "chunked"',
      'Transfer-Encoding: chunked\x0b',
      'Transfer-Encoding: \x0bchunked',
      'Transfer-Encoding:\r\n chunked',
      'Transfer-Encoding: chunked\r\nTransfer-Encoding: x',
      'Transfer-Encoding: x\r\nTransfer-Encoding: chunked',
      'Transfer-Encoding: chunked\r\nContent-Length: 5',
      'Content-Length: 5\r\nTransfer-Encoding: chunked',
      'Transfer-Encoding: chunked\r\nContent-Length:',
      'Transfer\x80-Encoding: chunked',
      'Transfer-Encoding: chunked\0',
      'Transfer-Encoding: ,chunked',
      'Transfer-Encoding: chunked,',
      'Transfer-Encoding:',
    ),
  )
  .map(([chunks, last, lastEnd, behind, end, line]) => ({
    lines: [line],
    bytes: `${chunks.map(([bytes, [zeroes, extension, sizeEnd], chunkEnd]) => `${zeroes}${bytes.length.toString(16)}${extension}${sizeEnd}${bytes}${chunkEnd}`).join('')}${last}${lastEnd}${behind}${end}`,
  }))

export const bodiless = fc.constant<Framed>({ lines: [], bytes: '' })
export const framed = fc.oneof(bodiless, byLength, byChunks)
