// What may pass from a client to an application and back is a table. A header that an application
// could take for our word, or for the word of another proxy, never passes, in no spelling.

interface RemovedRow {
  readonly name: string
  readonly reason: string
}

// A name that ends with `*` stands for every name that begins so.
const claimsIdentity = 'an application might take it for the identity we or another proxy assert'
const claimsOrigin = 'it claims where the request came from or went to; we say that ourselves'
const overrides = 'it makes an application act on another target or method than the one decided'
const hopByHop = 'it concerns one connection only (RFC 9110 §7.6.1)'

/** Headers of a client's request that never reach an application, each with its reason. */
export const removedFromRequests: readonly RemovedRow[] = [
  { name: 'countersign-*', reason: 'only we speak in our name' },
  { name: 'x-countersign-*', reason: 'only we speak in our name' },

  { name: 'x-forwarded-*', reason: claimsOrigin },
  { name: 'forwarded', reason: claimsOrigin },
  { name: 'x-real-ip', reason: claimsOrigin },
  { name: 'x-client-ip', reason: claimsOrigin },
  { name: 'client-ip', reason: claimsOrigin },
  { name: 'true-client-ip', reason: claimsOrigin },
  { name: 'x-cluster-client-ip', reason: claimsOrigin },
  { name: 'x-originating-ip', reason: claimsOrigin },
  { name: 'x-remote-ip', reason: claimsOrigin },
  { name: 'x-remote-addr', reason: claimsOrigin },
  { name: 'remote-addr', reason: claimsOrigin },
  { name: 'cf-connecting-ip*', reason: claimsOrigin },
  { name: 'fastly-client-ip', reason: claimsOrigin },
  { name: 'x-azure-clientip', reason: claimsOrigin },
  { name: 'x-azure-socketip', reason: claimsOrigin },
  { name: 'x-envoy-*', reason: claimsOrigin },

  { name: 'remote-user', reason: claimsIdentity },
  { name: 'x-remote-user*', reason: claimsIdentity },
  { name: 'x-remote-group*', reason: claimsIdentity },
  { name: 'x-remote-extra-*', reason: claimsIdentity },
  { name: 'x-webauth-*', reason: claimsIdentity },
  { name: 'x-auth-request-*', reason: claimsIdentity },
  { name: 'x-authenticated-*', reason: claimsIdentity },
  { name: 'x-authentik-*', reason: claimsIdentity },
  { name: 'remote-email', reason: claimsIdentity },
  { name: 'remote-groups', reason: claimsIdentity },
  { name: 'remote-name', reason: claimsIdentity },
  { name: 'x-pomerium-*', reason: claimsIdentity },
  { name: 'x-goog-authenticated-user-*', reason: claimsIdentity },
  { name: 'x-goog-iap-*', reason: claimsIdentity },
  { name: 'x-ms-client-principal*', reason: claimsIdentity },
  { name: 'x-amzn-oidc-*', reason: claimsIdentity },
  { name: 'cf-access-*', reason: claimsIdentity },
  { name: 'ssl-client-*', reason: claimsIdentity },
  { name: 'x-ssl-*', reason: claimsIdentity },
  { name: 'x-client-cert*', reason: claimsIdentity },
  { name: 'x-client-verify', reason: claimsIdentity },
  { name: 'client-cert*', reason: claimsIdentity },

  { name: 'x-original-*', reason: overrides },
  { name: 'x-rewrite-url', reason: overrides },
  { name: 'x-host', reason: overrides },
  { name: 'x-http-host-override', reason: overrides },
  { name: 'x-http-method*', reason: overrides },
  { name: 'x-method-override', reason: overrides },
  { name: 'x-accel-*', reason: overrides },

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
  { name: 'proxy', reason: 'programs started by an application read it as `HTTP_PROXY`' },
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
  'expect',
  'upgrade',
  'origin',
  'sec-websocket-key',
  'sec-websocket-version',
])

// Others that a confused alias must not stand for.
const alsoNeverAliased = ['content-length', 'authorization']

const removedFromRequest = matcher(removedFromRequests)
const removedFromResponse = matcher(removedFromResponses)
const neverAliased = matcher([
  ...removedFromRequests,
  ...alsoNeverAliased.map((name) => ({ name, reason: '' })),
])

/** Whether a client's header, in lower case, is kept from applications. */
export function isRemovedFromRequests(name: string): boolean {
  return removedFromRequest(name)
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
