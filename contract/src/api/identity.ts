// Who I am, and who there is.
import { z } from 'zod'
import { actions, type Permission } from '../actions.ts'
import { isInternal, isPersonal } from '../classification.ts'
import { group, person, session, workload } from '../documents.ts'
import { defineRoute, json } from '../route.ts'
import { page, pageQuery } from './page.ts'

const webauthn = z.custom<Readonly<Record<string, unknown>>>(
  (value) => typeof value === 'object' && value !== null,
)

const passkeySummary = z.strictObject({
  id: isInternal(z.string()),
  name: isPersonal(z.string()),
  registeredAt: isInternal(z.int()),
  lastUsedAt: isInternal(z.int()).optional(),
})

export const identityApi = {
  me: defineRoute({
    method: 'GET',
    path: '/api/identity/me',
    permission: 'self',
    summary: 'who I am, how I signed in, and what I may administer',
    output: json(
      z.strictObject({
        person,
        session,
        passkeys: z.array(passkeySummary),
        permissions: isInternal(
          z.array(z.enum(Object.keys(actions) as [Permission, ...Permission[]])),
        ),
      }),
    ),
    problems: ['access.sign_in_required'],
  }),
  passkeyChallenge: defineRoute({
    method: 'POST',
    path: '/api/identity/me/passkeys/challenge',
    permission: 'self',
    summary: 'begin registering a passkey of my own',
    body: z.strictObject({}),
    output: json(z.strictObject({ challenge: z.string().max(64), options: webauthn })),
    problems: ['access.sign_in_required', 'access.step_up_required', 'request.conflict'],
  }),
  registerPasskey: defineRoute({
    method: 'POST',
    path: '/api/identity/me/passkeys',
    permission: 'self',
    summary: 'register a passkey of my own',
    body: z.strictObject({
      challenge: z.string().max(64),
      response: webauthn,
      name: isPersonal(z.string().trim().min(1).max(64)),
    }),
    output: json(passkeySummary),
    problems: [
      'access.sign_in_required',
      'access.step_up_required',
      'request.conflict',
      'signin.failed',
      'signin.expired',
    ],
    event: 'identity.passkey.registered',
  }),
  issueSetupLink: defineRoute({
    method: 'POST',
    path: '/api/identity/setup-links',
    permission: 'identity.write',
    summary:
      'issue the single-use link with which the first administrator registers; valid for a day, and only while there is none',
    body: z.strictObject({}),
    output: json(z.strictObject({ url: z.string(), expiresAt: isInternal(z.int()) })),
    problems: ['access.denied', 'request.conflict'],
    event: 'identity.link.issued',
  }),
  people: defineRoute({
    method: 'GET',
    path: '/api/identity/people',
    permission: 'identity.read',
    summary: 'people, by id',
    query: pageQuery,
    output: json(page(person)),
    problems: [],
  }),
  workloads: defineRoute({
    method: 'GET',
    path: '/api/identity/workloads',
    permission: 'identity.read',
    summary: 'services, machines, shared accounts and keys, by id',
    query: pageQuery,
    output: json(page(workload)),
    problems: [],
  }),
  groups: defineRoute({
    method: 'GET',
    path: '/api/identity/groups',
    permission: 'identity.read',
    summary: 'groups, by id',
    query: pageQuery,
    output: json(page(group)),
    problems: [],
  }),
} as const
