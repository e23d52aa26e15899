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

  'request.misdirected': row(
    421,
    'the connection was made for another host',
    'open a connection of its own for this host; browsers do so by themselves',
  ),

  'route.unknown_host': row(
    421,
    'no application answers at this host',
    'check the host name, or publish an application for it',
  ),

  'route.other_way': row(
    421,
    'this application is reached in another way',
    'open a web application in a browser, and any other with `countersign connect`',
  ),
  'route.unknown_port': row(
    421,
    'the application does not serve this port',
    'use the port that `countersign connect` shows for it',
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

  'external.not_authenticated': row(
    401,
    'the proxy in front did not show its secret',
    'generate its configuration again with `countersign gateway config`, and reload it',
  ),
  'external.answer_gone': row(
    503,
    'the reason of a refusal was not kept long enough to be shown',
    'open the page again; it is decided afresh',
  ),

  'upstream.unreachable': row(
    502,
    'the application does not answer',
    'check that the application runs at its configured address',
  ),
  'upstream.untrusted': row(
    502,
    'the application could not prove that it is the one',
    'check its certificate against what the application trusts, and renew whichever is wrong',
  ),
  'upstream.failing': row(
    503,
    'the application failed again and again, so it is left alone for a moment',
    'try again in a few seconds; the application is asked again by then',
  ),
  'upstream.no_credential': row(
    503,
    'there is no credential with which to sign in to the application for you',
    'ask the owner of the application; a credential that was just changed is there within seconds',
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
  'signin.code_unknown': row(
    404,
    'no program waits with this code',
    'compare the code with the one your terminal shows; it is good for ten minutes and one use',
  ),
  'signin.device_denied': row(
    403,
    'the sign-in of the program was denied',
    'start again, if it was you who asked for it',
  ),
  'signin.return_refused': row(
    400,
    'the return address is not one of ours',
    'open the application directly',
  ),
  'signin.grant_unsupported': row(
    400,
    'this way of obtaining a token is not offered',
    'send `grant_type=urn:ietf:params:oauth:grant-type:token-exchange`',
  ),
  'signin.token_refused': row(
    400,
    'the token does not stand for a workload here',
    'compare its `iss`, `sub`, `aud` and `exp` with the federations of the workload',
  ),
  'signin.target_refused': row(
    400,
    'the token can be issued for one application that is there',
    'name its id in `audience`, or its address in `resource`',
  ),
  'signin.proof_refused': row(
    400,
    'the DPoP proof does not hold',
    'make a new proof for this method and this address, with a clock that is right',
  ),
  'signin.issuer_unreachable': row(
    503,
    'the keys of the issuer could not be fetched',
    'try again; if it persists, check the address of its keys',
  ),
  'signin.saml_refused': row(
    400,
    'a SAML message was refused',
    'start again; if it persists, give the request id to the operator, whose log says what was wrong',
  ),
  'signin.personas_off': row(404, 'personas exist only in the demo', 'sign in with a passkey'),

  'signin.unknown_identity': row(
    403,
    'your identity provider knows you, and we do not',
    'ask whoever is named beside it, and tell them the reference; nothing was created',
  ),
  'signin.provider_unknown': row(
    404,
    'there is no such identity provider',
    'choose one that the sign-in page names',
  ),
  'signin.provider_refused': row(
    401,
    'the answer of the identity provider does not hold',
    'start again; if it persists, give the request id to the operator',
  ),
  'signin.provider_declined': row(
    401,
    'the identity provider did not sign you in',
    'start again, or ask whoever runs the identity provider',
  ),
  'signin.provider_not_fresh': row(
    401,
    'the identity provider did not ask you to prove yourself again',
    'sign out there and start again, or use a passkey that you registered here',
  ),
  'signin.provider_unreachable': row(
    503,
    'the identity provider does not answer as it should',
    'try again in a minute, or sign in in another way',
  ),
  'signin.logout_refused': row(
    400,
    'this logout does not hold',
    'compare its `iss`, `aud`, `iat`, `jti`, `events`, `sid` and `sub` with OpenID Connect Back-Channel Logout 1.0',
  ),

  'identity.provider_not_found': row(
    404,
    'there is no such identity provider',
    'look which there are with `countersign identity provider list`',
  ),
  'identity.provider_unfit': row(
    422,
    'an identity provider cannot be set like this',
    'correct what `detail` names',
  ),
  'identity.link_not_found': row(404, 'there is no such link', 'look which there are'),
  'identity.unmatched_not_found': row(
    404,
    'there is no such unknown identity',
    'look which there are with `countersign identity unmatched list`',
  ),
  'identity.saml_metadata_invalid': row(
    422,
    'this is not the metadata of one SAML party',
    'correct what `detail` names; download the metadata again at the other side',
  ),
  'identity.access_request_unfounded': row(
    422,
    'there is nothing to ask for',
    'open the application again, and ask from the page of its refusal',
  ),
  'identity.access_request_limit': row(
    429,
    'too many of your questions wait for an answer',
    'take back one that you no longer need, or wait for answers',
  ),
  'identity.access_request_not_found': row(
    404,
    'there is no such question that is yours to answer or take back',
    'open your requests again: it may be over, or the group has another owner now',
  ),
  'identity.not_found': row(404, 'there is no such identity', 'check the id'),
  'identity.session_not_found': row(
    404,
    'there is no such session',
    'it may have ended already; list the sessions again',
  ),
  'identity.break_glass_own': row(
    403,
    'nobody looks into the use of their own account',
    'ask another administrator to acknowledge it',
  ),
  'identity.exclusion_refused': row(
    422,
    'this exclusion cannot be made',
    'name a person or group that is there, an owner who is somebody else, and an end within a year',
  ),
  'applications.sign_on_unfit': row(
    409,
    'the application cannot be signed on to like this',
    'correct its sign-on as `detail` says; `countersign applications sign-on` shows what is registered',
  ),
  'identity.passkey_not_found': row(404, 'there is no such passkey', 'look which there are'),
  'identity.last_factor': row(
    409,
    'this is the last strong way in',
    'add another passkey first, then remove this one',
  ),
  'identity.otp_off': row(
    403,
    'codes from an app do not count for you',
    'use a passkey; an administrator may allow codes to a group',
  ),
  'identity.code_refused': row(
    422,
    'the code does not fit',
    'enter the code that your app shows now; each works once',
  ),
  'identity.second_person': row(
    403,
    'this takes another person',
    'ask another administrator, or the manager of the person; nobody does this for themself, nor both halves of it',
  ),
  'identity.enrolment_not_found': row(
    404,
    'there is no such link',
    'look which there are; one that was used or has expired is gone',
  ),
  'identity.recovery_not_found': row(404, 'there is no such recovery', 'look which are under way'),
  'identity.factors_invalid': row(
    422,
    'these factors cannot be set',
    'correct what `detail` names',
  ),
  'applications.not_found': row(
    404,
    'there is no such application',
    'check the id; the inventory lists every application',
  ),
  'applications.credential_unfit': row(
    422,
    'this credential does not fit the application',
    'correct what `detail` names; what an application takes is in its `upstreamCredential`',
  ),
  'applications.credential_not_found': row(
    404,
    'there is no such credential',
    'look which there are with `countersign applications credential list <application>`',
  ),
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
