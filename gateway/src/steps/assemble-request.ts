// From what came over the wire to the one shape of an access, and to the question for the policies.
import type { Application } from '@countersign/contract/documents'
import type { AccessRequest } from '@countersign/contract/request'
import {
  type Arrival,
  type Assembled,
  type Entry,
  type Identified,
  type Routed,
  type Understood,
} from '#exchange'

const protocols = {
  HTTP: 'http',
  WEBSOCKET: 'websocket',
  TUNNEL: 'tunnel',
  EXTERNAL: 'ext_authz',
} as const satisfies Record<Entry, AccessRequest['protocol']>

/** What reaching an application is called, by what it speaks. */
const actions = { web: 'access', api: 'invoke', tcp: 'connect' } as const satisfies Record<
  Application['kind'],
  AccessRequest['action']
>

/** Adds the access and the question. */
export function assembleRequest({
  entry,
  request,
  target,
  authority,
  application,
  subject,
  address,
  now,
}: Arrival & Understood & Routed & Identified): Assembled {
  const access: AccessRequest = {
    action: actions[application.kind],
    application: application.id,
    protocol: protocols[entry],
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
