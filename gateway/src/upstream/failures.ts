// What went wrong with an application, in the words of the catalogue.
import { type Problem, problem } from '@countersign/contract/problems'
import { NotHttp } from './http1/not-http.ts'
import { notPinned } from './trust.ts'
import { UploadStalled } from './upload.ts'

const timeouts: ReadonlySet<string> = new Set([
  'ERR_UPSTREAM_HEAD_TIMEOUT',
  'ERR_UPSTREAM_BODY_TIMEOUT',
  'ERR_UPSTREAM_CONNECT_TIMEOUT',
  'ETIMEDOUT',
])
/** Its certificate is not one that we may believe. */
const untrusted: ReadonlySet<string> = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  notPinned,
])
/** No connection came about, so that the next request will hardly fare better. */
const notConnected: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ERR_UPSTREAM_CONNECT_TIMEOUT',
])
/** The connection was lost before anything came back: likely an idle one that had just been closed. */
const lost: ReadonlySet<string> = new Set(['ERR_UPSTREAM_LOST', 'ECONNRESET', 'EPIPE'])

/** The problem a client is told of. */
export function problemOf(error: Error, application: string): Problem {
  if (error instanceof UploadStalled) return problem('request.timeout')
  const code = codeOf(error)
  if (untrusted.has(code)) {
    return problem('upstream.untrusted', `\`${application}\` is not trusted: ${error.message}`)
  }
  if (timeouts.has(code)) return problem('upstream.timeout', `\`${application}\` took too long`)
  return error instanceof NotHttp
    ? problem('upstream.unreachable', `\`${application}\` answered with something that is not HTTP`)
    : problem('upstream.unreachable', `\`${application}\` cannot be reached`)
}

/** Whether sending the same request once more is safe and likely to help. */
export function isWorthRepeating(error: Error): boolean {
  return lost.has(codeOf(error))
}

/** Whether the application as a whole is out of reach, rather than this one request. */
export function isOutOfReach(error: Error): boolean {
  const code = codeOf(error)
  return notConnected.has(code) || untrusted.has(code) || code.startsWith('ERR_SSL_')
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}
