// A journey to a provider and back. It belongs to one browser, by a cookie that no other host can
// set, and to one provider; it ends with the first answer, whatever that is. What the provider has
// to be shown at the end is derived from what only that browser has, so that a code that leaks, or
// an answer slipped to another browser, is worth nothing.
import { createHmac, hash } from 'node:crypto'
import type { IdSource } from '@countersign/contract/ids'
import { tokenPattern } from '@countersign/contract/session'
import { isSame, newSecret } from '#signin/secrets'

/**
 * Ties a journey to the browser that began it. The `__Host-` prefix makes browsers refuse it from
 * any other host (RFC 6265bis §4.1.3.2). One cookie serves the journeys of all tabs.
 */
export const providerCookie = '__Host-countersign-provider'
/** How long someone may take at the provider, in milliseconds. */
export const journeyMaxAgeMs = 15 * 60_000

/** What is kept of a journey. */
export interface Flow {
  /** SHA-256 of the state, in hex. */
  readonly id: string
  /** SHA-256 of the cookie, in hex. */
  readonly browser: string
  readonly provider: string
  /** Where to go afterwards: a place of ours, as it was asked for. */
  readonly returnTo: string | undefined
  /** Whether they have to prove themselves again. */
  readonly isFresh: boolean
  /** Milliseconds since the epoch. */
  readonly begunAt: number
  readonly expiresAt: number
}

export interface Begun {
  readonly flow: Flow
  /** Goes to the provider and comes back. */
  readonly state: string
  /** The value of the cookie. */
  readonly cookie: string
}

/** A new journey. `cookie` is what the browser has from another tab, if it has one. */
export function beginFlow(
  wish: Pick<Flow, 'provider' | 'returnTo' | 'isFresh'>,
  cookie: string | undefined,
  source: IdSource,
): Begun {
  const state = newSecret(source)
  const own = cookie !== undefined && tokenPattern.test(cookie) ? cookie : newSecret(source)
  const begunAt = source.now()
  return {
    flow: {
      ...wish,
      id: hash('sha256', state),
      browser: hash('sha256', own),
      begunAt,
      expiresAt: begunAt + journeyMaxAgeMs,
    },
    state,
    cookie: own,
  }
}

/** Whether this is the end of a journey of that browser to that provider. */
export function isTheirs(
  flow: Flow,
  { cookie, provider }: { readonly cookie: string | undefined; readonly provider: string },
  now: number,
): boolean {
  const isBrowser = isSame(flow.browser, hash('sha256', cookie ?? ''))
  return isBrowser && flow.provider === provider && flow.expiresAt > now
}

/** What a journey shows the provider: each is a secret of its own, and none is kept anywhere. */
export type Derived = 'nonce' | 'verifier' | 'request'

/** 43 characters of base64url. */
export function derived(
  { cookie, state }: { readonly cookie: string; readonly state: string },
  what: Derived,
): string {
  return createHmac('sha256', cookie).update(`${what}:${state}`).digest('base64url')
}
