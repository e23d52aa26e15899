// Where a sign-in begins and where it comes back to: the console's own pages, or the console with a
// challenge that only this browser can answer at this host.
import { flowCookie, flowMaxAgeSeconds, reservedPath } from '@countersign/contract/session'
import { createHash } from 'node:crypto'
import type { Arrival, Informed, Understood } from '#exchange'
import type { Gateway } from '#gateway'
import type { Reply } from '#reply'
import { readCookie, setCookie } from '#wire/cookies'
import { consoleOrigin, isConsoleHost, publicOrigin } from './public-address.ts'

/** Begins a sign-in, for whoever stays on a page and follows its link in another tab. */
export const signInPath = `${reservedPath}sign-in`
/** In its query: an older sign-in does not do. */
export const freshParameter = 'fresh'
/** Where that other tab ends. */
export const signedInPath = `${reservedPath}signed-in`

/** The sign-in takes return addresses up to this length. */
const returnMaxCharacters = 4_096

export interface SignInWanted {
  /** A path with its query, at the host of this request. */
  readonly returnTo: string
  /** Whether only a sign-in made from now on would do. */
  readonly isFresh: boolean
}

/** The redirect to the sign-in, with the cookie that ties it to this browser. */
export function signInReply(
  { request, enrolment, authority }: Arrival & Understood & Informed,
  { returnTo, isFresh }: SignInWanted,
  { randomBytes }: Pick<Gateway, 'randomBytes'>,
): Reply {
  const location = new URL(consoleOrigin(enrolment))
  const cookies: string[] = []
  if (isConsoleHost(enrolment, authority.name)) {
    location.pathname = '/signin'
    location.searchParams.set('return', returnTo)
  } else {
    // Several tabs of one browser share a challenge, or the last one would undo the others.
    const flow =
      readCookie(request.headers.cookie, flowCookie) ??
      Buffer.from(randomBytes(32)).toString('base64url')
    const origin = publicOrigin(enrolment, authority.name)
    const wanted = new URL(returnTo, origin).href
    cookies.push(setCookie(flowCookie, flow, { maxAgeSeconds: flowMaxAgeSeconds }))
    location.pathname = '/signin/continue'
    location.searchParams.set('return', wanted.length > returnMaxCharacters ? origin : wanted)
    location.searchParams.set('flow', flowHash(flow))
  }
  if (isFresh) location.searchParams.set('fresh', '1')
  return {
    status: 303,
    headers: {
      location: location.href,
      ...(cookies.length === 0 ? {} : { 'set-cookie': cookies }),
    },
    body: '',
  }
}

/** What the control plane knows of a flow: SHA-256 of the cookie's value, in base64url. */
export function flowHash(flow: string): string {
  return createHash('sha256').update(flow).digest('base64url')
}
