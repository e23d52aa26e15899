// A second reader of HTTP/1.1, written for comparison and sharing nothing with the gateway: it
// takes only what RFC 9112 lets every recipient understand alike, and stops at anything else.

/** A message's head and how far its body came. Texts hold one byte per character (latin1). */
export interface ReadRequest {
  readonly method: string
  readonly target: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

/**
 * How a stream of bytes ended: between two messages, within one, at something that is no HTTP/1.1,
 * or behind a message after which the connection belongs to nobody or to another protocol.
 */
type StreamEnd = 'whole' | 'cut' | 'broken' | 'taken'

export interface ReadStream {
  readonly requests: readonly ReadRequest[]
  /** The message it ended in, where its head was whole. */
  readonly unfinished: ReadRequest | undefined
  readonly end: StreamEnd
  /** Where each request, and the rest, begins. */
  readonly starts: readonly number[]
}

/** Reads the requests of a connection. */
export function readRequests(text: string): ReadStream {
  const requests: ReadRequest[] = []
  const starts: number[] = []
  let at = 0
  const ended = (end: StreamEnd, unfinished?: ReadRequest): ReadStream => {
    starts.push(at)
    return { requests, unfinished, end, starts }
  }
  for (;;) {
    // RFC 9112 §2.2: empty lines before a request line mean nothing, however they end.
    while (text[at] === '\r' || text[at] === '\n') at += 1
    if (at === text.length) return ended('whole')
    const head = readHead(text, at)
    if (typeof head === 'string') return ended(head)
    const framing = framingOf(head.first, head.headers)
    if (framing === undefined) return ended('broken')
    const body = readBody(text, head.end, framing.body)
    const request: ReadRequest = {
      method: framing.method,
      target: framing.target,
      headers: head.headers,
      body: body.text,
    }
    if (body.kind !== 'whole') return ended(body.kind, request)
    starts.push(at)
    requests.push(request)
    at = body.end
    if (framing.isLast) return ended('taken')
  }
}

export interface ReadAnswer {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

/**
 * Reads the final answers that came back on a connection, to requests of these methods; undefined
 * where what came is not HTTP/1.1. An answer that is not whole is left out.
 */
export function readAnswers(
  text: string,
  methods: readonly string[],
): readonly ReadAnswer[] | undefined {
  const answers: ReadAnswer[] = []
  let at = 0
  while (at < text.length) {
    const head = readHead(text, at)
    if (head === 'cut') return answers
    if (head === 'broken') return undefined
    const status = Number(/^HTTP\/1\.1 ([1-5]\d\d) /.exec(`${head.first} `)?.[1])
    if (Number.isNaN(status)) return undefined
    at = head.end
    if (status < 200) continue
    const hasNoBody = methods[answers.length] === 'HEAD' || status === 204 || status === 304
    const framing = hasNoBody ? { kind: 'none' as const } : bodyFraming(head.headers)
    if (framing === undefined) return undefined
    const body = readBody(text, at, framing)
    if (body.kind === 'cut') return answers
    if (body.kind === 'broken') return undefined
    const headers = new Map(head.headers.map(([name, value]) => [name.toLowerCase(), value]))
    answers.push({ status, headers, body: body.text })
    at = body.end
  }
  return answers
}

interface Head {
  readonly first: string
  readonly headers: readonly (readonly [string, string])[]
  readonly end: number
}

// RFC 9110 §5.1 and §5.5: a token, and visible characters with tabs and spaces within.
const headerLine = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[\t ]*([\t\x20-\x7e\x80-\xff]*?)[\t ]*$/

const visible = /^[\t\x20-\x7e\x80-\xff]*$/

function readHead(text: string, start: number): Head | 'cut' | 'broken' {
  const headers: (readonly [string, string])[] = []
  let first: string | undefined
  let at = start
  for (;;) {
    const end = text.indexOf('\r\n', at)
    const line = text.slice(at, end < 0 ? text.length : end)
    if (!visible.test(end < 0 ? line.replace(/\r$/, '') : line)) return 'broken'
    if (end < 0) return 'cut'
    at = end + 2
    if (first === undefined) first = line
    else if (line === '') return { first, headers, end: at }
    else {
      const match = headerLine.exec(line)
      if (!match) return 'broken'
      headers.push([match[1] ?? '', match[2] ?? ''])
    }
  }
}

type BodyFraming =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'chunks' }

interface Framing {
  readonly method: string
  readonly target: string
  readonly body: BodyFraming
  readonly isLast: boolean
}

function framingOf(line: string, headers: Head['headers']): Framing | undefined {
  // More than one space between the words is read alike by all (RFC 9112 §3). So are the relatives
  // of HTTP that Node's parser takes for it: what goes on is HTTP.
  const match =
    /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) +([\x21-\x7e\x80-\xff]+) +(?:HTTP|RTSP|ICE)\/1\.([01])$/.exec(
      line,
    )
  if (!match) return undefined
  const [, method = '', target = '', minor] = match
  const body = bodyFraming(headers)
  if (body === undefined) return undefined
  // RFC 9112 §6.1: a chunked body in HTTP/1.0 has two ends, depending on who reads.
  if (body.kind === 'chunks' && minor === '0') return undefined
  const options = new Set(
    valuesOf(headers, 'connection')
      .flatMap((value) => value.split(','))
      .map((option) => option.trim().toLowerCase()),
  )
  const isClosing = options.has('close') || (minor === '0' && !options.has('keep-alive'))
  const isTaken =
    method === 'CONNECT' ||
    (options.has('upgrade') &&
      valuesOf(headers, 'upgrade').some((value) => value.toLowerCase() === 'websocket'))
  return { method, target, body, isLast: isClosing || isTaken }
}

function bodyFraming(headers: Head['headers']): BodyFraming | undefined {
  const lengths = valuesOf(headers, 'content-length')
  const codings = valuesOf(headers, 'transfer-encoding')
  if (lengths.length + codings.length > 1) return undefined
  const [length] = lengths
  const [coding] = codings
  if (coding !== undefined)
    return coding.toLowerCase() === 'chunked' ? { kind: 'chunks' } : undefined
  if (length === undefined) return { kind: 'none' }
  return /^\d{1,15}$/.test(length) ? { kind: 'length', length: Number(length) } : undefined
}

function valuesOf(headers: Head['headers'], wanted: string): readonly string[] {
  return headers.flatMap(([name, value]) => (name.toLowerCase() === wanted ? [value] : []))
}

interface ReadBody {
  readonly kind: 'whole' | 'cut' | 'broken'
  readonly text: string
  readonly end: number
}

function readBody(text: string, start: number, framing: BodyFraming): ReadBody {
  switch (framing.kind) {
    case 'none':
      return { kind: 'whole', text: '', end: start }
    case 'length': {
      const end = start + framing.length
      return { kind: end <= text.length ? 'whole' : 'cut', text: text.slice(start, end), end }
    }
    case 'chunks':
      return readChunks(text, start)
  }
}

// RFC 9112 §7.1. Extensions are bytes of a line to this reader, and mean nothing.
const chunkLine = /^([0-9a-fA-F]{1,12})(?:[\t ]*;[\t\x20-\x7e\x80-\xff]*)?$/

function readChunks(text: string, start: number): ReadBody {
  let at = start
  let body = ''
  for (;;) {
    const end = text.indexOf('\r\n', at)
    const line = text.slice(at, end < 0 ? text.length : end)
    if (end < 0) {
      const isBeginning =
        line === '' || line === '\r' || chunkLine.test(line.replace(/[\t ]*\r?$/, ''))
      return { kind: isBeginning ? 'cut' : 'broken', text: body, end: at }
    }
    const match = chunkLine.exec(line)
    if (!match) return { kind: 'broken', text: body, end: at }
    const size = Number.parseInt(match[1] ?? '', 16)
    at = end + 2
    if (size === 0) break
    body += text.slice(at, at + size)
    const behind = text.slice(at + size, at + size + 2)
    if (!'\r\n'.startsWith(behind)) return { kind: 'broken', text: body, end: at }
    if (behind !== '\r\n') return { kind: 'cut', text: body, end: at }
    at += size + 2
  }
  // The trailers are header lines up to an empty one.
  const trailers = readHead(`trailers\r\n${text.slice(at)}`, 0)
  if (typeof trailers === 'string') return { kind: trailers, text: body, end: at }
  return { kind: 'whole', text: body, end: at + trailers.end - 'trailers\r\n'.length }
}
