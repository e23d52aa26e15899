// A problem in the words of OAuth, for programs that know no others (RFC 6749 §5.2).
import type { ProblemCode, ProblemDetails } from './problems.ts'

// RFC 8693 §2.2.2, RFC 9449 §5; what is our trouble has the words of RFC 6749 §4.1.2.1.
const errors: Partial<Record<ProblemCode, string>> = {
  'signin.grant_unsupported': 'unsupported_grant_type',
  'signin.target_refused': 'invalid_target',
  'signin.proof_refused': 'invalid_dpop_proof',
  'access.denied': 'access_denied',
  'request.too_many': 'temporarily_unavailable',
  'signin.issuer_unreachable': 'temporarily_unavailable',
  'server.store_unavailable': 'temporarily_unavailable',
  'server.unexpected': 'server_error',
}

export interface OauthError {
  readonly error: string
  readonly error_description: string
  /** The id under which operators find the occurrence. */
  readonly instance?: string
}

/** The body of a refusal. */
export function oauthError({ code, title, detail, remedy, instance }: ProblemDetails): OauthError {
  return {
    error: errors[code] ?? 'invalid_request',
    error_description: quotable(`${detail ?? title}; ${remedy}`),
    ...(instance === undefined ? {} : { instance }),
  }
}

// RFC 6749 §5.2: the characters that a description may have.
function quotable(text: string): string {
  return text.replaceAll('"', "'").replaceAll(/[^\x20-\x5b\x5d-\x7e]/g, '?')
}
