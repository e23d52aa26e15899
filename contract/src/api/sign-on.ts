// How applications ask us who someone is: what each registered, the secret it shows, and which share
// of the inventory and of its use is signed on anywhere at all.
import { z } from 'zod'
import { isInternal } from '../classification.ts'
import { application } from '../application.ts'
import { entityId } from '../document-shapes.ts'
import { defineRoute, json } from '../route.ts'
import { signOn } from '../sign-on.ts'

const params = z.strictObject({ application: entityId })
const count = isInternal(z.int().nonnegative())
const instant = isInternal(z.int().nonnegative())
const address = isInternal(z.string())

/** What stands between an application and whoever is not signed in. */
const protections = ['gateway', 'oidc', 'saml'] as const
export type Protection = (typeof protections)[number]

const covered = z.strictObject({
  application: isInternal(z.string()),
  name: isInternal(z.string()),
  tier: application.shape.tier,
  /** Empty where nothing of ours stands before it yet. */
  by: z.array(isInternal(z.enum(protections))),
  /** Sessions of people that were let in to it in the window, each counted once. */
  signIns: count,
  /** The last of them, in milliseconds since the epoch. */
  lastAt: instant.optional(),
})
export type CoveredApplication = z.infer<typeof covered>

const share = z.strictObject({
  /** Those that something of ours stands before. */
  covered: count,
  total: count,
})

const coverage = z.strictObject({
  /** Sign-ins are counted from here on, in milliseconds since the epoch. */
  since: instant,
  /** As many as the inventory has, without Countersign itself. */
  applications: share,
  /** Of all that are known, those of applications outside the inventory included. */
  signIns: share,
  /** How many applications stand behind each; one may stand behind several. */
  by: z.record(z.enum([...protections, 'none']), count),
  items: z.array(covered),
  /** In use, as the decision log or the inventory of hosts shows, and signed on nowhere. */
  shadow: z.array(
    z.strictObject({
      application: isInternal(z.string()),
      /** Whether the inventory has it. */
      known: isInternal(z.boolean()),
      /** Where its use shows. */
      seen: isInternal(z.enum(['decisions', 'hosts', 'data'])),
      signIns: count,
      lastAt: instant.optional(),
    }),
  ),
})
export type SignOnCoverage = z.infer<typeof coverage>

export const signOnApi = {
  coverage: defineRoute({
    method: 'GET',
    path: '/api/applications/sign-on',
    permission: 'applications.read',
    summary: 'which applications people are signed on to, by what, and which nobody covers',
    query: z.object({
      /** How far back sign-ins are counted. */
      days: z.coerce.number().int().min(1).max(90).default(30),
    }),
    output: json(coverage),
    problems: [],
  }),
  signOn: defineRoute({
    method: 'GET',
    path: '/api/applications/:application/sign-on',
    permission: 'applications.read',
    summary: 'how people are signed on to an application, and what its operator enters there',
    params,
    output: json(
      z.strictObject({
        application: isInternal(z.string()),
        signOn: signOn.optional(),
        /** What an OpenID client is configured with; its client id is the id of the application. */
        openid: z.strictObject({ issuer: address, discovery: address, clientId: address }),
        /** What a SAML service provider is configured with; its metadata says all of it. */
        saml: z.strictObject({
          metadata: address,
          entityId: address,
          signOnUrl: address,
          logoutUrl: address,
        }),
        /** Since when each secret counts, and until when where another has taken its place. */
        secrets: z.array(z.strictObject({ issuedAt: instant, endsAt: instant.optional() })),
        /** People who are signed on now, each session counted once. */
        signedOn: count,
      }),
    ),
    problems: ['applications.not_found'],
  }),
  mySignOns: defineRoute({
    method: 'GET',
    path: '/api/applications/mine/sign-ons',
    permission: 'self',
    summary: 'the applications that this session is signed on to, and what each may learn of me',
    output: json(
      z.strictObject({
        signOns: z.array(
          z.strictObject({
            application: isInternal(z.string()),
            name: isInternal(z.string()),
            protocol: isInternal(z.enum(['oidc', 'saml'])),
            /** What it may learn: `profile`, `email`, `groups`, besides a stable name. */
            learns: z.array(isInternal(z.string())),
            /** When it asked last, in milliseconds since the epoch. */
            at: instant,
          }),
        ),
      }),
    ),
    problems: ['access.sign_in_required'],
  }),
  setSignOn: defineRoute({
    method: 'PUT',
    path: '/api/applications/:application/sign-on',
    permission: 'applications.sign-on',
    summary: 'register how an application asks us who someone is',
    params,
    body: signOn,
    output: json(z.strictObject({ application: isInternal(z.string()) })),
    problems: ['applications.not_found', 'applications.sign_on_unfit'],
    event: 'applications.sign-on.set',
  }),
  removeSignOn: defineRoute({
    method: 'DELETE',
    path: '/api/applications/:application/sign-on',
    permission: 'applications.sign-on',
    summary: 'let an application ask no longer; its secrets and tokens count no more',
    params,
    output: json(z.strictObject({ application: isInternal(z.string()) })),
    problems: ['applications.not_found', 'applications.sign_on_unfit'],
    event: 'applications.sign-on.removed',
  }),
  issueSecret: defineRoute({
    method: 'POST',
    path: '/api/applications/:application/sign-on/secret',
    permission: 'applications.sign-on',
    summary: 'make a client secret, which is shown once; the one before counts for another day',
    params,
    body: z.strictObject({}),
    output: json(
      z.strictObject({
        clientId: address,
        secret: z.string(),
        /** When the secret before stops to count; absent where there was none. */
        previousEndsAt: instant.optional(),
      }),
    ),
    problems: ['applications.not_found', 'applications.sign_on_unfit'],
    event: 'applications.sign-on.secret-issued',
  }),
} as const
