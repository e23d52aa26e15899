// The request that a client sent to another proxy, as that proxy tells it. Only a proxy that showed
// its secret is listened to, and each adapter takes exactly the headers that its proxy sets; all
// others are the client's own.
import { isIP } from 'node:net'
import { problem } from '@countersign/contract/problems'
import type { RequestHead } from '#exchange'

export interface Told {
  /** The original request. Nothing of it is trusted yet. */
  readonly request: RequestHead
  /** The address of the client's connection. */
  readonly address: string
}

/** What a proxy says of a request, each where it says it. */
export interface Telling {
  readonly method: string
  readonly target: string
  readonly authority: string
  readonly address: string
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[]
  /** Values by name in lower case, joined where one came several times. */
  readonly headers: RequestHead['headers']
}

/** The original request. @throws `request.malformed` where the proxy left something out. */
export function told({ method, target, authority, address, rawHeaders, headers }: Telling): Told {
  const bare = address.trim().replace(/^::ffff:(?=\d+\.)/i, '')
  if (isIP(bare) === 0) {
    throw problem('request.malformed', 'the proxy does not tell one address of the client')
  }
  const own: string[] = ['host', authority]
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    if (!ofThisHop.has(name.toLowerCase())) own.push(name, rawHeaders[index + 1] ?? '')
  }
  const kept = Object.entries(headers).filter(([name]) => !ofThisHop.has(name))
  return {
    address: bare,
    request: {
      method,
      url: target,
      // Another version would only be asked about framing, which the proxy has dealt with.
      httpVersion: '1.1',
      headers: { ...Object.fromEntries(kept), host: authority },
      rawHeaders: own,
    },
  }
}

export interface Taken {
  /** Values by the name they were asked for. */
  readonly values: ReadonlyMap<string, string>
  /** Every other header, names and values in turn. */
  readonly rawHeaders: readonly string[]
  readonly headers: RequestHead['headers']
}

/**
 * Takes the headers that the proxy set. One that is there twice is one that the proxy did not set.
 * @throws `request.malformed` then.
 */
export function take(request: RequestHead, names: readonly string[]): Taken {
  const values = new Map<string, string>()
  const rawHeaders: string[] = []
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const name = request.rawHeaders[index]?.toLowerCase() ?? ''
    const value = request.rawHeaders[index + 1] ?? ''
    if (!names.includes(name)) {
      rawHeaders.push(name, value)
      continue
    }
    if (values.has(name)) throw problem('request.malformed', `there are two \`${name}\` headers`)
    values.set(name, value)
  }
  const headers = Object.entries(request.headers).filter(([name]) => !names.includes(name))
  return { values, rawHeaders, headers: Object.fromEntries(headers) }
}

/** A header that the proxy must have set. @throws `request.malformed` where it did not. */
export function required({ values }: Taken, name: string): string {
  const value = values.get(name)
  if (value === undefined || value === '') {
    throw problem(
      'request.malformed',
      `the proxy does not send \`${name}\`: generate its configuration with \`countersign gateway config\``,
    )
  }
  return value
}

// They concern the connection between the proxy and us, not the client's (RFC 9110 §7.6.1).
const ofThisHop: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
