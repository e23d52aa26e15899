// A proof that whoever presents a token holds the key it is bound to (RFC 9449). Here is what a proof
// must say; its signature is checked by whoever receives it, with the key in its own header.
import { hash } from 'node:crypto'
import { z } from 'zod'

/** JWS `typ` of a proof (RFC 9449 §4.2). */
export const proofType = 'dpop+jwt'
export const proofHeader = 'dpop'
/** The longest proof that is looked at, in characters. */
export const proofMaxCharacters = 4_096
/** A proof counts for this long after it was made, in seconds. */
export const proofMaxAgeSeconds = 60
/** And for this long before, because clocks differ. */
const proofMaxEarlySeconds = 10

/**
 * The algorithms of proofs. None is RSA: whoever chooses such a key chooses what it costs to check.
 */
export const proofAlgorithms = ['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'] as const

const proofKey = z.discriminatedUnion('kty', [
  z.object({ kty: z.literal('EC'), crv: z.string(), x: z.string(), y: z.string() }),
  z.object({ kty: z.literal('OKP'), crv: z.string(), x: z.string() }),
])
type ProofKey = z.infer<typeof proofKey>

/** The key in a proof's header; undefined where it is not one, or comes with its private part. */
export function readProofKey(jwk: unknown): ProofKey | undefined {
  return Object.hasOwn(Object(jwk) as object, 'd') ? undefined : proofKey.safeParse(jwk).data
}

const proofClaims = z.object({
  jti: z.string().min(1).max(256),
  htm: z.string().max(32),
  htu: z.string().max(2_048),
  iat: z.number(),
  ath: z.string().max(64).optional(),
})

export interface ProvenRequest {
  readonly method: string
  /** Without query; a query here is not looked at. */
  readonly url: URL
  /** The token that is presented with the proof, where there is one. */
  readonly token?: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

export interface Proof {
  readonly jti: string
  /** Seconds since the epoch from which on the proof is too old to count, and may be forgotten. */
  readonly endsAt: number
}

/**
 * The proof that the signed claims make for this request; undefined where they do not
 * (RFC 9449 §4.3). That it was not seen before is for the caller to find out.
 */
export function proofFor(claims: unknown, request: ProvenRequest): Proof | undefined {
  const parsed = proofClaims.safeParse(claims)
  if (!parsed.success) return undefined
  const { jti, htm, htu, iat, ath } = parsed.data
  const seconds = request.now / 1000
  const isOfThisMoment = iat <= seconds + proofMaxEarlySeconds && seconds < iat + proofMaxAgeSeconds
  const hasRightToken =
    ath === (request.token === undefined ? undefined : tokenDigest(request.token))
  return htm === request.method && isSameTarget(htu, request.url) && isOfThisMoment && hasRightToken
    ? { jti, endsAt: Math.ceil(iat + proofMaxAgeSeconds) }
    : undefined
}

/** SHA-256 of a token in base64url, as `ath` has it. */
export function tokenDigest(token: string): string {
  return hash('sha256', token, 'base64url')
}

// RFC 9449 §4.3: both without query and fragment, and normalised as RFC 3986 §6.2 says.
function isSameTarget(htu: string, url: URL): boolean {
  const proven = URL.canParse(htu) ? new URL(htu) : undefined
  return (
    proven !== undefined &&
    proven.username === '' &&
    proven.password === '' &&
    proven.origin === url.origin &&
    proven.pathname === url.pathname
  )
}
