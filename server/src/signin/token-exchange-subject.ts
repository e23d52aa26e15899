// The token that a workload brings: issued by a system we know, to it, for us, and not long ago.
import {
  bearerMaxCharacters,
  tokenAlgorithms,
  tokenClockToleranceSeconds,
} from '@countersign/contract/access-token'
import { type Problem, problem } from '@countersign/contract/problems'
import {
  type WorkloadFederation,
  workloadFederation,
} from '@countersign/contract/workload-federation'
import { decodeJwt, errors, jwtVerify, type JWTVerifyGetKey } from 'jose'

export interface KnownIssuer {
  readonly keys: JWTVerifyGetKey
  readonly reusable: boolean
}

export interface SubjectToken {
  readonly federation: WorkloadFederation
  /** Seconds since the epoch. */
  readonly endsAt: number
  /** What it is called, where it counts once. */
  readonly onceAs: string | undefined
}

/**
 * What a token says.
 * @param now milliseconds since the epoch
 * @throws signin.token_refused, signin.issuer_unreachable
 */
export async function readSubjectToken(
  token: string,
  issuers: ReadonlyMap<string, KnownIssuer>,
  now: number,
): Promise<SubjectToken> {
  if (token.length > bearerMaxCharacters) throw refused('it is too long')
  try {
    // Whose keys to check with is the only thing an unchecked token is asked.
    const { iss = '' } = decodeJwt(token)
    const issuer = issuers.get(iss)
    if (!issuer) throw refused('its issuer is not one of those that are set up here')
    const { payload, protectedHeader } = await jwtVerify(token, issuer.keys, {
      algorithms: [...tokenAlgorithms],
      issuer: iss,
      requiredClaims: ['sub', 'aud', 'exp'],
      clockTolerance: tokenClockToleranceSeconds,
      currentDate: new Date(now),
    })
    if (![undefined, 'JWT'].includes(protectedHeader.typ)) throw refused('it is of another type')
    const { sub, aud, exp = 0, jti } = payload
    const audiences = [aud].flat()
    // Whoever else it is meant for could bring it here.
    if (audiences.length !== 1) throw refused('it is meant for several audiences')
    const federation = workloadFederation.safeParse({
      issuer: iss,
      subject: sub,
      audience: audiences[0],
    }).data
    if (!federation) throw refused('its `sub` or `aud` is not a text of ordinary length')
    return {
      federation,
      endsAt: exp,
      onceAs: issuer.reusable ? undefined : jti,
    }
  } catch (error) {
    if (error instanceof errors.JOSEError) throw refused(reasonOf(error))
    throw error
  }
}

function reasonOf(error: InstanceType<typeof errors.JOSEError>): string {
  if (error instanceof errors.JWTExpired) return 'it has expired'
  if (error instanceof errors.JWTClaimValidationFailed) return `its \`${error.claim}\` does not fit`
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'its signature does not hold'
  if (error instanceof errors.JWKSNoMatchingKey) return 'its issuer has no key of that `kid`'
  if (error instanceof errors.JOSEAlgNotAllowed) return 'it is not signed with a key pair'
  return 'it is not a signed JWT'
}

/** A token that does not count, and why, for whoever set it up. */
export function refused(why: string): Problem {
  return problem('signin.token_refused', `the token was refused: ${why}`)
}
