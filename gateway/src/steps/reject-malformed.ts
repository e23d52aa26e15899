// The first step refuses whatever two readers could understand differently. Node's strict parser
// has already refused conflicting lengths, bare line ends and control characters; this is what is
// well-formed and still ambiguous.
import { type ProblemCode, problem } from '@countersign/contract/problems'
import { type Arrival, HTTP, type RequestHead, TUNNEL, type Understood, WEBSOCKET } from '#exchange'
import type { Gateway } from '#gateway'
import { headersMaxCount, headMaxBytes, targetMaxCharacters } from '#limits'
import { readConnect } from '#tunnel/connect-target'
import { type Authority, authorityText, readAuthority } from '#wire/authority'
import { ambiguityRules, canonicalise } from '#wire/canonical'
import { isAlias, onlyOnce } from '#wire/headers'

/** Refuses the ambiguous; adds the canonical target and the host. */
export function rejectMalformed(
  arrival: Arrival,
  { metrics }: Pick<Gateway, 'metrics'>,
): Understood {
  const { request } = arrival
  const refusal = (kind: string, code: ProblemCode, detail: string): Error => {
    metrics.malformed(kind)
    return problem(code, detail)
  }

  const fault =
    faultOfHeaders(request) ??
    faultOfFraming(request) ??
    faultOfExpectation(arrival) ??
    (arrival.entry === WEBSOCKET ? faultOfUpgrade(request, arrival.head) : undefined)
  if (fault) throw refusal(fault.kind, fault.code, fault.detail)

  if (arrival.entry === TUNNEL) {
    const read = readConnect(request, arrival.head)
    if (read.kind === 'understood') return read
    throw refusal(read.fault, 'request.malformed', read.detail)
  }
  const authority = readAuthority(request.headers.host ?? '')
  if (!authority) {
    throw refusal(
      'host',
      'request.ambiguous_target',
      'the `Host` header is not a host name with an optional port',
    )
  }
  const target = originForm(request.url ?? '', authority)
  if (target === undefined) {
    throw refusal(
      'authority',
      'request.ambiguous_target',
      'the target names another host than the `Host` header, another scheme than the connection has, or no path',
    )
  }
  if (target.length > targetMaxCharacters) {
    throw refusal(
      'target_length',
      'request.too_large',
      `the target has ${target.length} characters, the limit is ${targetMaxCharacters}`,
    )
  }
  const canonical = canonicalise(target)
  if (canonical.kind === 'ambiguous') {
    throw refusal(
      canonical.rule,
      'request.ambiguous_target',
      `the target is ambiguous: ${ambiguityRules[canonical.rule].meaning}`,
    )
  }
  return { target: canonical.target, authority }
}

interface Fault {
  readonly kind: string
  readonly code: ProblemCode
  readonly detail: string
}

function faultOfHeaders({ rawHeaders }: RequestHead): Fault | undefined {
  if (rawHeaders.length / 2 > headersMaxCount) {
    return {
      kind: 'header_count',
      code: 'request.headers_too_large',
      detail: `there are more than ${headersMaxCount} headers`,
    }
  }
  let seen: Set<string> | undefined
  let characters = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? ''
    characters += name.length + (rawHeaders[index + 1]?.length ?? 0)
    if (onlyOnce.has(name)) {
      seen ??= new Set()
      if (seen.has(name)) return ambiguous('duplicate_header', `there are two \`${name}\` headers`)
      seen.add(name)
    }
    if (isAlias(name)) {
      return ambiguous(
        'header_alias',
        `the header \`${name}\` is another spelling of one that matters`,
      )
    }
  }
  // Over HTTP/1.1 the parser has refused more; HTTP/2 only asks clients to keep to it.
  if (characters > headMaxBytes) {
    return {
      kind: 'header_size',
      code: 'request.headers_too_large',
      detail: `the headers are longer than ${headMaxBytes} bytes`,
    }
  }
  return undefined
}

// As requests call themselves: HTTP/2 has no minor version, so no request line can claim to be it.
const versions: ReadonlySet<string> = new Set(['1.0', '1.1', '2'])

/** Why where a request ends could be read in two ways; undefined where it could not. */
export function faultOfFraming({ headers, httpVersion, method }: RequestHead): Fault | undefined {
  // The parser takes `GET /aHTTP/1.1` for HTTP/0.9, with headers that HTTP/0.9 does not have.
  if (!versions.has(httpVersion)) {
    return malformed('version', `HTTP/${httpVersion} is not understood`)
  }
  const coding = headers['transfer-encoding']
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') {
    return malformed('transfer_coding', 'the only transfer coding understood is `chunked`')
  }
  if (coding !== undefined && headers['content-length'] !== undefined) {
    return malformed(
      'two_lengths',
      'there are both `Content-Length` and `Transfer-Encoding` (RFC 9112 §6.3)',
    )
  }
  // RFC 9112 §6.1: a recipient older than chunking would see another end of the request.
  if (coding !== undefined && httpVersion !== '1.1') {
    return malformed('transfer_coding', `HTTP/${httpVersion} has no \`Transfer-Encoding\``)
  }
  if (method === 'TRACE') {
    // RFC 9110 §9.3.8: it would echo to the client what only the application may see.
    return malformed('method', '`TRACE` is not served')
  }
  return undefined
}

function faultOfExpectation(arrival: Arrival): Fault | undefined {
  const { expect } = arrival.request.headers
  if (expect === undefined) return undefined
  // Node also takes a list with `100-continue` in it, and says nothing of the rest.
  const isUnderstood =
    arrival.entry === HTTP && arrival.expectsContinue && expect.toLowerCase() === '100-continue'
  return !isUnderstood
    ? malformed('expectation', 'the only expectation understood is `100-continue`')
    : undefined
}

// RFC 6455 §4.2.1, and nothing before the handshake is done.
function faultOfUpgrade({ headers, method, httpVersion }: RequestHead, head: Buffer) {
  if (method !== 'GET' || httpVersion !== '1.1') {
    return malformed('upgrade', 'a WebSocket begins with an HTTP/1.1 `GET`')
  }
  if (
    head.length > 0 ||
    headers['transfer-encoding'] !== undefined ||
    (headers['content-length'] ?? '0') !== '0'
  ) {
    return malformed('upgrade', 'a request for a WebSocket has no body')
  }
  if (headers['sec-websocket-version'] !== '13') {
    return malformed('upgrade', 'the only WebSocket version understood is 13')
  }
  if (!/^[A-Za-z0-9+/]{22}==$/.test(headers['sec-websocket-key'] ?? '')) {
    return malformed('upgrade', '`Sec-WebSocket-Key` is not 16 bytes in base64')
  }
  return undefined
}

/**
 * The target in origin form. A target in absolute form (RFC 9112 §3.2.2) must name the host of
 * the `Host` header; `*` and the authority form have no path to decide about.
 */
function originForm(url: string, authority: Authority): string | undefined {
  if (url.startsWith('/')) return url
  const absolute = /^https?:\/\/([^/?#]*)(\/.*)?$/is.exec(url)
  if (!absolute) return undefined
  const named = readAuthority(absolute[1] ?? '')
  if (!named || authorityText(named) !== authorityText(authority)) return undefined
  return absolute[2] ?? '/'
}

function ambiguous(kind: string, detail: string): Fault {
  return { kind, code: 'request.ambiguous_target', detail }
}

function malformed(kind: string, detail: string): Fault {
  return { kind, code: 'request.malformed', detail }
}
