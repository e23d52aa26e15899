// What may pass from a client to an application and back is a table. A header that an application
// could take for our word, or for the word of another proxy, never passes, in no spelling.
import { claimedHeaders } from '@countersign/contract/claimed-headers'

interface RemovedRow {
  readonly name: string
  readonly reason: string
}

// A name that ends with `*` stands for every name that begins so.
const hopByHop = 'it concerns one connection only (RFC 9110 §7.6.1)'

/** Headers of a client's request that never reach an application, each with its reason. */
export const removedFromRequests: readonly RemovedRow[] = [
  ...claimedHeaders,

  { name: 'connection', reason: hopByHop },
  { name: 'keep-alive', reason: hopByHop },
  { name: 'proxy-connection', reason: hopByHop },
  { name: 'te', reason: hopByHop },
  { name: 'trailer', reason: hopByHop },
  { name: 'transfer-encoding', reason: hopByHop },
  { name: 'upgrade', reason: hopByHop },
  { name: 'http2-settings', reason: hopByHop },
  { name: 'proxy-authorization', reason: hopByHop },
  { name: 'proxy-authenticate', reason: hopByHop },
  { name: 'expect', reason: 'we answer it ourselves once the decision allows the body' },
  { name: 'host', reason: 'we set it' },
  { name: 'cookie', reason: 'we set it, without our own cookies' },
]

/** Headers of an application's answer that never reach a client. */
const removedFromResponses: readonly RemovedRow[] = [
  { name: 'connection', reason: hopByHop },
  { name: 'keep-alive', reason: hopByHop },
  { name: 'proxy-connection', reason: hopByHop },
  { name: 'proxy-authenticate', reason: hopByHop },
  { name: 'te', reason: hopByHop },
  { name: 'trailer', reason: hopByHop },
  { name: 'transfer-encoding', reason: hopByHop },
  { name: 'upgrade', reason: hopByHop },
]

/** Headers that frame or route a request: of these there may be one at most. */
export const onlyOnce: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'content-type',
  'authorization',
  'proxy-authorization',
  'expect',
  'upgrade',
  'origin',
  'sec-websocket-key',
  'sec-websocket-version',
])

// Others that a confused alias must not stand for.
const alsoNeverAliased = ['content-length', 'authorization']

const removedFromRequest = matcher(removedFromRequests)
const claimed = matcher(claimedHeaders)
const removedFromResponse = matcher(removedFromResponses)
const neverAliased = matcher([
  ...removedFromRequests,
  ...alsoNeverAliased.map((name) => ({ name, reason: '' })),
])

/** Whether a client's header, in lower case, is kept from applications. */
export function isRemovedFromRequests(name: string): boolean {
  return removedFromRequest(name)
}

/** Whether a header, in lower case, claims who sends a request, from where, or to where. */
export function isClaim(name: string): boolean {
  return claimed(name)
}

/** Whether an application's header, in lower case, is kept from clients. */
export function isRemovedFromResponses(name: string): boolean {
  return removedFromResponse(name)
}

/**
 * Whether a name, in lower case, is another spelling of a header that matters: many servers turn
 * `-`, `_` and `.` into the same character on the way to the program.
 */
export function isAlias(name: string): boolean {
  return /[_.]/.test(name) && neverAliased(name.replace(/[_.]/g, '-'))
}

/**
 * The names that a `Connection` header declares to be for this hop. Only these are removed before
 * we add our own headers, so that a client cannot remove what we say (RFC 9110 §7.6.1).
 */
export function connectionOptions(value: string | undefined): ReadonlySet<string> {
  return value === undefined
    ? noNames
    : new Set(value.split(',').map((name) => name.trim().toLowerCase()))
}

const noNames: ReadonlySet<string> = new Set()

function matcher(rows: readonly RemovedRow[]): (name: string) => boolean {
  const exact = new Set(rows.map(({ name }) => name).filter((name) => !name.endsWith('*')))
  const prefixes = rows
    .filter(({ name }) => name.endsWith('*'))
    .map(({ name }) => name.slice(0, -1))
  const begins = new RegExp(`^(?:${prefixes.join('|') || '(?!)'})`)
  return (name) => exact.has(name) || begins.test(name)
}
