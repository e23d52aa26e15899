// What a TLS handshake established was established for one name. A request for another host on
// the same connection would bring along a certificate check that was made for the first.
import { problem } from '@countersign/contract/problems'
import type { Arrival, Understood } from '#exchange'
import type { Gateway } from '#gateway'

/** Refuses a request for another host than its connection was made for (RFC 9110 §15.5.20). */
export function rejectMisdirected(
  { tls, authority }: Arrival & Understood,
  { metrics }: Pick<Gateway, 'metrics'>,
): void {
  if (tls === undefined || tls.name === authority.name) return
  metrics.malformed('misdirected')
  throw problem(
    'request.misdirected',
    `the connection was made for \`${tls.name}\`, not for \`${authority.name}\``,
  )
}
