// Asking the owner of a group for access, and answering.
import { z } from 'zod'
import { accessReason, accessRequest } from '../access-request.ts'
import { isInternal, isPersonal } from '../classification.ts'
import { entityId } from '../document-shapes.ts'
import { defineRoute, json } from '../route.ts'

const named = z.strictObject({ id: entityId, name: isPersonal(z.string()) })

/** A question as people see it: with names. */
const shown = accessRequest.omit({ person: true, group: true, application: true }).extend({
  person: named,
  group: named,
  application: named,
  /** Who is to answer; absent where the group has no owner any more. */
  owner: named.optional(),
})
export type ShownAccessRequest = z.infer<typeof shown>

const params = z.object({ request: isInternal(z.string().max(64)) })

export const accessRequestsApi = {
  accessOffers: defineRoute({
    method: 'GET',
    path: '/api/identity/access-requests/offers',
    permission: 'self',
    summary: 'the groups whose owners could turn a refusal of mine',
    query: z.object({ decision: z.string().max(64) }),
    output: json(
      z.strictObject({
        application: named,
        groups: z.array(z.strictObject({ group: named, owner: named })),
      }),
    ),
    problems: ['access.sign_in_required', 'identity.access_request_unfounded'],
  }),
  requestAccess: defineRoute({
    method: 'POST',
    path: '/api/identity/access-requests',
    permission: 'self',
    summary: 'ask the owner of a group that would turn a refusal of mine to take me in',
    body: z.strictObject({
      decision: isInternal(z.string().max(64)),
      group: entityId,
      reason: accessReason,
    }),
    output: json(shown),
    problems: [
      'access.sign_in_required',
      'identity.access_request_unfounded',
      'identity.access_request_limit',
      'request.conflict',
    ],
    event: 'identity.access-request.made',
  }),
  accessRequests: defineRoute({
    method: 'GET',
    path: '/api/identity/access-requests',
    permission: 'self',
    summary: 'what I asked for, and what I am asked for; latest first',
    output: json(z.strictObject({ mine: z.array(shown), toAnswer: z.array(shown) })),
    problems: ['access.sign_in_required'],
  }),
  answerAccessRequest: defineRoute({
    method: 'POST',
    path: '/api/identity/access-requests/:request/answer',
    permission: 'self',
    summary: 'take somebody into a group of mine, until a time where one is given, or say why not',
    params,
    body: z.discriminatedUnion('kind', [
      z.strictObject({
        kind: z.literal('approve'),
        reason: accessReason.optional(),
        /** Milliseconds since the epoch. */
        endsAt: isInternal(z.int().nonnegative()).optional(),
      }),
      z.strictObject({ kind: z.literal('decline'), reason: accessReason }),
    ]),
    output: json(shown),
    problems: [
      'access.sign_in_required',
      'access.step_up_required',
      'identity.access_request_not_found',
      'request.conflict',
      'request.malformed',
    ],
    event: 'identity.access-request.answered',
  }),
  withdrawAccessRequest: defineRoute({
    method: 'DELETE',
    path: '/api/identity/access-requests/:request',
    permission: 'self',
    summary: 'take back a question of mine that nobody has answered',
    params,
    output: json(shown),
    problems: ['access.sign_in_required', 'identity.access_request_not_found', 'request.conflict'],
    event: 'identity.access-request.withdrawn',
  }),
} as const
