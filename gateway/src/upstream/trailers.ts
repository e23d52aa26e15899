// What is said behind a body. An application's word passes to clients that say they understand it,
// a client's to the application; unless it is something that had to be said before the body: then
// whoever heeds it late would do other than who does not (RFC 9110 §6.5.1).
import type { HttpRequest } from '#exchange'
import { trailersMaxCharacters, trailersMaxCount } from '#limits'
import { connectionOptions, isRemovedFromRequests, isRemovedFromResponses } from '#wire/headers'

// A name that ends with `*` stands for every name that begins so.
const onlyBeforeTheBody = [
  'access-control-*',
  'age',
  'authorization',
  'cache-control',
  'clear-site-data',
  'content-*',
  'countersign-*',
  'cross-origin-*',
  'expires',
  'host',
  'location',
  'max-forwards',
  'origin-agent-cluster',
  'permissions-policy',
  'pragma',
  'range',
  'referrer-policy',
  'refresh',
  'retry-after',
  'set-cookie',
  'strict-transport-security',
  'vary',
  'warning',
  'www-authenticate',
  'x-content-type-options',
  'x-frame-options',
] as const

// Of requests also: what routes, authenticates or makes it conditional, and what chose the answer.
const onlyBeforeTheBodyOfRequests = [
  ...onlyBeforeTheBody,
  'accept',
  'accept-*',
  'dpop',
  'from',
  'if-*',
  'origin',
  'prefer',
  'priority',
  'proxy-*',
  'referer',
  'sec-*',
  'service-worker*',
  'upgrade-*',
  'user-agent',
  'via',
] as const

const isOnlyBeforeTheBody = matcherOf(onlyBeforeTheBody)
const isOnlyBeforeTheBodyOfRequests = matcherOf(onlyBeforeTheBodyOfRequests)

/** Whether the client understands trailers (RFC 9110 §10.1.4). */
export function takesTrailers({ headers }: Pick<HttpRequest, 'headers'>): boolean {
  return String(headers['te'] ?? '')
    .toLowerCase()
    .split(',')
    .some((coding) => coding.trim() === 'trailers')
}

/** The trailers that a client may have, as names with values. */
export function passedTrailers(
  trailers: Readonly<Record<string, string | string[] | undefined>>,
): [string, string][] {
  return Object.entries(trailers).flatMap(([name, value]): [string, string][] => {
    const lower = name.toLowerCase()
    const isKept =
      value === undefined || isOnlyBeforeTheBody(lower) || isRemovedFromResponses(lower)
    if (isKept) return []
    return Array.isArray(value) ? value.map((each) => [name, each]) : [[name, value]]
  })
}

export interface RequestTrailerRules {
  /** The client's `Connection` header. */
  readonly connection: string | undefined
  /** Whether a header, in lower case, says for some application who is there. */
  readonly isIdentity: (name: string) => boolean
}

/**
 * The trailers of a client that an application may have, names and values in turn, of the same.
 * None where there are more than the bounds say: a part of them could mean something else.
 */
export function passedRequestTrailers(
  raw: readonly string[],
  { connection, isIdentity }: RequestTrailerRules,
): string[] {
  const characters = raw.reduce((sum, part) => sum + part.length, 0)
  if (raw.length / 2 > trailersMaxCount || characters > trailersMaxCharacters) return []
  const forThisHop = connectionOptions(connection)
  const passed: string[] = []
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? ''
    const lower = name.toLowerCase()
    // Many servers turn all three into the same character on the way to the program.
    const meant = lower.replace(/[_.]/g, '-')
    const isKept =
      lower.startsWith(':') ||
      isRemovedFromRequests(meant) ||
      isOnlyBeforeTheBodyOfRequests(meant) ||
      isIdentity(meant) ||
      forThisHop.has(lower)
    if (!isKept) passed.push(name, raw[index + 1] ?? '')
  }
  return passed
}

function matcherOf(names: readonly string[]): (name: string) => boolean {
  const exact: ReadonlySet<string> = new Set(names)
  const prefixes = names.flatMap((name) => (name.endsWith('*') ? name.slice(0, -1) : []))
  return (name) => exact.has(name) || prefixes.some((prefix) => name.startsWith(prefix))
}
