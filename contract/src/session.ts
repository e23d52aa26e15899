// How a session shows itself: an opaque cookie per host, of which only the hash is ever stored.
import { hash } from 'node:crypto'

/**
 * The `__Host-` prefix makes browsers refuse the cookie unless it is `Secure`, without `Domain`
 * and for the whole host, so that no sibling host can set it (RFC 6265bis §4.1.3.2).
 */
export const sessionCookie = '__Host-countersign'
/** Holds the challenge that ties a sign-in to the browser that began it. */
export const flowCookie = '__Host-countersign-flow'
/** 32 random bytes in base64url. */
export const tokenPattern: RegExp = /^[\w-]{43}$/

/** The path space that the gateway keeps for itself at every host. */
export const reservedPath = '/.countersign/'
export const callbackPath = '/.countersign/callback'
/** In its query: the path at that host which was wanted. It is no secret, and proves nothing. */
export const callbackReturn = 'return'
export const jwksPath = '/.countersign/jwks.json'

/** A flow begun longer ago than this is over, in seconds. */
export const flowMaxAgeSeconds = 600
/** A handoff code is good for this long, in milliseconds. */
export const handoffMaxAgeMs = 60_000

/** The header in which a server answer names the journal position that includes its effect. */
export const sequenceHeader = 'countersign-sequence'
/** The header in which upstreams receive the signed assertion of identity. */
export const assertionHeader = 'countersign-assertion'
/** Assertions live this long, in seconds. */
export const assertionMaxAgeSeconds = 60
/** The header that names the decision in every answer of the gateway. */
export const decisionHeader = 'countersign-decision'

/** What is stored of a token: its SHA-256 in hex. The token has 256 random bits, so no salt is needed. */
export function tokenHash(token: string): string {
  return hash('sha256', token)
}
