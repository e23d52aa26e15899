// An access token of ours, checked with the key that is pinned for the feed. Nobody is asked: the
// control plane may be gone.
import {
  accessTokenClaims,
  type AccessTokenClaims,
  accessTokenMaxAgeSeconds,
  accessTokenType,
  bearerMaxCharacters,
  tokenClockToleranceSeconds,
} from '@countersign/contract/access-token'
import { type CryptoKey, errors, jwtVerify } from 'jose'

export interface AccessTokenOptions {
  readonly key: CryptoKey
  readonly issuer: string
  /** The id of the application that was found. */
  readonly application: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** What a token says; undefined where it is not ours, not for this application or not of now. */
export async function readAccessToken(
  token: string,
  { key, issuer, application, now }: AccessTokenOptions,
): Promise<AccessTokenClaims | undefined> {
  if (token.length > bearerMaxCharacters) return undefined
  try {
    const { payload } = await jwtVerify(token, key, {
      // RFC 8725 §3.1 and §3.11: the algorithm is ours to say, and so is the type.
      algorithms: ['EdDSA', 'Ed25519'],
      typ: accessTokenType,
      issuer,
      audience: application,
      requiredClaims: ['exp', 'iat', 'jti', 'sub', 'client_id'],
      maxTokenAge: accessTokenMaxAgeSeconds,
      clockTolerance: tokenClockToleranceSeconds,
      currentDate: new Date(now),
    })
    const claims = accessTokenClaims.safeParse(payload).data
    const isWhole =
      claims !== undefined &&
      claims.sub === claims.client_id &&
      claims.exp - claims.iat <= accessTokenMaxAgeSeconds &&
      now < claims.exp * 1000
    return isWhole ? claims : undefined
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined
    throw error
  }
}
