// The first step refuses whatever two readers could understand differently. Node's strict parser
// has already refused conflicting lengths, bare line ends and control characters; this is what is
// well-formed and still ambiguous.
import { type ProblemCode, problem } from '@countersign/contract/problems'
import { type Arrival, HTTP, type RequestHead, type Understood, WEBSOCKET } from '#exchange'
import type { Gateway } from '#gateway'
import { headersMaxCount, targetMaxCharacters } from '#limits'
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
      'the target names another host than the `Host` header, or no path',
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
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? ''
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
  return undefined
}

function faultOfFraming({ headers, httpVersion, method }: RequestHead): Fault | undefined {
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
  const isUnderstood = arrival.entry === HTTP && arrival.expectsContinue
  return arrival.request.headers.expect !== undefined && !isUnderstood
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
