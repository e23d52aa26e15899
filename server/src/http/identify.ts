// Finds out who calls. On the control socket the file system has decided that already. On the
// network a caller is an enrolled gateway with its own key, or a visitor for whom one vouches.
import { decodeJwt, errors, jwtVerify, type JWTPayload } from 'jose'
import { ownApplication } from '@countersign/contract/actions'
import { entityText } from '@countersign/contract/entities'
import type { Estate } from '@countersign/contract/estate'
import { assertionType, gatewayTokenType } from '@countersign/contract/feed'
import { problem } from '@countersign/contract/problems'
import { principalOf } from '@countersign/contract/request'
import { assertionMaxAgeSeconds } from '@countersign/contract/session'
import type { Gateways } from '#pillars/networks/gateways'
import type { Caller, Visitor } from './caller.ts'

/** The audience of a gateway's token for itself. */
const serverAudience = 'countersign-server'
/** How far a gateway's clock may differ from ours. */
const clockToleranceSeconds = 30

export interface Credentials {
  /** The header that vouches for a visitor. */
  readonly assertion: string | undefined
  /** The `authorization` header. */
  readonly authorization: string | undefined
  /** The `host` header. */
  readonly host: string | undefined
}

export interface IdentifyOptions {
  readonly gateways: Gateways
  readonly estate: Estate
  /** Milliseconds since the epoch. */
  readonly now: number
}

/**
 * Who calls over the network; undefined where nothing was presented.
 * @throws Problem where what was presented does not hold.
 */
export async function identify(
  { assertion, authorization, host }: Credentials,
  options: IdentifyOptions,
): Promise<Caller | undefined> {
  // A visitor's own `authorization` header passes through the gateway and is no business of ours.
  if (assertion !== undefined) return visitor(assertion, host, options)
  const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/.exec(authorization ?? '')?.[1]
  if (token !== undefined) {
    const { iss } = await verify(token, gatewayTokenType, serverAudience, options)
    return { kind: 'gateway', id: iss }
  }
  if (authorization !== undefined) throw notEnrolled()
  return undefined
}

async function visitor(
  assertion: string,
  host: string | undefined,
  options: IdentifyOptions,
): Promise<Visitor> {
  const claims = await verify(assertion, assertionType, ownApplication, options)
  const { sid, cip, sub, x5t } = claims
  if (typeof cip !== 'string' || !isOptionalText(sid) || !isOptionalText(x5t)) throw notEnrolled()
  const { estate, now } = options
  const subject = sid === undefined ? anonymousSubject : estate.subjectOfSession(sid, now)
  // A session can end on its way here; then its visitor is nobody. It cannot become another's.
  const name = entityText(principalOf(subject))
  if (subject.kind !== 'anonymous' && name !== sub) throw notEnrolled()
  return {
    kind: 'visitor',
    subject,
    ...(sid === undefined || subject.kind === 'anonymous' ? {} : { sid }),
    ...(x5t === undefined ? {} : { certificate: x5t }),
    address: cip,
    host: hostName(host),
  }
}

function isOptionalText(claim: unknown): claim is string | undefined {
  return claim === undefined || typeof claim === 'string'
}

const anonymousSubject = { kind: 'anonymous' } as const

/** The payload of a token that an enrolled gateway signed just now, for this use and no other. */
async function verify(
  token: string,
  type: string,
  audience: string,
  { gateways, now }: IdentifyOptions,
): Promise<JWTPayload & { readonly iss: string }> {
  try {
    // Which key to check with is the only thing an unchecked token is asked.
    const { iss } = decodeJwt(token)
    const gateway = iss === undefined ? undefined : gateways.get(iss)
    if (iss === undefined || !gateway) throw notEnrolled()
    const { payload } = await jwtVerify(token, gateway.key, {
      // RFC 8725 §3.1 and §3.11: one algorithm and an explicit type.
      algorithms: ['EdDSA'],
      typ: type,
      issuer: iss,
      audience,
      requiredClaims: ['iat', 'exp', 'sub'],
      maxTokenAge: assertionMaxAgeSeconds,
      clockTolerance: clockToleranceSeconds,
      currentDate: new Date(now),
    })
    if (type === gatewayTokenType && payload.sub !== iss) throw notEnrolled()
    return { ...payload, iss }
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) throw notEnrolled()
    throw error
  }
}

function notEnrolled(): Error {
  return problem(
    'networks.gateway_not_enrolled',
    'what the gateway presented does not come from an enrolled gateway, or not from this minute',
  )
}

/** The name in a `host` header, without its port, in lower case. */
function hostName(host: string | undefined): string {
  return (host ?? '').replace(/:\d+$/, '').toLowerCase()
}
