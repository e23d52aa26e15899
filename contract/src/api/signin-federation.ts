// Signing in through identity providers elsewhere: the way there and back.
import { z } from 'zod'
import { isInternal, isPersonal, isPublic } from '../classification.ts'
import { providerId } from '../identity-provider.ts'
import { defineRoute, json, redirect, text } from '../route.ts'

const returnTo = isInternal(z.string().max(4096)).optional()
const short = isInternal(z.string().max(4096))
const params = z.strictObject({ provider: providerId })
const publicJwk = isPublic(z.record(z.string(), z.string()))
const logoutTokenMaxCharacters = 16_384

/** A provider as the sign-in page offers it. */
export const providerOffer = z.strictObject({
  provider: providerId,
  name: isPublic(z.string()),
  /** Whom to ask when someone it knows is not known here. */
  contact: isPublic(z.string()).optional(),
})

export const signinFederationApi = {
  findProvider: defineRoute({
    method: 'POST',
    path: '/api/signin/provider',
    permission: 'open',
    summary:
      'which provider signs in the people of an address or a domain; says nothing of who exists',
    body: z.strictObject({ address: isPersonal(z.string().trim().min(1).max(320)) }),
    output: json(z.strictObject({ provider: providerOffer.optional() })),
    problems: ['request.too_many'],
  }),
  begin: defineRoute({
    method: 'GET',
    path: '/signin/with/:provider',
    permission: 'open',
    summary: 'go to a provider to sign in there; the browser is sent back afterwards',
    params,
    query: z.object({
      return: returnTo,
      /** Present where a fresh sign-in is needed, though there may be one already. */
      fresh: z.literal('1').optional(),
    }),
    output: redirect,
    problems: [
      'request.too_many',
      'signin.return_refused',
      'signin.provider_unknown',
      'signin.provider_unreachable',
    ],
  }),
  oidcCallback: defineRoute({
    method: 'GET',
    path: '/signin/oidc/:provider',
    permission: 'open',
    summary: 'where an OpenID provider sends the browser back to',
    params,
    query: z.object({
      state: short.optional(),
      code: short.optional(),
      iss: short.optional(),
      error: short.optional(),
      error_description: short.optional(),
    }),
    output: redirect,
    // Every outcome is a page for a person, so a refusal is told there by its code.
    problems: [],
  }),
  oidcKeys: defineRoute({
    method: 'GET',
    path: '/signin/oidc/:provider/keys',
    permission: 'open',
    summary: 'the public key with which we authenticate to an OpenID provider (RFC 7517)',
    params,
    output: json(z.strictObject({ keys: z.array(publicJwk) })),
    problems: ['signin.provider_unknown'],
  }),
  oidcFrontChannelLogout: defineRoute({
    method: 'GET',
    path: '/signin/oidc/:provider/front-channel-logout',
    permission: 'open',
    summary:
      'end what a session at the provider began here (OpenID Connect Front-Channel Logout 1.0)',
    params,
    query: z.object({ iss: short.optional(), sid: short.optional() }),
    output: text('text/plain; charset=utf-8'),
    problems: ['request.too_many', 'signin.logout_refused'],
  }),
  oidcBackChannelLogout: defineRoute({
    method: 'POST',
    path: '/signin/oidc/:provider/back-channel-logout',
    permission: 'open',
    dialect: 'oauth',
    summary:
      'end what a session at the provider began here (OpenID Connect Back-Channel Logout 1.0)',
    params,
    body: z.object({ logout_token: z.string().min(1).max(logoutTokenMaxCharacters) }),
    output: json(z.strictObject({})),
    problems: ['request.too_many', 'signin.logout_refused', 'signin.provider_unreachable'],
    event: 'identity.session.ended',
  }),
} as const
