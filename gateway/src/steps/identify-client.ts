// Who asks. A credential that is malformed, doubled, expired or meant for another host counts as
// none at all; what anonymous visitors may do is for policies to say.
import { sessionCookie, tokenHash } from '@countersign/contract/session'
import type { Arrival, Identified, Informed, Understood } from '#exchange'
import { readCookie } from '#wire/cookies'

/** Adds the subject. */
export function identifyClient({
  request,
  authority,
  estate,
  now,
}: Arrival & Understood & Informed): Identified {
  const token = readCookie(request.headers.cookie, sessionCookie)
  if (token === undefined) return nobody
  const presented = tokenHash(token)
  return {
    subject: estate.subjectOf(presented, authority.name, now),
    subjectLater: (later, nowMs) => later.subjectOf(presented, authority.name, nowMs),
  }
}

const anonymous = { kind: 'anonymous' } as const
const nobody: Identified = { subject: anonymous, subjectLater: () => anonymous }
