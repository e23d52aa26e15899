// Every way a caller can be wrong, as one table. The table is the API's documentation of errors,
// the source of each response, and what the console and the command line show (RFC 9457).

interface ProblemRow {
  /** HTTP status. */
  readonly status: number
  readonly title: string
  /** What the caller does next. */
  readonly remedy: string
}

const rows = {
  'request.malformed': row(
    400,
    'the request is malformed',
    'correct the request as described in `detail`, then send it again',
  ),
  'request.too_large': row(
    413,
    'the request is too large',
    'send less than the limit named in `detail`',
  ),
  'request.headers_too_large': row(
    431,
    'the header section is too large',
    'remove cookies or headers, then try again',
  ),
  'request.ambiguous_target': row(
    400,
    'the target can be read in more than one way',
    'send a canonical path without encoded separators, dot segments, backslashes or empty segments',
  ),
  'request.not_found': row(
    404,
    'there is nothing here',
    'check the address; the reference lists every route',
  ),
  'request.conflict': row(
    409,
    'someone changed this meanwhile',
    'read it again, then repeat your change',
  ),
  'request.timeout': row(
    408,
    'the request did not arrive in time',
    'send the request again, without pauses',
  ),
  'request.too_many': row(
    429,
    'too many attempts from this address',
    'wait a minute, then try again',
  ),

  'route.unknown_host': row(
    421,
    'no application answers at this host',
    'check the host name, or publish an application for it',
  ),

  'access.denied': row(
    403,
    'access is refused',
    'read the reason and remedies of the decision; its id finds it in the console',
  ),
  'access.sign_in_required': row(401, 'nobody is signed in', 'sign in, then repeat the request'),
  'access.step_up_required': row(
    401,
    'a fresh or stronger sign-in is needed',
    'sign in again with a passkey, then repeat the request',
  ),
  'access.not_recorded': row(
    503,
    'the decision could not be recorded, so access is refused',
    'free disk space at the gateway; nothing passes without a record',
  ),
  'access.undecidable': row(
    503,
    'the gateway could not decide, so access is refused',
    'try again; if it persists, give the decision id to the operator',
  ),
  'access.stale': row(
    503,
    'the gateway has not heard from the control plane for too long',
    'check the control plane and the network between them',
  ),
  'access.cross_site': row(
    403,
    'the request comes from another site',
    'open the application itself and repeat the action there',
  ),

  'upstream.unreachable': row(
    502,
    'the application does not answer',
    'check that the application runs at its configured address',
  ),
  'upstream.timeout': row(
    504,
    'the application did not answer in time',
    'try again, or ask the owner of the application',
  ),

  'signin.failed': row(
    401,
    'the sign-in did not succeed',
    'try again with a passkey that you registered here',
  ),
  'signin.expired': row(410, 'this sign-in took too long', 'start again'),
  'signin.link_spent': row(
    410,
    'this link was used already or has expired',
    'ask an administrator for a new link; `countersign up` prints one while nobody has set it up',
  ),
  'signin.return_refused': row(
    400,
    'the return address is not one of ours',
    'open the application directly',
  ),
  'signin.personas_off': row(404, 'personas exist only in the demo', 'sign in with a passkey'),

  'identity.not_found': row(404, 'there is no such identity', 'check the id'),
  'visibility.decision_not_found': row(
    404,
    'there is no such decision',
    'check the id; decisions older than their retention are gone',
  ),
  'networks.gateway_not_enrolled': row(
    401,
    'this gateway is not enrolled',
    'enrol it with a new token: `countersign gateway --enrol <token>`',
  ),
  'networks.enrolment_refused': row(
    403,
    'the enrolment token is unknown, spent or expired',
    'start `countersign serve` to obtain a new token',
  ),
  'policies.invalid': row(
    422,
    'the policies do not pass their checks',
    'correct the places named in `detail`',
  ),
  'automation.import_invalid': row(
    422,
    'a line of the import is invalid',
    'correct the line named in `detail`; nothing of this batch was kept',
  ),

  'server.store_unavailable': row(
    503,
    'the store does not answer',
    'check the database; gateways keep deciding meanwhile',
  ),
  'server.unexpected': row(
    500,
    'something broke on our side',
    'give the request id to the operator',
  ),
} as const satisfies Record<string, ProblemRow>

export type ProblemCode = keyof typeof rows

/** The catalogue: code to status, title and remedy. */
export const problems: Readonly<Record<ProblemCode, ProblemRow>> = rows

/** The body of an `application/problem+json` answer (RFC 9457 §3.1). */
export interface ProblemDetails {
  readonly type: string
  readonly code: ProblemCode
  readonly status: number
  readonly title: string
  readonly remedy: string
  readonly detail?: string
  readonly instance?: string
  readonly [extension: string]: unknown
}

/** A caller's mistake, thrown where it is found and answered at the edge. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: ProblemCode
  readonly status: number
  readonly extensions: Readonly<Record<string, unknown>>

  constructor(
    code: ProblemCode,
    detail: string | undefined,
    extensions: Readonly<Record<string, unknown>>,
  ) {
    super(detail ?? problems[code].title)
    this.code = code
    this.status = problems[code].status
    this.extensions = extensions
  }

  /** The answer's body. `instance` is the id under which operators find the occurrence. */
  toDetails(instance?: string): ProblemDetails {
    return problemDetails(this.code, {
      ...this.extensions,
      ...(this.message === problems[this.code].title ? {} : { detail: this.message }),
      ...(instance === undefined ? {} : { instance }),
    })
  }
}

/** `throw problem('identity.not_found', 'no person has the id `x`')`. */
export function problem(
  code: ProblemCode,
  detail?: string,
  extensions: Readonly<Record<string, unknown>> = {},
): Problem {
  return new Problem(code, detail, extensions)
}

/** The RFC 9457 body of a catalogue row, with members of the occurrence. */
export function problemDetails(
  code: ProblemCode,
  members: Readonly<Record<string, unknown>> = {},
): ProblemDetails {
  const { status, title, remedy } = problems[code]
  return { type: `urn:countersign:problem:${code}`, title, status, remedy, code, ...members }
}

function row(status: number, title: string, remedy: string): ProblemRow {
  return { status, title, remedy }
}
