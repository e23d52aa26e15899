// What an application receives: the client's headers without those that could be taken for our
// word, then ours. Ours come last, so nothing a client sends can remove or replace them.
import type { IncomingMessage } from 'node:http'
import { assertionHeader } from '@countersign/contract/session'
import { withoutOurCookies } from '#wire/cookies'
import { connectionOptions, isRemovedFromRequests } from '#wire/headers'

export interface OurHeaders {
  /** Host and port as the client named them. */
  readonly host: string
  readonly address: string
  readonly scheme: 'http' | 'https'
  readonly assertion: string
  /** More of our word, names and values in turn. */
  readonly also: readonly string[]
  /** Whether a header, in lower case, says for some application who is there. */
  readonly isIdentity: (name: string) => boolean
}

/** Names and values in turn, as they go over the wire. */
export function requestHeaders(
  { rawHeaders, headers }: Pick<IncomingMessage, 'rawHeaders' | 'headers'>,
  { host, address, scheme, assertion, also, isIdentity }: OurHeaders,
): string[] {
  const forThisHop = connectionOptions(headers.connection)
  const passed: string[] = ['host', host]
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    const lower = name.toLowerCase()
    if (isRemovedFromRequests(lower) || isIdentity(lower)) continue
    if (forThisHop.has(lower) && !neverForOneHop.has(lower)) continue
    passed.push(name, rawHeaders[index + 1] ?? '')
  }
  const cookies = headers.cookie === undefined ? undefined : withoutOurCookies(headers.cookie)
  if (cookies !== undefined) passed.push('cookie', cookies)
  passed.push(
    'x-forwarded-for',
    address,
    'x-forwarded-proto',
    scheme,
    'x-forwarded-host',
    host,
    assertionHeader,
    assertion,
    ...also,
  )
  return passed
}

// A `Connection` header that names one of these would change what the request means or who sends
// it, not how this hop works (RFC 9110 §7.6.1 forbids it); it is not obeyed.
const neverForOneHop: ReadonlySet<string> = new Set([
  'authorization',
  'cache-control',
  'content-length',
  'content-type',
  'content-encoding',
  'cookie',
  'host',
  'origin',
  'range',
])
