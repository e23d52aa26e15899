// From what came over the wire to the one shape of an access, and to the question for the policies.
import type { AccessRequest } from '@countersign/contract/request'
import type { Arrival, Assembled, Identified, Routed, Understood } from '#exchange'

/** Adds the access and the question. */
export function assembleRequest({
  request,
  raw,
  target,
  authority,
  application,
  subject,
  address,
  now,
}: Arrival & Understood & Routed & Identified): Assembled {
  const access: AccessRequest = {
    action: application.kind === 'api' ? 'invoke' : 'access',
    application: application.id,
    protocol: raw === undefined ? 'http' : 'websocket',
    method: request.method ?? '',
    host: authority.name,
    path: target.path,
    address,
  }
  return {
    access,
    question: {
      subject,
      action: access.action,
      resource: { type: 'Application', id: application.id },
      circumstances: access,
      now,
    },
  }
}
