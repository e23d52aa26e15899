// What a sign-in changes: a session begins or is proved again, and the console's cookie is always
// a new one, so that a cookie someone else knew before the sign-in is worth nothing after it.
import type { Authentication, Session, SessionEnding, Token } from '@countersign/contract/documents'
import type { IdSource } from '@countersign/contract/ids'
import type { Draft } from '#journal/journal.store'
import { newSession, newToken, strengthened } from './session.ts'

/** Who signed in, how, and at which host. */
export interface Arrival {
  readonly person: string
  readonly authentication: Authentication
  readonly device: string | undefined
  readonly host: string
}

export interface Entry {
  readonly session: Session
  /** The value of the host's cookie. */
  readonly secret: string
  readonly maxAgeSeconds: number
  readonly drafts: readonly Draft[]
}

/** A session with its cookies, as the browser that signs in has it already. */
export interface Current {
  readonly session: Session
  readonly tokens: readonly Token[]
  /** The sessions of programs that were approved in it. */
  readonly programs?: readonly Current[]
}

/** The session after a sign-in, and what to record. */
export function enter(
  { person, authentication, device, host }: Arrival,
  current: Current | undefined,
  source: IdSource,
): Entry {
  const again = strengthened(current?.session, person, authentication, source.now())
  const session = again ?? newSession(person, authentication, device, source)
  const event = again ? 'identity.session.strengthened' : 'identity.session.started'
  const { document, secret, maxAgeSeconds } = newToken(session, host, source)
  return {
    session,
    secret,
    maxAgeSeconds,
    drafts: [
      ...(current
        ? again
          ? withoutTokensAt(current, host, event)
          : ending(current, { why: 'replaced' })
        : []),
      { event, kind: 'session', id: session.id, after: session },
      { event, kind: 'token', id: document.id, after: document },
    ],
  }
}

/** A session carried to a host: its cookie there takes the place of any it had there before. */
export function extend(current: Current, host: string, source: IdSource): Omit<Entry, 'session'> {
  const event = 'identity.session.extended'
  const { document, secret, maxAgeSeconds } = newToken(current.session, host, source)
  return {
    secret,
    maxAgeSeconds,
    drafts: [
      ...withoutTokensAt(current, host, event),
      { event, kind: 'token', id: document.id, after: document },
    ],
  }
}

/**
 * The end of a session at every host, and of the programs that were signed in from it. Every end
 * leaves `identity.session.ended` with the session as it was before; why it ended, where that is
 * not a sign-out or the absolute end, stands in that session's `ending`.
 */
export function ending(
  { session, tokens, programs = [] }: Current,
  why?: SessionEnding,
): readonly Draft[] {
  const event = 'identity.session.ended'
  const { id } = session
  return [
    ...programs.flatMap((program) => ending(program, why)),
    ...tokens.map((token) => ({ event, kind: 'token', id: token.id, after: null }) as const),
    ...(why === undefined
      ? []
      : [
          {
            event: 'identity.session.ending',
            kind: 'session',
            id,
            after: { ...session, ending: why },
          } as const,
        ]),
    { event, kind: 'session', id, after: null },
  ]
}

// A session lives in one browser, and a browser keeps one cookie of a name for a host.
function withoutTokensAt(
  { tokens }: Current,
  host: string,
  event: Draft['event'],
): readonly Draft[] {
  return tokens
    .filter((token) => token.host === host)
    .map(({ id }) => ({ event, kind: 'token', id, after: null }))
}
