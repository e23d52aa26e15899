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

function requestOf(index: number): fc.Arbitrary<string> {
  return fc
    .tuple(
      before,
      method,
      space,
      targetOf(index),
      space,
      version,
      lineEnd,
      host,
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
export const hostileStreams: fc.Arbitrary<SentStream> = fc
  .record({
    requests: fc.tuple(
      requestOf(0),
      ...[1, 2, 3].map((index) => fc.option(requestOf(index), { nil: '', freq: 2 })),
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
