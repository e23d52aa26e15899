// Whether an `Authorization` header is meant for us. It is if its token says that we issued it, or
// that it comes from a trust domain we know; whether that is true is looked at next. Everything else
// is between the client and the application.
import { decodeJwt, errors } from 'jose'
import type { Identified, RequestHead } from '#exchange'

export interface Presented {
  readonly scheme: 'Bearer' | 'DPoP'
  readonly token: string
  readonly kind: 'access-token' | 'svid'
  /** Who it says it is for. Not checked. */
  readonly subject: unknown
}

export interface Ours {
  /** Who issues our tokens. */
  readonly issuer: string
  readonly isTrustDomain: (name: string) => boolean
}

/** Whether a header, in lower case, is for us and nobody behind us. */
export function isWithheld(
  name: string,
  { hasOurAuthorization = false }: Pick<Identified, 'hasOurAuthorization'>,
): boolean {
  return hasOurAuthorization && (name === 'authorization' || name === 'dpop')
}

/** The token that was presented to us; undefined where none was. */
export function presentedToUs(
  { headers: { authorization } }: Pick<RequestHead, 'headers'>,
  { issuer, isTrustDomain }: Ours,
): Presented | undefined {
  if (authorization === undefined) return undefined
  // RFC 9110 §11.1: the name of a scheme is the same in upper and lower case.
  const match = /^(bearer|dpop) +([\w-]+\.[\w-]+\.[\w-]*)$/i.exec(authorization)
  const [, scheme = '', token = ''] = match ?? []
  const claims = match ? uncheckedClaims(token) : undefined
  if (!claims) return undefined
  const kind =
    claims.iss === issuer
      ? 'access-token'
      : isTrustDomain(trustDomainOf(claims.sub))
        ? 'svid'
        : undefined
  return (
    kind && {
      kind,
      token,
      subject: claims.sub,
      scheme: scheme.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer',
    }
  )
}

/** The trust domain that a SPIFFE ID names; empty where there is none. */
export function trustDomainOf(subject: unknown): string {
  return typeof subject === 'string' ? (/^spiffe:\/\/([^/]+)\//.exec(subject)?.[1] ?? '') : ''
}

function uncheckedClaims(
  token: string,
): { readonly iss?: unknown; readonly sub?: unknown } | undefined {
  try {
    return decodeJwt(token)
  } catch (error) {
    if (error instanceof errors.JWTInvalid) return undefined
    throw error
  }
}
