// The credential of a program: a token of ours for one workload and one application (RFC 9068). The
// server signs it with the key of the feed, so gateways check it without asking; its type keeps it
// apart from everything else that this key signs.
import { z } from 'zod'
import { workloadFederation } from './workload-federation.ts'

/** JWS `typ` of an access token (RFC 9068 §2.1). */
export const accessTokenType = 'at+jwt'
/** An access token counts for at most this long, in seconds. */
export const accessTokenMaxAgeSeconds = 600
/** The longest token that is looked at, in characters; ours and those of others. */
export const bearerMaxCharacters = 8_192
/** How far the clocks of those who sign and of those who check may differ, in seconds. */
export const tokenClockToleranceSeconds = 10

/**
 * The algorithms of others that are believed. All are asymmetric: what checks a token must never be
 * able to make one (RFC 8725 §3.1 and §3.2).
 */
export const tokenAlgorithms = [
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'RS384',
  'RS512',
] as const

/** To whom a token is bound: a key (RFC 9449 §6) or a certificate (RFC 8705 §3.1), or both. */
const confirmation = z.strictObject({
  /** Thumbprint of the key of its proofs (RFC 7638). */
  jkt: z
    .string()
    .regex(/^[\w-]{43}$/)
    .optional(),
  /** SHA-256 of the certificate, in base64url. */
  'x5t#S256': z
    .string()
    .regex(/^[\w-]{43}$/)
    .optional(),
})
export type Confirmation = z.infer<typeof confirmation>

/** What an access token says, besides what every JWT says of itself. */
export const accessTokenClaims = z.object({
  /** The workload, twice: there is nobody else in whose name it acts (RFC 9068 §2.2). */
  sub: z.string().min(1).max(128),
  client_id: z.string().min(1).max(128),
  /** The application. */
  aud: z.string().min(1).max(128),
  /** Seconds since the epoch. */
  iat: z.int().nonnegative(),
  exp: z.int().nonnegative(),
  jti: z.string().min(1).max(64),
  cnf: confirmation.optional(),
  /** What the workload showed for it. The token ends when that no longer stands for the workload. */
  federation: workloadFederation,
})
export type AccessTokenClaims = z.infer<typeof accessTokenClaims>
