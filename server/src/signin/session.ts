// A session says who someone is and how they proved it. It lives on our side; a browser holds one
// random cookie per host, and what we keep of a cookie is its hash.
import type { Authentication, Person, Session, Token } from '@countersign/contract/documents'
import { type IdSource, newId } from '@countersign/contract/ids'
import { tokenHash } from '@countersign/contract/session'
import { newSecret } from './secrets.ts'

/** The absolute life of a session, in milliseconds. Nothing extends it. */
export const sessionMaxAgeMs = 12 * 60 * 60_000
/** A sign-in with less than this left of the session begins a new one, in milliseconds. */
export const renewalMarginMs = 60 * 60_000

/** A passkey proves possession of a key and, by a PIN or a fingerprint, its owner's presence. */
export function passkeyAuthentication(now: number): Authentication {
  return { method: 'passkey', phishingResistant: true, observedAt: now, provenance: 'attested' }
}

/** A click on a persona proves nothing. */
export function personaAuthentication(now: number): Authentication {
  return {
    method: 'persona',
    phishingResistant: false,
    observedAt: now,
    provenance: 'self-reported',
  }
}

/** Whether a session still stands for somebody. */
export function isLive({ endsAt, contestedAt }: Session, now: number): boolean {
  return endsAt > now && contestedAt === undefined
}

/** A session that begins now. */
export function newSession(
  person: Person['id'],
  authentication: Authentication,
  device: Session['device'],
  source: IdSource,
): Session {
  const startedAt = source.now()
  return {
    id: newId('session', source),
    person,
    startedAt,
    endsAt: startedAt + sessionMaxAgeMs,
    authentication,
    ...(device === undefined ? {} : { device }),
  }
}

/**
 * What a sign-in makes of the session it happens in: the same session with the newer proof, also
 * where that is the weaker one, because the fact is how someone proved it last.
 * @returns undefined where a new session has to begin: another person, or little time left.
 */
export function strengthened(
  current: Session | undefined,
  person: Person['id'],
  authentication: Authentication,
  now: number,
): Session | undefined {
  return current?.person === person &&
    current.contestedAt === undefined &&
    current.endsAt - now > renewalMarginMs
    ? { ...current, authentication }
    : undefined
}

/** A new cookie for one host, and the document that is kept of it. */
export function newToken(
  session: Session,
  host: string,
  source: IdSource,
): { readonly secret: string; readonly document: Token; readonly maxAgeSeconds: number } {
  const secret = newSecret(source)
  return {
    secret,
    document: { id: tokenHash(secret), session: session.id, host, endsAt: session.endsAt },
    maxAgeSeconds: Math.max(0, Math.floor((session.endsAt - source.now()) / 1000)),
  }
}
