// Identity providers elsewhere, for administrators: the providers, the links to people, and those whom one side knows and the other not.
import { z } from 'zod'
import { isInternal, isPersonal, isPublic } from '../classification.ts'
import { person } from '../documents.ts'
import { entityId } from '../document-shapes.ts'
import { identityProviderDraft, providerId } from '../identity-provider.ts'
import { defineRoute, json } from '../route.ts'
import { page, pageQuery } from './page.ts'

const instant = isInternal(z.int().nonnegative())
const params = z.strictObject({ provider: providerId })
/** The id of a link or of an unmatched identity: SHA-256 of provider and subject, in hex. */
const pairId = isInternal(z.string().regex(/^[0-9a-f]{64}$/))

const clientSecretMaxCharacters = 1024

const publicJwk = isPublic(z.record(z.string(), z.string()))

/** A provider as administrators see it. Secrets stay here. */
const providerView = z.strictObject({
  provider: identityProviderDraft,
  /** Whether everything is there that signing in takes; otherwise what is missing. */
  missing: isInternal(z.array(z.string())),
  /** Addresses to register at the provider, by what they are for. */
  addresses: isInternal(z.record(z.string(), z.string())),
  /** Our public key, where the provider knows us by a key. */
  publicKey: publicJwk.optional(),
  /** When its secret or key was set, in milliseconds since the epoch. */
  secretSetAt: instant.optional(),
  /** People linked to it. */
  links: isInternal(z.int().nonnegative()),
})

/** Why nobody here was found for someone whom a provider knows. */
const unmatchedReasons = [
  'no-match',
  'several-match',
  'not-authoritative',
  'email-unverified',
  'subject-changed',
  'inactive',
] as const
const unmatchedReason = isInternal(z.enum(unmatchedReasons))
export type UnmatchedReason = z.infer<typeof unmatchedReason>

/** Someone whom a provider knows and we do not. */
export const unmatched = z.strictObject({
  id: pairId,
  /** What the person was told to name. */
  reference: isPublic(z.string().max(32)),
  provider: providerId,
  /** The provider's own name for them. */
  subject: isPersonal(z.string().max(512)),
  reason: unmatchedReason,
  /** What the provider says of them, in our words. */
  claims: isPersonal(z.record(z.string(), z.string().max(256))),
  /** People here who could be meant. */
  candidates: isInternal(z.array(entityId).max(8)),
  firstSeenAt: instant,
  lastSeenAt: instant,
  /** How often they came; comings within a minute of each other count once. */
  count: isInternal(z.int().positive()),
  /** Present where an administrator decided that nothing is to be done. */
  dismissed: z
    .strictObject({
      at: instant,
      by: isInternal(z.string().max(512)),
      reason: isInternal(z.string().max(512)),
    })
    .optional(),
})
export type Unmatched = z.infer<typeof unmatched>

/** That someone at a provider is a person here. */
export const providerLink = z.strictObject({
  id: pairId,
  provider: providerId,
  subject: isPersonal(z.string().max(512)),
  person: entityId,
  linkedAt: instant,
  /** How: by a word the provider said, or by an administrator. */
  by: isInternal(z.enum(['email', 'id', 'administrator'])),
  /** The first sign-in through it; absent until there was one. */
  firstSignInAt: instant.optional(),
})
export type ProviderLink = z.infer<typeof providerLink>

export const federationApi = {
  providers: defineRoute({
    method: 'GET',
    path: '/api/identity/providers',
    permission: 'identity.read',
    summary: 'identity providers elsewhere, by id, with what to register there',
    output: json(z.strictObject({ providers: z.array(providerView) })),
    problems: [],
  }),
  putProvider: defineRoute({
    method: 'PUT',
    path: '/api/identity/providers/:provider',
    permission: 'identity.providers',
    summary: 'add or change an identity provider; a secret that is left out stays as it is',
    params,
    body: z.strictObject({
      provider: identityProviderDraft,
      /** The client secret that an OpenID provider gave us. */
      clientSecret: z.string().min(1).max(clientSecretMaxCharacters).optional(),
      /** True for a new key of ours in place of the one there is. */
      newKey: isInternal(z.boolean()).optional(),
    }),
    output: json(providerView),
    problems: ['identity.provider_unfit'],
    event: 'identity.provider.put',
  }),
  removeProvider: defineRoute({
    method: 'DELETE',
    path: '/api/identity/providers/:provider',
    permission: 'identity.providers',
    summary: 'remove an identity provider with its links; sessions that came through it end',
    params,
    output: json(z.strictObject({ provider: providerId, endedSessions: isInternal(z.int()) })),
    problems: ['identity.provider_not_found'],
    event: 'identity.provider.removed',
  }),
  checkProvider: defineRoute({
    method: 'POST',
    path: '/api/identity/providers/:provider/check',
    permission: 'identity.providers',
    summary: 'ask a provider what it offers, and compare it with what is set here',
    params,
    body: z.strictObject({}),
    output: json(
      z.strictObject({
        isUsable: isInternal(z.boolean()),
        findings: isInternal(
          z.array(
            z.strictObject({
              severity: z.enum(['fault', 'warning', 'note']),
              text: z.string(),
            }),
          ),
        ),
      }),
    ),
    problems: ['identity.provider_not_found'],
  }),
  links: defineRoute({
    method: 'GET',
    path: '/api/identity/provider-links',
    permission: 'identity.read',
    summary: 'which people are linked to whom at which provider, by id',
    query: pageQuery,
    output: json(page(providerLink)),
    problems: [],
  }),
  removeLink: defineRoute({
    method: 'DELETE',
    path: '/api/identity/provider-links/:link',
    permission: 'identity.write',
    summary: 'take a link away; the sessions that rest on it end',
    params: z.strictObject({ link: pairId }),
    output: json(z.strictObject({ link: pairId })),
    problems: ['identity.link_not_found'],
    event: 'identity.subject.unlinked',
  }),
  unmatched: defineRoute({
    method: 'GET',
    path: '/api/identity/unmatched',
    permission: 'identity.read',
    summary:
      'people whom a provider knows and we do not, newest first; open ones unless asked otherwise',
    query: z.object({
      /** `open` or `dismissed`; both where it is left out. */
      state: z.enum(['open', 'dismissed']).optional(),
      provider: providerId.optional(),
      limit: pageQuery.shape.limit,
    }),
    output: json(
      z.strictObject({ items: z.array(unmatched), total: isInternal(z.int().nonnegative()) }),
    ),
    problems: [],
  }),
  linkUnmatched: defineRoute({
    method: 'POST',
    path: '/api/identity/unmatched/:unmatched/link',
    permission: 'identity.write',
    summary: 'say which person here they are; they can sign in from then on',
    params: z.strictObject({ unmatched: pairId }),
    body: z.strictObject({ person: entityId }),
    output: json(providerLink),
    problems: [
      'identity.unmatched_not_found',
      'identity.not_found',
      'identity.second_person',
      'request.conflict',
    ],
    event: 'identity.subject.linked',
  }),
  dismissUnmatched: defineRoute({
    method: 'POST',
    path: '/api/identity/unmatched/:unmatched/dismiss',
    permission: 'identity.write',
    summary: 'decide that nothing is to be done, and why; they stay unknown',
    params: z.strictObject({ unmatched: pairId }),
    body: z.strictObject({ reason: isInternal(z.string().trim().min(1).max(512)) }),
    output: json(unmatched),
    problems: ['identity.unmatched_not_found'],
    event: 'identity.unmatched.dismissed',
  }),
  neverArrived: defineRoute({
    method: 'GET',
    path: '/api/identity/never-arrived',
    permission: 'identity.read',
    summary:
      'people here who never signed in through the provider that is the authority for their address, by id',
    query: pageQuery,
    output: json(
      page(
        z.strictObject({
          person: person.shape.id,
          name: person.shape.name,
          email: isPersonal(z.string()),
          provider: providerId,
        }),
      ),
    ),
    problems: [],
  }),
} as const
