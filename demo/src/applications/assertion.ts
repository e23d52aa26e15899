// An application behind a gateway still asks who is there: it verifies the signed assertion that
// the gateway adds to every request, and refuses what comes without one. So whoever finds a way
// around the gateway finds a closed door. This is what an application of yours would do, with the
// JWT library of its language; here it is done with Node alone.
import { type KeyObject, verify } from 'node:crypto'
import { clockSkewMs } from '@countersign/contract/facts'
import { assertionType } from '@countersign/contract/feed'

/** What must hold besides the signature. */
export interface Expectation {
  /** The key of that id, or undefined where there is none. */
  readonly keyOf: (keyId: string) => KeyObject | undefined
  /** Gateways whose word counts. */
  readonly issuer: string
  /** Our own application id: an assertion for another application is worthless here. */
  readonly audience: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** Who asks, on the gateway's word. */
export interface Caller {
  readonly type: string
  readonly id: string
  readonly session: string | undefined
  readonly address: string | undefined
  readonly issuer: string
  /** Seconds since the epoch. */
  readonly expiresAt: number
}

export type Verification =
  | { readonly kind: 'verified'; readonly caller: Caller }
  | { readonly kind: 'unknown-key'; readonly keyId: string }
  | { readonly kind: 'refused'; readonly why: string }

const assertionMaxCharacters = 4_096

/** Verifies an assertion. `unknown-key` asks the caller to fetch the keys again, once. */
export function verifyAssertion(
  assertion: string | undefined,
  { keyOf, issuer, audience, now }: Expectation,
): Verification {
  if (assertion === undefined) return refused('the request carries no assertion')
  const parts = assertion.length <= assertionMaxCharacters ? assertion.split('.') : []
  const [head, body, signature] = parts
  if (head === undefined || body === undefined || signature === undefined || parts.length !== 3) {
    return refused('the assertion is not a compact JWS')
  }
  const { alg, typ, kid } = decode(head)
  // RFC 8725 §3.1: the algorithm is ours to name, not the token's to choose.
  if (alg !== 'EdDSA' || typ !== assertionType || typeof kid !== 'string') {
    return refused('the assertion is of another kind or algorithm')
  }
  const key = keyOf(kid)
  if (key === undefined) return { kind: 'unknown-key', keyId: kid }
  const signed = Buffer.from(`${head}.${body}`)
  if (!verify(null, signed, key, Buffer.from(signature, 'base64url'))) {
    return refused('the signature is not the gateway’s')
  }
  const { iss, aud, sub, iat, exp, sid, cip } = decode(body)
  if (iss !== issuer) return refused('it was issued by another gateway')
  if (aud !== audience) return refused('it was issued for another application')
  if (typeof exp !== 'number' || exp * 1000 <= now) return refused('it has expired')
  if (typeof iat !== 'number' || iat * 1000 > now + clockSkewMs) {
    return refused('it was issued in the future')
  }
  const [, type, quoted] = /^(\w{1,64})::(".{1,300}")$/.exec(textOf(sub) ?? '') ?? []
  if (type === undefined || quoted === undefined) return refused('its subject has no type and id')
  const id: unknown = parseJson(quoted)
  if (typeof id !== 'string') return refused('its subject has no type and id')
  return {
    kind: 'verified',
    caller: { type, id, session: textOf(sid), address: textOf(cip), issuer, expiresAt: exp },
  }
}

/** The members of a part that is a JSON object; none for anything else. */
function decode(part: string): Readonly<Record<string, unknown>> {
  const value = parseJson(Buffer.from(part, 'base64url').toString('utf8'))
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function refused(why: string): Verification {
  return { kind: 'refused', why }
}
