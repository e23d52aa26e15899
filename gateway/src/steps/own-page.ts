// Whether a form was sent by a page of the very host it is sent to. Browsers say so in two headers
// that no page can set (Fetch Metadata §2.1; Fetch §3.2); whoever says neither is not believed.
import type { Arrival, Informed, Understood } from '#exchange'
import { publicOrigin, requestUrl } from './public-address.ts'

export function isSentByItsOwnPage(known: Arrival & Understood & Informed): boolean {
  const { request, enrolment, authority } = known
  const { origin, 'sec-fetch-site': site } = request.headers
  const isOwn =
    origin === publicOrigin(enrolment, authority.name) || origin === requestUrl(known).origin
  if (site === undefined) return isOwn
  // A page that tells no one where it is sends `null`.
  return site === 'same-origin' && (isOwn || origin === undefined || origin === 'null')
}
