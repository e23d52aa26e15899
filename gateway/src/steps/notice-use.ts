// A session is noted to be in use, and by what. One that is used on two devices at once stands for
// nobody from that request on, and on neither of them.
import { type Arrival, EXTERNAL, type Identified, type Informed, TUNNEL } from '#exchange'
import type { Gateway } from '#gateway'

/** Takes the session away from whoever presents it where it is contested. */
export function noticeUse(
  known: Arrival & Informed & Identified,
  { sightings }: Pick<Gateway, 'sightings'>,
): Pick<Identified, 'subject' | 'subjectLater'> | void {
  const { subject, subjectLater, request, address, now, entry } = known
  if (subject.kind !== 'person') return undefined
  const { id } = subject.session
  const use = { session: id, address, agent: request.headers['user-agent'] }
  // A program moves between networks and says nothing of itself: there is nothing to compare.
  if (entry === TUNNEL) sightings.use(use, now)
  else if (!sightings.see(use, now)) return nobody
  if (entry === EXTERNAL) return undefined
  return {
    subject,
    // What is open is in use, and ends as soon as the session is seen elsewhere.
    subjectLater: (estate, nowMs) => {
      const later = subjectLater(estate, nowMs)
      if (later.kind !== 'person') return later
      if (sightings.isContested(id)) return anonymous
      sightings.use(use, nowMs)
      return later
    },
  }
}

const anonymous = { kind: 'anonymous' } as const
const nobody = { subject: anonymous, subjectLater: () => anonymous } as const
