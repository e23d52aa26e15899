// A proxy removes some headers by name, and others by family, and some it cannot remove. What is
// still there when it asks would reach the application, so who claims to be someone is refused here.
import { problem } from '@countersign/contract/problems'
import type { ExternalArrival, Informed } from '#exchange'
import type { Gateway } from '#gateway'
import { isClaim } from '#wire/headers'

/** Refuses a header that claims an identity or an origin, unless the proxy removes what we name. */
export function rejectClaims(
  { request, removes, estate }: ExternalArrival & Informed,
  { metrics }: Pick<Gateway, 'metrics'>,
): void {
  if (removes) return
  const claim = Object.keys(request.headers).find(
    (name) => isClaim(name) || estate.isIdentityHeader(name),
  )
  if (claim === undefined) return
  metrics.malformed('claim')
  throw problem(
    'request.malformed',
    `the header \`${claim}\` could be taken for our word, and the proxy in front does not remove it`,
  )
}
