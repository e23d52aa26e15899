// The answer of an OpenID provider, from the code to what it says of someone. Whatever can be wrong
// with it looks the same from outside; the log has the reason.
import type { OidcProvider } from '@countersign/contract/identity-provider'
import { problem, type Problem } from '@countersign/contract/problems'
import {
  authorizationCodeGrant,
  AuthorizationResponseError,
  ClientError,
  fetchUserInfo,
  refreshTokenGrant,
  ResponseBodyError,
  type IDToken,
} from 'openid-client'
import type { Elsewhere } from '#signin/federation/arrive.store'
import { derived, type Flow, journeyMaxAgeMs } from '#signin/federation/flow'
import { wordsOf } from '#signin/federation/words'
import { clockToleranceSeconds, type Discovered } from './discovered.client.ts'

/** How old a sign-in there may be at most, in seconds: older ones count for nothing here. */
export const signInMaxAgeSeconds = 12 * 3600

export interface Answer {
  readonly provider: OidcProvider
  readonly flow: Flow
  readonly cookie: string
  readonly state: string
  /** Where the browser was sent back to, with what the provider added to it. */
  readonly address: URL
  readonly now: number
}

/**
 * Redeems a code.
 * @throws signin.provider_refused, signin.provider_declined, signin.provider_unreachable
 */
export async function redeem(
  { configuration, metadata }: Discovered,
  { provider, flow, cookie, state, address, now }: Answer,
): Promise<Elsewhere> {
  try {
    const tokens = await authorizationCodeGrant(configuration, address, {
      expectedState: state,
      expectedNonce: derived({ cookie, state }, 'nonce'),
      pkceCodeVerifier: derived({ cookie, state }, 'verifier'),
      idTokenExpected: true,
      ...(provider.saysWhen
        ? { maxAge: flow.isFresh ? journeyMaxAgeMs / 1000 : signInMaxAgeSeconds }
        : {}),
    })
    const claims = tokens.claims()
    const { id_token: idToken, refresh_token: refreshToken } = tokens
    if (!claims || idToken === undefined) throw refused('there is no ID token')
    refuseOtherTime(claims, flow, now)
    const isSilent = !isComplete(provider, claims) && metadata.userinfo_endpoint !== undefined
    const more = isSilent ? await fetchUserInfo(configuration, tokens.access_token, claims.sub) : {}
    return {
      subject: claims.sub,
      // What was signed goes before what was only sent.
      claims: { ...more, ...claims },
      authTime: claims.auth_time === undefined ? undefined : claims.auth_time * 1000,
      amr: textsOf(claims['amr']),
      acr: textOf(claims['acr']),
      sid: textOf(claims['sid']),
      keepsakes: { idToken, ...(refreshToken === undefined ? {} : { refreshToken }) },
      checkAt: refreshToken === undefined ? undefined : now + provider.oidc.recheckMinutes * 60_000,
    }
  } catch (error) {
    throw meaningOf(error)
  }
}

export type Standing =
  | { readonly kind: 'stands'; readonly keepsakes: Readonly<Record<string, string>> }
  /** The provider was heard, and does not stand by the account any more. */
  | { readonly kind: 'fallen'; readonly why: string }
  | { readonly kind: 'silent'; readonly why: string }

/** Asks whether the provider still stands by an account. Never rejects. */
export async function askAgain(
  { configuration }: Discovered,
  keepsakes: Readonly<Record<string, string>>,
  subject: string,
): Promise<Standing> {
  const { refreshToken = '' } = keepsakes
  try {
    const tokens = await refreshTokenGrant(configuration, refreshToken)
    const named = tokens.claims()?.sub
    if (named !== undefined && named !== subject) {
      return { kind: 'fallen', why: 'it answers for someone else' }
    }
    const { refresh_token: next, id_token: idToken } = tokens
    return {
      kind: 'stands',
      keepsakes: {
        ...keepsakes,
        ...(next === undefined ? {} : { refreshToken: next }),
        ...(idToken === undefined ? {} : { idToken }),
      },
    }
  } catch (error) {
    if (error instanceof ResponseBodyError && error.error === 'invalid_grant') {
      return { kind: 'fallen', why: 'invalid_grant' }
    }
    return { kind: 'silent', why: error instanceof Error ? error.message : String(error) }
  }
}

// The library leaves it to us how old or how new a token may be (OpenID Connect Core 1.0 §3.1.3.7).
function refuseOtherTime({ iat }: IDToken, { begunAt }: Flow, now: number): void {
  const issuedAt = iat * 1000
  const skewMs = clockToleranceSeconds * 1000
  if (issuedAt > now + skewMs) throw refused('the ID token was issued in the future')
  if (issuedAt < begunAt - skewMs) throw refused('the ID token is from before the question')
}

function isComplete(provider: OidcProvider, claims: Readonly<Record<string, unknown>>): boolean {
  const words = wordsOf(provider, claims)
  return Object.entries(provider.claims).every(
    ([word, name]) => name === undefined || Object.hasOwn(words, word),
  )
}

const textMaxCharacters = 256
const textsMax = 32

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= textMaxCharacters
    ? value
    : undefined
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value)
    ? value.slice(0, textsMax).flatMap((item: unknown) => textOf(item) ?? [])
    : []
}

const refused = (why: string): Problem => problem('signin.provider_refused', why)

/** Failures of the network, as openid-client and `fetch` tell them. */
const silences: ReadonlySet<string> = new Set(['OAUTH_TIMEOUT', 'OAUTH_ABORT'])

function meaningOf(error: unknown): unknown {
  if (error instanceof AuthorizationResponseError) {
    return Object.assign(problem('signin.provider_declined'), { cause: error })
  }
  const isSilence =
    (error instanceof ClientError && silences.has(error.code ?? '')) ||
    (error instanceof TypeError && error.message === 'fetch failed')
  if (isSilence) return Object.assign(problem('signin.provider_unreachable'), { cause: error })
  if (
    error instanceof ClientError ||
    error instanceof ResponseBodyError ||
    error instanceof TypeError ||
    error instanceof RangeError
  ) {
    return Object.assign(problem('signin.provider_refused'), { cause: error })
  }
  return error
}
