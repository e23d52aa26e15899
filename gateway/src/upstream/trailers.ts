// What an application says behind the body of its answer. It passes to clients that say they
// understand it, unless it is something that had to be said before the body: then a client that
// heeds it late would do other than one that does not (RFC 9110 §6.5.1).
import type { HttpRequest } from '#exchange'
import { isRemovedFromResponses } from '#wire/headers'

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

const exact: ReadonlySet<string> = new Set(onlyBeforeTheBody)
const prefixes = onlyBeforeTheBody.flatMap((name) => (name.endsWith('*') ? name.slice(0, -1) : []))

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
      value === undefined ||
      exact.has(lower) ||
      prefixes.some((prefix) => lower.startsWith(prefix)) ||
      isRemovedFromResponses(lower)
    if (isKept) return []
    return Array.isArray(value) ? value.map((each) => [name, each]) : [[name, value]]
  })
}
