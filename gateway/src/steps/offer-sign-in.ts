// A person who could be let in after signing in is taken there and brought back to exactly where
// they were going.
import { decisionHeader, flowCookie, flowMaxAgeSeconds } from '@countersign/contract/session'
import type { Decided, EXTERNAL, HTTP } from '#exchange'
import type { Gateway } from '#gateway'
import { type Answered, answered } from '#grid'
import { isNavigation } from '#reply'
import { readCookie, setCookie } from '#wire/cookies'
import { flowHash } from './answer-reserved.ts'
import { consoleOrigin, isConsoleHost, publicOrigin, publicUrl } from './public-address.ts'

/** A sign-in younger than this did not help, so another one at once will not either. */
const justSignedInMs = 60_000
/** The sign-in takes return addresses up to this length. */
const returnMaxCharacters = 4_096

/** Redirects a browser to the sign-in where that would help; lets everything else pass. */
export function offerSignIn(
  known: Decided<typeof HTTP | typeof EXTERNAL>,
  { randomBytes }: Pick<Gateway, 'randomBytes'>,
): Answered | void {
  const { judgement, subject, request, enrolment, authority, target, decision, now } = known
  const isStepUp = judgement.verdict === 'step-up'
  const wouldHelp =
    subject.kind === 'person'
      ? isStepUp && now - subject.session.authentication.observedAt > justSignedInMs
      : judgement.verdict !== 'allow'
  const isConsole = isConsoleHost(enrolment, authority.name)
  // Whoever may not even see the sign-in page cannot be helped by being sent there.
  const isSignIn = isConsole && /^\/signin(?:\/|$)/.test(target.path)
  if (!wouldHelp || isSignIn || !isNavigation(known)) return undefined

  const location = new URL(consoleOrigin(enrolment))
  const cookies: string[] = []
  if (isConsole) {
    location.pathname = '/signin'
    location.searchParams.set('return', target.raw)
  } else {
    // Several tabs of one browser share a challenge, or the last one would undo the others.
    const flow =
      readCookie(request.headers.cookie, flowCookie) ??
      Buffer.from(randomBytes(32)).toString('base64url')
    const wanted = publicUrl(enrolment, known)
    cookies.push(setCookie(flowCookie, flow, { maxAgeSeconds: flowMaxAgeSeconds }))
    location.pathname = '/signin/continue'
    location.searchParams.set(
      'return',
      wanted.length > returnMaxCharacters ? publicOrigin(enrolment, authority.name) : wanted,
    )
    location.searchParams.set('flow', flowHash(flow))
  }
  if (isStepUp) location.searchParams.set('fresh', '1')
  known.answer({
    status: 303,
    headers: {
      location: location.href,
      [decisionHeader]: decision,
      ...(cookies.length === 0 ? {} : { 'set-cookie': cookies }),
    },
    body: '',
  })
  return answered
}
