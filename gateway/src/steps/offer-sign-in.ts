// A person who could be let in after signing in is taken there and brought back to exactly where
// they were going.
import { decisionHeader } from '@countersign/contract/session'
import type { Decided, EXTERNAL, HTTP } from '#exchange'
import type { Gateway } from '#gateway'
import { type Answered, answered } from '#grid'
import { isNavigation } from '#reply'
import { signInReply } from './begin-sign-in.ts'
import { isConsoleHost } from './public-address.ts'

/** A sign-in younger than this did not help, so another one at once will not either. */
const justSignedInMs = 60_000

/** Redirects a browser to the sign-in where that would help; lets everything else pass. */
export function offerSignIn(
  known: Decided<typeof HTTP | typeof EXTERNAL>,
  means: Pick<Gateway, 'randomBytes'>,
): Answered | void {
  const { judgement, subject, enrolment, authority, target, decision, now } = known
  const isStepUp = judgement.verdict === 'step-up'
  const wouldHelp =
    subject.kind === 'person'
      ? isStepUp && now - subject.session.authentication.observedAt > justSignedInMs
      : judgement.verdict !== 'allow'
  // Whoever may not even see the sign-in page cannot be helped by being sent there.
  const isSignIn = isConsoleHost(enrolment, authority.name) && /^\/signin(?:\/|$)/.test(target.path)
  if (!wouldHelp || isSignIn || !isNavigation(known)) return undefined

  const reply = signInReply(known, { returnTo: target.raw, isFresh: isStepUp }, means)
  known.answer({ ...reply, headers: { ...reply.headers, [decisionHeader]: decision } })
  return answered
}
