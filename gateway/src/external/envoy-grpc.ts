// Envoy ext_authz over gRPC: the question carries the request as Envoy holds it, with its target
// undecoded, and the answer says what to add to it and what to take off.
import type { IncomingHttpHeaders } from 'node:http'
import { cookieHeader } from '@countersign/contract/external'
import { applicationExtension } from '@countersign/contract/proxy-config/envoy'
import { problem } from '@countersign/contract/problems'
import { assertionHeader } from '@countersign/contract/session'
import type { Reply } from '#reply'
import { headerOf, isAllowed, listOf, removeHeader, saidHeader } from './allowed.ts'
import type { CheckRequest, CheckResponse, HeaderOption } from './envoy-messages.ts'
import { type Told, told } from './told.ts'

/** The application whose route Envoy selected. @throws `request.malformed` where it names none. */
export function routeOf({ extensions }: CheckRequest): string {
  const route = extensions[applicationExtension]
  if (route !== undefined && route !== '') return route
  throw problem(
    'request.malformed',
    `the route of Envoy has no \`${applicationExtension}\` among its context extensions`,
  )
}

/** The original request. */
export function readCheck(check: CheckRequest): Told {
  const raw = rawHeadersOf(check)
  return told({
    method: check.method,
    target: check.path,
    authority: check.host,
    address: check.address,
    rawHeaders: raw,
    headers: merged(raw),
  })
}

// gRPC's own codes (google.rpc.Code): anything but OK denies.
const permissionDenied = 7
const unauthenticated = 16

/** The answer; what an application is told comes last, over whatever the client said. */
export function writeCheck(reply: Reply, { address, request }: Told): CheckResponse {
  if (!isAllowed(reply)) {
    return {
      status: { code: reply.status === 401 ? unauthenticated : permissionDenied },
      deniedResponse: {
        status: { code: reply.status },
        headers: Object.entries(reply.headers).flatMap(([key, value]) => options(key, value)),
        body: reply.body,
      },
    }
  }
  const set = {
    [assertionHeader]: headerOf(reply, assertionHeader),
    'x-forwarded-for': address,
    'x-forwarded-host': request.headers.host ?? '',
    ...(headerOf(reply, cookieHeader) === '' ? {} : { cookie: headerOf(reply, cookieHeader) }),
    ...Object.fromEntries(listOf(reply, saidHeader).map((name) => [name, headerOf(reply, name)])),
  }
  return {
    status: { code: 0 },
    okResponse: {
      headers: Object.entries(set).flatMap(([key, value]) => options(key, value)),
      headersToRemove: listOf(reply, removeHeader).filter(
        (name) => !Object.hasOwn(set, name) && name !== schemeHeader,
      ),
    },
  }
}

/** Envoy sets it itself, from the connection, where it is told to count that (`use_remote_address`). */
const schemeHeader = 'x-forwarded-proto'

function options(key: string, value: string | readonly string[]): readonly HeaderOption[] {
  const values = typeof value === 'string' ? [value] : value
  return values.map((one, index) => ({
    header: { key, value: one },
    append: { value: index > 0 },
  }))
}

/** Names and values in turn, without the pseudo-headers of HTTP/2. */
function rawHeadersOf({ rawHeaders, headers }: CheckRequest): readonly string[] {
  const pairs: readonly (readonly [string, string])[] =
    rawHeaders.length > 0
      ? rawHeaders.map(({ key, value, rawValue }) => [
          key,
          rawValue.length > 0 ? Buffer.from(rawValue).toString('latin1') : value,
        ])
      : Object.entries(headers)
  return pairs.filter(([name]) => !name.startsWith(':')).flat()
}

// As Node joins headers: cookies with `; `, one `Set-Cookie` by itself, everything else with `, `.
function merged(raw: readonly string[]): IncomingHttpHeaders {
  const values = new Map<string, string>()
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index]?.toLowerCase() ?? ''
    const value = raw[index + 1] ?? ''
    const before = values.get(name)
    values.set(
      name,
      before === undefined ? value : `${before}${name === 'cookie' ? '; ' : ', '}${value}`,
    )
  }
  return Object.fromEntries(values)
}
