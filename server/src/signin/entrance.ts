// What every way in has in common: who the passkeys are for, where one may go afterwards, how
// often one may fail, and how an exchange tells who is there already.
import type { Person, Session } from '@countersign/contract/documents'
import { entityText, uid } from '@countersign/contract/entities'
import type { IdSource } from '@countersign/contract/ids'
import { problem, type Problem } from '@countersign/contract/problems'
import { sessionCookie } from '@countersign/contract/session'
import type { Caller } from '#http/caller'
import type { SigninDependencies } from '#http/dependencies'
import type { Exchange } from '#http/implement'
import { addressKey, Attempts, challengeLimits, failureLimits } from './attempts.ts'
import { returnAddress, type ReturnAddress, type Sites } from './returning.ts'
import { relyingParty, type RelyingParty } from './webauthn.ts'

export interface Entrance {
  readonly rp: RelyingParty
  readonly sites: Sites
  readonly failures: Attempts
  readonly challenges: Attempts
}

export function openEntrance({ ledger, settings }: SigninDependencies): Entrance {
  const { organisation, publicUrl } = settings
  return {
    rp: relyingParty(organisation, publicUrl),
    sites: {
      publicUrl,
      isServed: (hostname) => ledger.estate.applicationAt(hostname) !== undefined,
    },
    failures: new Attempts(failureLimits),
    challenges: new Attempts(challengeLimits),
  }
}

/**
 * A return address of ours.
 * @throws signin.return_refused
 */
export function acceptedReturn(text: string, sites: Sites): ReturnAddress {
  const address = returnAddress(text, sites)
  if (!address) throw problem('signin.return_refused')
  return address
}

/**
 * Where the browser goes after a sign-in; the console's first page unless it came from somewhere.
 * @throws signin.return_refused
 */
export function nextAfter(returnTo: string | undefined, sites: Sites): string {
  if (returnTo === undefined) return '/'
  const { isConsole, origin, path } = acceptedReturn(returnTo, sites)
  return isConsole ? path : origin + path
}

/** The session the caller is in, while it lives. */
export function sessionOf(caller: Caller): Session | undefined {
  return caller.kind === 'visitor' && caller.subject.kind === 'person'
    ? caller.subject.session
    : undefined
}

/**
 * The session the caller must be in.
 * @throws access.sign_in_required
 */
export function requiredSession(caller: Caller): Session {
  const session = sessionOf(caller)
  if (!session) throw problem('access.sign_in_required')
  return session
}

/** The key under which a caller's attempts are counted. */
export function attemptKey(caller: Caller): string {
  return caller.kind === 'visitor' ? addressKey(caller.address) : caller.kind
}

/** An address asked too often. */
export function tooMany(): Problem {
  return problem('request.too_many')
}

/** Ids of this exchange: its moment, and our randomness. */
export function sourceOf(
  { randomBytes }: Pick<SigninDependencies, 'randomBytes'>,
  { now }: Pick<Exchange, 'now'>,
): IdSource {
  return { now: () => now, randomBytes }
}

/** How the journal names a person who acts. */
export function actorPerson(person: Person['id']): string {
  return entityText(uid('person', person))
}

/** Sets the cookie of the one who came in. */
export function welcome(
  { reply }: Exchange,
  {
    secret,
    maxAgeSeconds,
    sequence,
  }: { readonly secret: string; readonly maxAgeSeconds: number; readonly sequence: number },
): void {
  reply.cookie(sessionCookie, secret, maxAgeSeconds)
  reply.sequence(sequence)
}
