// What the head of an answer says about where the answer ends. There must be one way to read it: an
// answer that could end in two places would hand the rest of it to another client.
import { NotHttp } from './not-http.ts'

/** Where a body ends (RFC 9112 §6.3). */
type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'until-close' }

export interface StatusLine {
  readonly status: number
  /** 0 or 1. */
  readonly minor: number
}

const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/

/** Reads a status line without its end. Throws `NotHttp`. */
export function readStatusLine(line: string): StatusLine {
  const match = statusLine.exec(line)
  if (!match) throw new NotHttp('the status line is malformed')
  return { minor: match[1] === '0' ? 0 : 1, status: Number(match[2]) }
}

export interface Meaning {
  readonly framing: Framing
  /** Whether the application keeps the connection for a further request (RFC 9112 §9.3). */
  readonly keepsAlive: boolean
  /** For how long it says to keep it at most, in seconds; undefined where it does not say. */
  readonly keepAliveSeconds: number | undefined
}

/**
 * What a head means for the connection. `isHead`: it answers a `HEAD` request. Throws `NotHttp` where
 * it could be read in two ways.
 */
export function meaningOf(
  { status, minor }: StatusLine,
  headers: readonly string[],
  isHead: boolean,
): Meaning {
  let length: number | undefined
  let isChunked = false
  let closes = false
  let keeps = false
  let keepAliveSeconds: number | undefined
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? ''
    const value = headers[index + 1] ?? ''
    // Names are long and mostly others: their length tells most of them apart.
    switch (name.length) {
      case 10:
        if (isNamed(name, 'connection')) {
          const options = optionsOf(value)
          closes ||= options.includes('close')
          keeps ||= options.includes('keep-alive')
        } else if (isNamed(name, 'keep-alive')) keepAliveSeconds = timeoutOf(value)
        break
      case 14:
        if (!isNamed(name, 'content-length')) break
        if (length !== undefined) throw new NotHttp('there are two `Content-Length` headers')
        length = lengthOf(value)
        break
      case 17:
        if (!isNamed(name, 'transfer-encoding')) break
        if (isChunked || value.toLowerCase() !== 'chunked') {
          throw new NotHttp('the only transfer coding understood is `chunked`, once')
        }
        isChunked = true
        break
    }
  }
  if (isChunked && length !== undefined) {
    throw new NotHttp('there are both `Content-Length` and `Transfer-Encoding`')
  }
  if (status < 200 && minor === 0) throw new NotHttp('HTTP/1.0 has no interim answers')
  if (isChunked && minor === 0) throw new NotHttp('HTTP/1.0 has no `Transfer-Encoding`')
  const framing: Framing =
    isHead || status < 200 || status === 204 || status === 304
      ? { kind: 'none' }
      : isChunked
        ? { kind: 'chunked' }
        : length === undefined
          ? { kind: 'until-close' }
          : { kind: 'length', bytes: length }
  return {
    framing,
    keepsAlive: !closes && (minor === 1 || keeps) && framing.kind !== 'until-close',
    keepAliveSeconds,
  }
}

function isNamed(name: string, lower: string): boolean {
  return name === lower || name.toLowerCase() === lower
}

function optionsOf(value: string): readonly string[] {
  return value
    .toLowerCase()
    .split(',')
    .map((option) => option.trim())
}

// More digits than a number holds exactly would be another length than was said.
function lengthOf(value: string): number {
  if (!/^\d{1,15}$/.test(value)) throw new NotHttp('`Content-Length` is not a length')
  return Number(value)
}

function timeoutOf(value: string): number | undefined {
  const seconds = /(?:^|[,; ])timeout=(\d{1,6})(?:$|[,; ])/i.exec(value)?.[1]
  return seconds === undefined ? undefined : Number(seconds)
}
