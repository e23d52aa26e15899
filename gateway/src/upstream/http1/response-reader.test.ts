// Answers in whatever pieces they come: the same answer whole and in any pieces, the same as Node's
// own parser understands, and nothing where that parser refuses.
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { Duplex } from 'node:stream'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { NotHttp } from './not-http.ts'
import { ResponseReader } from './response-reader.ts'

interface Understood {
  readonly status: number
  readonly headers: readonly string[]
  readonly body: string
  readonly trailers: readonly string[]
}

type Read = Understood | 'refused' | 'part'

const headMaxBytes = 1_024

interface Passage {
  readonly read: Read
  /** Whether something came behind a whole answer. */
  readonly hasSurplus: boolean
}

/** What the reader makes of pieces on one connection that then ends. */
function passage(pieces: readonly Buffer[], method: string): Passage {
  let head: Pick<Understood, 'status' | 'headers'> | undefined
  let body = ''
  let whole: Understood | undefined
  const reader = new ResponseReader(
    {
      onHead: (status, headers) => (head = { status, headers }),
      onData: (chunk) => (body += chunk.toString('latin1')),
      onEnd: (trailers) => {
        if (head) whole = { ...head, body, trailers }
      },
    },
    { headMaxBytes },
  )
  reader.expect(method)
  try {
    for (const piece of pieces) {
      if (!reader.take(piece)) return { read: whole ?? 'refused', hasSurplus: true }
    }
  } catch (error) {
    if (error instanceof NotHttp) return { read: whole ?? 'refused', hasSurplus: false }
    throw error
  }
  reader.end()
  return { read: whole ?? 'part', hasSurplus: false }
}

function read(pieces: readonly Buffer[], method = 'GET'): Read {
  return passage(pieces, method).read
}

/** What Node's own client makes of the same bytes. */
function readByNode(bytes: Buffer, method = 'GET'): Promise<Read> {
  return new Promise((resolve) => {
    const connection = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
    let response: Understood | undefined
    const asking = request({ method, createConnection: () => connection })
    asking.on('error', () => resolve('refused'))
    asking.on('upgrade', () => resolve('refused'))
    asking.on('response', (answer) => {
      let body = ''
      answer.setEncoding('latin1').on('data', (chunk: string) => (body += chunk))
      answer.on('error', () => resolve('refused'))
      answer.on('end', () => {
        const { statusCode = 0, rawHeaders, rawTrailers, complete } = answer
        response = { status: statusCode, headers: rawHeaders, body, trailers: rawTrailers }
        resolve(complete ? response : 'refused')
      })
    })
    asking.end()
    setImmediate(() => {
      connection.push(bytes)
      connection.push(null)
    })
  })
}

const crlf = '\r\n'
const name = fc.constantFrom('x', 'content-type', 'Set-Cookie', 'ETag', 'connection', 'x-a.b_c')
const value = fc.constantFrom('', 'a', 'text/html; q="1"', '\xe9\xff', 'a, b', 'close', '\tx ')
const field = fc.tuple(name, value).map(([left, right]) => `${left}: ${right}${crlf}`)
const fields = fc.array(field, { maxLength: 4 }).map((lines) => lines.join(''))
const bodyText = fc.string({
  maxLength: 40,
  unit: fc.constantFrom('a', 'b', '\r', '\n', '0', '\xff'),
})
const chunks = fc
  .array(
    bodyText.filter((text) => text !== ''),
    { maxLength: 4 },
  )
  .map((parts) => parts.map((it) => `${it.length.toString(16)}${crlf}${it}${crlf}`).join(''))
const status = fc.constantFrom('200 OK', '404', '500 \xe9', '206 ', '304 Not Modified', '204 No')
const framed = fc.oneof(
  bodyText.map((it) => `Content-Length: ${it.length}${crlf}${crlf}${it}`),
  fc.tuple(chunks, fields).map(([all, last]) => {
    return `Transfer-Encoding: chunked${crlf}${crlf}${all}0${crlf}${last}${crlf}`
  }),
  bodyText.map((it) => crlf + it),
)
const interim = fc.constantFrom('', '', '', `HTTP/1.1 103 Early${crlf}link: </a>${crlf}${crlf}`)
const answer = fc
  .tuple(interim, status, fields, framed)
  .map(([before, line, head, rest]) => `${before}HTTP/1.1 ${line}${crlf}${head}${rest}`)

/** Damage that could make two readers differ. */
const damage = fc.constantFrom(
  '\r',
  '\n',
  '\r\n',
  ' ',
  '\t',
  '\0',
  ':',
  ';',
  '0',
  '-1',
  '+',
  ',',
  '\x0b',
  '\x7f',
  '_',
  'Content-Length: 3\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding: x, chunked\r\n',

  ' \r\n',
  'HTTP/1.0',
  'HTTP/1.1 100 Continue\r\n\r\n',
  'fffffffffffffffff',
  '0x2',
  '\r\n\r\n',
  ';a',
  ';a=b',
  ';a="b',
  '"',
)
const damaged = fc
  .tuple(answer, fc.array(fc.tuple(fc.nat(), fc.nat(4), damage), { minLength: 1, maxLength: 3 }))
  .map(([text, changes]) =>
    changes.reduce((it, [place, gone, put]) => {
      const at = place % (it.length + 1)
      return it.slice(0, at) + put + it.slice(at + gone)
    }, text),
  )

const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1')

describe('an answer', () => {
  it('is the same in two pieces, wherever it is cut, and byte by byte', () => {
    fc.assert(
      fc.property(fc.oneof(answer, damaged), fc.constantFrom('GET', 'HEAD'), (text, method) => {
        const bytes = bytesOf(text)
        const whole = read([bytes], method)
        for (let at = 1; at < bytes.length; at++) {
          assert.deepEqual(read([bytes.subarray(0, at), bytes.subarray(at)], method), whole)
        }
        const single = [...bytes].map((byte) => Buffer.of(byte))
        assert.deepEqual(read(single, method), whole)
      }),
      { numRuns: 300 },
    )
  })

  it('is what Node understands', async () => {
    await fc.assert(
      fc.asyncProperty(answer, fc.constantFrom('GET', 'HEAD'), async (text, method) => {
        const { read: ours, hasSurplus } = passage([bytesOf(text)], method)
        // Node refuses a whole answer for what follows it; here that ends the connection afterwards.
        if (!hasSurplus) assert.deepEqual(ours, await readByNode(bytesOf(text), method))
      }),
      { numRuns: 500 },
    )
  })

  it('is never understood in another way than Node does', async () => {
    await fc.assert(
      fc.asyncProperty(damaged, fc.constantFrom('GET', 'HEAD'), async (text, method) => {
        const { read: ours, hasSurplus } = passage([bytesOf(text)], method)
        if (typeof ours === 'string') return
        const theirs = await readByNode(bytesOf(text), method)
        if (!hasSurplus || theirs !== 'refused') assert.deepEqual(ours, theirs)
      }),
      { numRuns: 2_000 },
    )
  })
})

const ok = 'HTTP/1.1 200 OK\r\n'
const refused: Readonly<Record<string, string>> = {
  'with a coding and a tab behind it': `${ok}transfer-encoding: chunked\t\r\n\r\n0\r\n\r\n`,
  'of HTTP/1.0 that is only interim': `HTTP/1.0 103 Early\r\n\r\n${ok}content-length: 0\r\n\r\n`,
  'with two lengths': `${ok}content-length: 1\r\ncontent-length: 1\r\n\r\na`,
  'with a list of lengths': `${ok}content-length: 1, 1\r\n\r\na`,
  'with a signed length': `${ok}content-length: +1\r\n\r\na`,
  'with a length that no number holds': `${ok}content-length: 9007199254740993\r\n\r\na`,
  'with a length and chunks': `${ok}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
  'with two codings': `${ok}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
  'with a coding twice': `${ok}transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
  'with another coding': `${ok}transfer-encoding: identity\r\n\r\na`,
  'of HTTP/1.0 with chunks': 'HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
  'with a blank before the colon': `${ok}x : a\r\n\r\n`,
  'with a folded line': `${ok}x: a\r\n b\r\n\r\n`,
  'with a line that ends without CR': `${ok}x: a\n\r\n`,
  'with a CR within a line': `${ok}x: a\rb\r\n\r\n`,
  'with a NUL': `${ok}x: a\0b\r\n\r\n`,
  'with a header without a name': `${ok}: a\r\n\r\n`,
  'with a header without a colon': `${ok}x\r\n\r\n`,
  'that switches protocols': 'HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n',
  'of HTTP/2': 'HTTP/2 200 OK\r\n\r\n',
  'of HTTP/1.2': 'HTTP/1.2 200 OK\r\n\r\n',
  'with a status of four digits': 'HTTP/1.1 2000 OK\r\n\r\n',
  'behind an empty line': `\r\n${ok}\r\n`,
  'with headers beyond the bound': `${ok}x: ${'a'.repeat(headMaxBytes)}\r\n\r\n`,
  'with headers beyond the bound that never end': `${ok}x: ${'a'.repeat(headMaxBytes)}`,
  'with trailers beyond the bound': `${ok}transfer-encoding: chunked\r\n\r\n0\r\nx: ${'a'.repeat(headMaxBytes)}`,
  'with a chunk without a size': `${ok}transfer-encoding: chunked\r\n\r\n\r\n`,
  'with a chunk of a size below zero': `${ok}transfer-encoding: chunked\r\n\r\n-1\r\n`,
  'with a chunk of a size in no other base': `${ok}transfer-encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n`,
  'with a blank behind the size of a chunk': `${ok}transfer-encoding: chunked\r\n\r\n1 \r\na\r\n0\r\n\r\n`,
  'with a chunk longer than it says': `${ok}transfer-encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n`,
  'with a length behind the body': `${ok}transfer-encoding: chunked\r\n\r\n0\r\ncontent-length: 3\r\n\r\n`,
  'with an extension of a chunk that has no name': `${ok}transfer-encoding: chunked\r\n\r\n0;\r\n\r\n`,
  'with an extension of a chunk that never ends': `${ok}transfer-encoding: chunked\r\n\r\n1;${'a'.repeat(2_000)}`,
}

describe('an answer is refused', () => {
  for (const [what, text] of Object.entries(refused)) {
    it(what, () => {
      assert.equal(read([bytesOf(text)]), 'refused')
      assert.equal(read([...bytesOf(text)].map((byte) => Buffer.of(byte))), 'refused')
    })
  }
})

describe('an answer is not whole', () => {
  for (const text of [
    '',
    'HTTP/1.1 200',
    `${ok}x: a\r\n`,
    `${ok}content-length: 2\r\n\r\na`,
    `${ok}transfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n`,
    'HTTP/1.1 103 Early\r\n\r\n',
  ]) {
    it(`that ends behind ${JSON.stringify(text)}`, () =>
      assert.equal(read([bytesOf(text)]), 'part'))
  }
})
