// Where an allowed request goes and what it carries, for HTTP and WebSocket alike.
import { problem } from '@countersign/contract/problems'
import type { Decided } from '#exchange'
import type { Gateway } from '#gateway'
import { requestHeaders } from '#upstream/request-headers'
import { authorityText } from '#wire/authority'

export interface ToUpstream {
  /** Scheme, host and port. */
  readonly upstream: string
  /** Names and values in turn. */
  readonly headers: string[]
}

export async function toUpstream(
  known: Decided,
  { assertions }: Pick<Gateway, 'assertions'>,
): Promise<ToUpstream> {
  const { application, enrolment, subject, address, decision, now, request, authority } = known
  const { upstream } = application
  if (upstream === undefined) throw problem('route.unknown_host')
  const assertion = await assertions.of({
    gateway: enrolment.gateway,
    application,
    subject,
    address,
    decision,
    now,
  })
  return {
    upstream,
    headers: requestHeaders(request, {
      host: authorityText(authority),
      address,
      scheme: enrolment.consoleUrl.startsWith('https:') ? 'https' : 'http',
      assertion,
    }),
  }
}
