// A provider says that a session there has ended (OpenID Connect Back-Channel Logout 1.0 §2.6). It
// has to prove that it is the provider, speaks to us, speaks now, and speaks once.
import type { OidcProvider } from '@countersign/contract/identity-provider'
import { problem, type Problem } from '@countersign/contract/problems'
import { tokenHash } from '@countersign/contract/session'
import { errors, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { z } from 'zod'

const eventName = 'http://schemas.openid.net/event/backchannel-logout'
/** A logout older than this counts for nothing. */
const tokenMaxAgeSeconds = 300
const clockToleranceSeconds = 60
const name = z.string().min(1).max(512)

const shape = z
  .object({
    iat: z.number(),
    exp: z.number(),
    jti: name,
    sub: name.optional(),
    sid: name.optional(),
    events: z.looseObject({ [eventName]: z.looseObject({}) }),
    // §2.4: what has a nonce is an ID token, and ends nothing.
    nonce: z.undefined().optional(),
  })
  .refine(({ sub, sid }) => sub !== undefined || sid !== undefined, 'it names nobody')

export interface Logout {
  readonly sid: string | undefined
  readonly subject: string | undefined
  /** Counts once until then. */
  readonly once: { readonly id: string; readonly expiresAt: number }
}

/**
 * What a logout token says.
 * @throws signin.logout_refused
 */
export async function readLogoutToken(
  token: string,
  { oidc }: Pick<OidcProvider, 'oidc'>,
  issuer: string,
  {
    keys,
    algorithms,
    now,
  }: {
    readonly keys: JWTVerifyGetKey
    readonly algorithms: readonly string[]
    readonly now: number
  },
): Promise<Logout> {
  const { payload, protectedHeader } = await jwtVerify(token, keys, {
    algorithms: [...algorithms],
    issuer,
    audience: oidc.clientId,
    maxTokenAge: tokenMaxAgeSeconds,
    clockTolerance: clockToleranceSeconds,
    currentDate: new Date(now),
  }).catch((error: unknown) => {
    if (error instanceof errors.JOSEError) throw refused(error.message)
    throw Object.assign(problem('signin.provider_unreachable'), { cause: error })
  })
  const { typ } = protectedHeader
  // RFC 8725 §3.11. Providers that were there before the type had a name give none.
  if (typ !== undefined && !/^(?:application\/)?(?:logout\+)?jwt$/i.test(typ)) {
    throw refused('it is another kind of token')
  }
  const parsed = shape.safeParse(payload)
  if (!parsed.success) throw refused(parsed.error.issues[0]?.message ?? 'it is malformed')
  const { jti, iat, sid, sub } = parsed.data
  // Afterwards it is refused for its age, by any clock that may judge it.
  const until = iat + tokenMaxAgeSeconds + 2 * clockToleranceSeconds
  return {
    sid,
    subject: sub,
    once: {
      id: tokenHash(JSON.stringify(['logout', issuer, oidc.clientId, jti])),
      expiresAt: Math.ceil(until) * 1000,
    },
  }
}

const refused = (why: string): Problem => problem('signin.logout_refused', why)
