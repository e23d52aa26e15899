// SAML 2.0. Half of these are where browsers carry messages between us and other parties; those
// answer anyone, and believe nothing but signatures; a refusal is told on the sign-in page by its code.
// The rest is for administrators.
import { z } from 'zod'
import { isInternal, isPublic } from '../classification.ts'
import { providerId } from '../identity-provider.ts'
import { defineRoute, json, page, redirect, text } from '../route.ts'
import { samlPart } from '../identity-provider-saml.ts'
import { samlSignOn } from '../saml.ts'

const messageMaxBytes = 512 * 1024
const metadataMaxCharacters = 1024 * 1024
const metadataType = 'application/samlmetadata+xml'
const params = z.strictObject({ provider: providerId })
const handle = z.string().regex(/^[\w-]{43}$/)
/** saml-bindings §3.4.3: 80 bytes; some need more. */
const relayState = z.string().max(1024).optional()
const message = z.string().max(messageMaxBytes)

/** What a browser carries in an address (HTTP-Redirect); the signature is over the raw query. */
const redirected = z.object({
  SAMLRequest: message.optional(),
  SAMLResponse: message.optional(),
  RelayState: relayState,
  SigAlg: z.string().max(256).optional(),
  Signature: z.string().max(4096).optional(),
})
/** What a browser carries in a form (HTTP-POST). */
const posted = z.object({
  SAMLRequest: message.optional(),
  SAMLResponse: message.optional(),
  RelayState: relayState,
})

const keyState = ['current', 'next', 'previous'] as const
const samlKeys = z.strictObject({
  keys: z.array(
    z.strictObject({
      id: isInternal(z.string()),
      /** `next` is published before it is used, `previous` for as long as anyone may need it. */
      state: isInternal(z.enum(keyState)),
      /** In PEM. */
      certificate: isPublic(z.string()),
      /** Milliseconds since the epoch. */
      createdAt: isInternal(z.int().nonnegative()),
    }),
  ),
})

export const samlApi = {
  samlOurMetadata: defineRoute({
    method: 'GET',
    path: '/signin/saml/:provider/metadata',
    permission: 'open',
    summary: 'what we are to a SAML identity provider: enter it there as a service provider',
    params,
    output: text(metadataType),
    problems: ['signin.provider_unknown'],
  }),
  samlArrival: defineRoute({
    method: 'POST',
    path: '/signin/saml/:provider/acs',
    permission: 'open',
    summary: 'take the answer of a SAML identity provider (assertion consumer service)',
    dialect: 'form',
    params,
    body: posted,
    bodyMaxBytes: messageMaxBytes,
    output: redirect,
    problems: [],
  }),
  samlFinish: defineRoute({
    method: 'GET',
    path: '/signin/saml/finish',
    permission: 'open',
    summary: 'finish signing in with a SAML identity provider, in the browser that began it',
    query: z.object({ arrival: handle }),
    output: redirect,
    problems: [],
  }),
  samlProviderLogout: defineRoute({
    method: 'GET',
    path: '/signin/saml/:provider/slo',
    permission: 'open',
    summary: 'a SAML identity provider ends a session, or answers that it has ended one',
    params,
    query: redirected,
    output: redirect,
    problems: [],
  }),
  samlMetadata: defineRoute({
    method: 'GET',
    path: '/saml/metadata',
    permission: 'open',
    summary: 'what we are to applications that speak SAML: their identity provider',
    output: text(metadataType),
    problems: [],
  }),
  samlSignOn: defineRoute({
    method: 'GET',
    path: '/saml/sso',
    permission: 'open',
    summary: 'an application asks who someone is (HTTP-Redirect)',
    query: redirected,
    output: redirect,
    problems: [],
  }),
  samlSignOnPosted: defineRoute({
    method: 'POST',
    path: '/saml/sso',
    permission: 'open',
    summary: 'an application asks who someone is (HTTP-POST)',
    dialect: 'form',
    body: posted,
    bodyMaxBytes: messageMaxBytes,
    output: redirect,
    problems: [],
  }),
  samlAnswer: defineRoute({
    method: 'GET',
    path: '/saml/answer',
    permission: 'open',
    summary: 'decide about a question of an application, and post the answer to it',
    query: z.object({ question: handle }),
    output: page,
    problems: [],
  }),
  samlLogout: defineRoute({
    method: 'GET',
    path: '/saml/slo',
    permission: 'open',
    summary: 'an application ends a session, or answers that it has ended one',
    query: redirected,
    output: redirect,
    problems: [],
  }),
} as const

/** For administrators of identities. */
export const samlIdentityApi = {
  samlReadProvider: defineRoute({
    method: 'POST',
    path: '/api/identity/saml/provider-metadata',
    permission: 'identity.read',
    summary:
      'read the metadata of an identity provider into what `providers` takes; changes nothing',
    body: z.strictObject({ metadata: z.string().max(metadataMaxCharacters) }),
    bodyMaxBytes: 2 * metadataMaxCharacters,
    output: json(samlPart),
    problems: ['identity.saml_metadata_invalid'],
  }),
  samlKeys: defineRoute({
    method: 'GET',
    path: '/api/identity/saml/keys',
    permission: 'identity.read',
    summary: 'the keys with which we sign SAML, as our metadata publishes them',
    output: json(samlKeys),
    problems: [],
  }),
  samlRollKeys: defineRoute({
    method: 'POST',
    path: '/api/identity/saml/keys',
    permission: 'identity.providers',
    summary:
      'roll the key over: `prepare` publishes a next one, `activate` signs with it, `retire` forgets the one before',
    body: z.strictObject({ step: z.enum(['prepare', 'activate', 'retire']) }),
    output: json(samlKeys),
    problems: ['request.conflict'],
    event: 'identity.saml-key.changed',
  }),
} as const

/** For administrators of applications. */
export const samlApplicationsApi = {
  samlReadApplication: defineRoute({
    method: 'POST',
    path: '/api/applications/saml/metadata',
    permission: 'applications.read',
    summary: 'read the metadata of an application into what its sign-on takes; changes nothing',
    body: z.strictObject({ metadata: z.string().max(metadataMaxCharacters) }),
    bodyMaxBytes: 2 * metadataMaxCharacters,
    output: json(samlSignOn),
    problems: ['identity.saml_metadata_invalid'],
  }),
} as const
