// How recent and how strong a sign-in must be, by tier.
import { z } from 'zod'
import { cadence } from '../cadence.ts'
import { isInternal } from '../classification.ts'
import { defineRoute, json } from '../route.ts'

export const cadenceApi = {
  cadence: defineRoute({
    method: 'GET',
    path: '/api/identity/cadence',
    permission: 'identity.read',
    summary: 'how recent and how strong a sign-in must be, by tier, and the policies that say so',
    output: json(
      z.strictObject({
        cadence,
        isDefault: isInternal(z.boolean()),
        /** The policies in force, as they stand in the release. */
        policies: z.array(
          z.strictObject({
            id: isInternal(z.string()),
            title: isInternal(z.string()),
            text: isInternal(z.string()),
          }),
        ),
      }),
    ),
    problems: [],
  }),
  setCadence: defineRoute({
    method: 'PUT',
    path: '/api/identity/cadence',
    permission: 'policies.release',
    summary: 'change it; makes a release, which binds at once, open streams included',
    body: cadence,
    output: json(
      z.strictObject({
        /** The number of the release in force. */
        release: isInternal(z.int().positive()),
      }),
    ),
    problems: ['policies.invalid'],
    event: 'identity.cadence.changed',
  }),
} as const
