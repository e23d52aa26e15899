// A token of a trust domain (JWT-SVID). It is good for whoever holds it, so it must be short-lived
// and meant for one application alone.
import {
  bearerMaxCharacters,
  tokenAlgorithms,
  tokenClockToleranceSeconds,
} from '@countersign/contract/access-token'
import type { Application } from '@countersign/contract/documents'
import { spiffeId } from '@countersign/contract/documents'
import { errors, jwtVerify, type JWTVerifyGetKey } from 'jose'
import { svidMaxAgeSeconds } from '#limits'
import { trustDomainOf } from './authorization.ts'

export interface Svid {
  readonly spiffeId: string
  /** Milliseconds since the epoch. */
  readonly issuedAt: number
  readonly endsAt: number
}

export interface SvidOptions {
  /** The keys of a trust domain; undefined where it is not known. */
  readonly keysOf: (trustDomain: string) => JWTVerifyGetKey | undefined
  readonly application: Pick<Application, 'id' | 'hosts'>
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** What a token says; undefined where it is not of its trust domain, not for this application or not of now. */
export async function readSvid(
  token: string,
  trustDomain: string,
  { keysOf, application, now }: SvidOptions,
): Promise<Svid | undefined> {
  const keys = keysOf(trustDomain)
  if (!keys || token.length > bearerMaxCharacters) return undefined
  try {
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      algorithms: [...tokenAlgorithms],
      requiredClaims: ['sub', 'aud', 'exp'],
      clockTolerance: tokenClockToleranceSeconds,
      currentDate: new Date(now),
    })
    const { sub, aud, exp = 0, iat } = payload
    const id = spiffeId.safeParse(sub).data
    const audiences = [aud].flat()
    const endsAt = exp * 1000
    const isMeant =
      // JWT-SVID §2.2 knows two types, and a token without one.
      [undefined, 'JWT', 'JOSE'].includes(protectedHeader.typ) &&
      id !== undefined &&
      trustDomainOf(id) === trustDomain &&
      // Whoever else it is meant for could show it here.
      audiences.length === 1 &&
      isAudienceOf(application, audiences[0]) &&
      now < endsAt &&
      endsAt <= now + svidMaxAgeSeconds * 1000
    if (!isMeant) return undefined
    return { spiffeId: id, issuedAt: iat === undefined ? now : iat * 1000, endsAt }
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined
    throw error
  }
}

function isAudienceOf(
  { id, hosts }: Pick<Application, 'id' | 'hosts'>,
  audience: unknown,
): boolean {
  return (
    audience === id || hosts.some((host) => audience === host || audience === `https://${host}`)
  )
}
