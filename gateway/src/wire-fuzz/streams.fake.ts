// Streams of bytes as clients might send them, from well-formed to hostile: requests one behind
// another, in pieces.
import fc from 'fast-check'
import {
  before,
  bodiless,
  content,
  type Framed,
  framed,
  headers,
  host,
  lineEnd,
  method,
  plainHeader,
  questionOf,
  space,
  targetOf,
  version,
} from './pieces.fake.ts'

/** Bytes, one per character (latin1), and where the client pauses while it sends them. */
export interface SentStream {
  readonly text: string
  /** Fractions of the length, each below 1. */
  readonly pauses: readonly number[]
}

interface Pieces {
  readonly method: fc.Arbitrary<string>
  readonly target: fc.Arbitrary<string>
  /** The header line of the host, and those that must not be missing beside it. */
  readonly host: fc.Arbitrary<string>
}

function requestOf(pieces: Pieces): fc.Arbitrary<string> {
  return fc
    .tuple(
      before,
      pieces.method,
      space,
      pieces.target,
      space,
      version,
      lineEnd,
      pieces.host,
      headers,
      framed,
      fc.boolean(),
      lineEnd,
    )
    .map(
      ([
        lead,
        verb,
        one,
        target,
        two,
        protocol,
        end,
        to,
        more,
        { lines, bytes },
        isFirst,
        headEnd,
      ]) => {
        const others = isFirst ? [...lines, ...more] : [...more, ...lines]
        const head = [to, ...others].map((line) => `${line}\r\n`).join('')
        return `${lead}${verb}${one}${target}${two}${protocol}${end}${head}${headEnd}${bytes}`
      },
    )
}

const edit = fc.record({
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  removed: fc.nat(2),
  inserted: fc.constantFrom(
    '',
    '\r',
    '\n',
    '\r\n',
    ' ',
    '\0',
    ':',
    ',',
    ';',
    '0',
    '\t',
    '\x80',
    'GET ',
    '\r\n\r\n',
  ),
})
const edits = fc.oneof(
  { weight: 8, arbitrary: fc.array(edit, { maxLength: 0 }) },
  { weight: 1, arbitrary: fc.array(edit, { minLength: 1, maxLength: 2 }) },
)

const pauses = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
  maxLength: 4,
})

/** Anything: requests of which many parts may be wrong, on one connection. */
function hostile(piecesOf: (index: number) => Pieces): fc.Arbitrary<SentStream> {
  return fc
    .record({
      requests: fc.tuple(
        requestOf(piecesOf(0)),
        ...[1, 2, 3].map((index) => fc.option(requestOf(piecesOf(index)), { nil: '', freq: 2 })),
      ),
      edits,
      pauses,
    })
    .map(({ requests, edits: changes, pauses: cuts }) => ({
      text: changes.reduce((text, { at, removed, inserted }) => {
        const place = Math.floor(at * text.length)
        return text.slice(0, place) + inserted + text.slice(place + removed)
      }, requests.join('')),
      pauses: cuts,
    }))
}

/** What a client sends to the gateway. */
export const hostileStreams: fc.Arbitrary<SentStream> = hostile((index) => ({
  method,
  target: targetOf(index),
  host,
}))

/** What a proxy sends that asks, with as much in it as its clients may have written. */
export const hostileQuestions: fc.Arbitrary<SentStream> = hostile(questionOf)

const plainChunks = fc
  .array(
    content.filter((text) => text !== ''),
    { maxLength: 3 },
  )
  .map((chunks): Framed => ({
    lines: ['Transfer-Encoding: chunked'],
    bytes: `${chunks.map((bytes) => `${bytes.length.toString(16)}\r\n${bytes}\r\n`).join('')}0\r\n\r\n`,
  }))
const plainLength = content.map((bytes): Framed => ({
  lines: [`Content-Length: ${bytes.length}`],
  bytes,
}))

/** Requests without fault, on one connection, sent without waiting for answers. */
export const plainStreams: fc.Arbitrary<SentStream> = fc
  .record({
    requests: fc.array(
      fc.tuple(
        fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'HEAD'),
        fc.constantFrom('', '?a=b', '/x/y', '?%0d%0aX:%20y'),
        fc.array(plainHeader, { maxLength: 3 }),
        fc.oneof(bodiless, plainLength, plainChunks),
      ),
      { minLength: 1, maxLength: 5 },
    ),
    pauses,
  })
  .map(({ requests, pauses: cuts }) => ({
    text: requests
      .map(([verb, more, others, { lines, bytes }], index) =>
        [
          `${verb} /r${index}${more} HTTP/1.1`,
          'Host: open.localhost',
          ...others,
          ...lines,
          '',
          bytes,
        ].join('\r\n'),
      )
      .join(''),
    pauses: cuts,
  }))
