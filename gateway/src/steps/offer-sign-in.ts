// A person who could be let in after signing in is taken there and brought back to exactly where
// they were going.
import { flowCookie, flowMaxAgeSeconds } from '@countersign/contract/session'
import type { Decided } from '#exchange'
import type { Gateway } from '#gateway'
import { type Answered, answered } from '#grid'
import { isNavigation, reply } from '#reply'
import { setCookie } from '#wire/cookies'
import { flowHash } from './answer-reserved.ts'
import { consoleOrigin, isConsoleHost, publicUrl } from './public-address.ts'
import { decisionHeader } from '@countersign/contract/session'

/** A sign-in younger than this did not help, so another one at once will not either. */
const justSignedInMs = 60_000

/** Redirects a browser to the sign-in where that would help; lets everything else pass. */
export function offerSignIn(
  known: Decided,
  { randomBytes }: Pick<Gateway, 'randomBytes'>,
): Answered | void {
  const { judgement, subject, request, enrolment, authority, target, decision, now } = known
  const isStepUp = judgement.verdict === 'step-up'
  const wouldHelp =
    subject.kind === 'person'
      ? isStepUp && now - subject.session.authentication.observedAt > justSignedInMs
      : judgement.verdict !== 'allow'
  if (!wouldHelp || !isNavigation(request)) return undefined

  const location = new URL(consoleOrigin(enrolment))
  const cookies: string[] = []
  if (isConsoleHost(enrolment, authority.name)) {
    location.pathname = '/signin'
    location.searchParams.set('return', target.raw)
  } else {
    const flow = Buffer.from(randomBytes(32)).toString('base64url')
    cookies.push(setCookie(flowCookie, flow, { maxAgeSeconds: flowMaxAgeSeconds }))
    location.pathname = '/signin/continue'
    location.searchParams.set('return', publicUrl(enrolment, known))
    location.searchParams.set('flow', flowHash(flow))
  }
  if (isStepUp) location.searchParams.set('fresh', '1')
  reply(known, {
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
