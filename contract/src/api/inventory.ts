// The inventories of the other pillars: what there is to protect and to protect it with.
import { z } from 'zod'
import { isInternal } from '../classification.ts'
import { dataset, device, host, release } from '../documents.ts'
import { application } from '../application.ts'
import { entityId } from '../document-shapes.ts'
import { verdicts } from '../decision.ts'
import { defineRoute, json } from '../route.ts'
import { page, pageQuery } from './page.ts'

export const devicesApi = {
  devices: defineRoute({
    method: 'GET',
    path: '/api/devices',
    permission: 'devices.read',
    summary: 'devices and the facts known about them, by id',
    query: pageQuery,
    output: json(page(device)),
    problems: [],
  }),
} as const

/** What is looked at before an application is published, in the order in which it is shown. */
export const applicationChecks = [
  'owner',
  'host',
  'upstream',
  'health',
  'people',
  'anyone',
  'review',
  'identity',
] as const

const applicationCheck = z.strictObject({
  check: isInternal(z.enum(applicationChecks)),
  passed: isInternal(z.boolean()),
  /** What was found. */
  finding: isInternal(z.string()),
  /** What to do about it, where it did not pass. */
  next: isInternal(z.string()).optional(),
})
export type ApplicationCheck = z.infer<typeof applicationCheck>

export const applicationsApi = {
  applications: defineRoute({
    method: 'GET',
    path: '/api/applications',
    permission: 'applications.read',
    summary: 'the application inventory, by id',
    query: pageQuery,
    output: json(page(application)),
    problems: [],
  }),
  check: defineRoute({
    method: 'GET',
    path: '/api/applications/:application/check',
    permission: 'applications.read',
    summary: 'whether an application is ready to be published, with what to do where it is not',
    params: z.strictObject({ application: entityId }),
    output: json(
      z.strictObject({
        application: isInternal(z.string()),
        /** Whether every check passed. */
        ready: isInternal(z.boolean()),
        checks: z.array(applicationCheck),
      }),
    ),
    problems: ['applications.not_found'],
  }),
  mine: defineRoute({
    method: 'GET',
    path: '/api/applications/mine',
    permission: 'self',
    summary: 'the applications I can open now, and those a fresh sign-in would open',
    output: json(
      z.strictObject({
        applications: z.array(
          z.strictObject({
            id: isInternal(z.string()),
            name: isInternal(z.string()),
            description: isInternal(z.string()).optional(),
            tier: application.shape.tier,
            /** Where to open it. */
            url: isInternal(z.string()),
            verdict: isInternal(z.enum(verdicts)),
          }),
        ),
      }),
    ),
    problems: ['access.sign_in_required'],
  }),
} as const

export const dataApi = {
  datasets: defineRoute({
    method: 'GET',
    path: '/api/data',
    permission: 'applications.read',
    summary: 'data sets and their labels, by id',
    query: pageQuery,
    output: json(page(dataset)),
    problems: [],
  }),
} as const

export const policiesApi = {
  current: defineRoute({
    method: 'GET',
    path: '/api/policies/current',
    permission: 'policies.read',
    summary: 'the release in force, with the text of its policies',
    output: json(release),
    problems: ['request.not_found'],
  }),
  make: defineRoute({
    method: 'POST',
    path: '/api/policies/releases',
    permission: 'policies.release',
    summary: 'check and release a whole set of policies',
    body: z.strictObject({
      files: z
        .array(
          z.strictObject({ name: z.string().min(1).max(256), text: z.string().max(1_048_576) }),
        )
        .min(1)
        .max(1_000),
    }),
    bodyMaxBytes: 16 * 1024 * 1024,
    output: json(
      z.strictObject({
        id: isInternal(z.string()),
        number: isInternal(z.int()),
        policies: isInternal(z.int()),
      }),
    ),
    problems: ['policies.invalid'],
    event: 'policies.release.made',
  }),
} as const

export const hostsApi = {
  hosts: defineRoute({
    method: 'GET',
    path: '/api/networks/hosts',
    permission: 'networks.read',
    summary: 'hosts, by id',
    query: pageQuery,
    output: json(page(host)),
    problems: [],
  }),
} as const
