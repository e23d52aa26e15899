// The credentials with which gateways sign in to applications for people. They go in, and never
// come out again but to gateways, sealed.
import { z } from 'zod'
import { isInternal } from '../classification.ts'
import { entityId } from '../document-shapes.ts'
import { defineRoute, json } from '../route.ts'
import { credentialSecret } from '../upstream-credential.ts'

const params = z.strictObject({ application: entityId })
const whose = {
  /** Whose it is, where the application has one for each person. */
  person: entityId.optional(),
}

export const credentialsApi = {
  credentials: defineRoute({
    method: 'GET',
    path: '/api/applications/:application/credentials',
    permission: 'applications.read',
    summary: 'which credentials an application has, and since when; never the credentials',
    params,
    output: json(
      z.strictObject({
        credentials: z.array(
          z.strictObject({
            ...whose,
            /** Milliseconds since the epoch. */
            setAt: isInternal(z.int().nonnegative()),
            setBy: isInternal(z.string()),
          }),
        ),
      }),
    ),
    problems: ['applications.not_found'],
  }),
  setCredential: defineRoute({
    method: 'PUT',
    path: '/api/applications/:application/credentials',
    permission: 'applications.credentials',
    summary: 'set the credential with which gateways sign in to an application',
    params,
    body: credentialSecret.extend(whose),
    output: json(z.strictObject({ application: isInternal(z.string()), ...whose })),
    problems: ['applications.not_found', 'applications.credential_unfit'],
    event: 'applications.credential.set',
  }),
  removeCredential: defineRoute({
    method: 'DELETE',
    path: '/api/applications/:application/credentials',
    permission: 'applications.credentials',
    summary: 'remove a credential; the next request of whoever it was for is refused',
    params,
    query: z.strictObject(whose),
    output: json(z.strictObject({ application: isInternal(z.string()), ...whose })),
    problems: ['applications.not_found', 'applications.credential_not_found'],
    event: 'applications.credential.removed',
  }),
} as const
