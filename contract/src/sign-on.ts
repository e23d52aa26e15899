// How people are signed on to an application that speaks a protocol of its own for it: what the
// application registered with us as its identity provider. Secrets are never part of a document.
import { z } from 'zod'
import { isInternal, isPublic } from './classification.ts'
import { clientAddress } from './client-address.ts'
import { samlSignOn } from './saml.ts'

const addressesMaxCount = 16

const clientAddresses = isInternal(z.array(clientAddress).max(addressesMaxCount))

/** How an application shows at the token endpoint that it is itself. */
export const clientProofs = ['none', 'client_secret_basic', 'private_key_jwt'] as const

/** Public keys of an application (RFC 7517); a private member is refused. */
const clientKeys = isPublic(
  z.strictObject({
    keys: z
      .array(
        z
          .looseObject({ kty: z.enum(['RSA', 'EC', 'OKP']), kid: z.string().max(256).optional() })
          .refine(
            (key) => !['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth'].some((it) => it in key),
            'a public key: keep the private part where it is',
          ),
      )
      .min(1)
      .max(8),
  }),
)

/** What an application may learn of a person, besides a stable name for them. */
export const releasableScopes = ['profile', 'email', 'groups'] as const

/** An application that is a client of ours over OpenID Connect. Its client id is its own id. */
export const openIdSignOn = z
  .strictObject({
    kind: isInternal(z.literal('oidc')),
    /** Where a person goes back to with a code; compared as text. */
    redirectUris: isInternal(clientAddresses.min(1)),
    /** Where a person goes back to after signing out. */
    postLogoutRedirectUris: clientAddresses.optional(),
    /** Where we say that a session has ended (OpenID Connect Back-Channel Logout). */
    backchannelLogoutUri: clientAddress.optional(),
    /** `none` is for programs that can keep no secret. PKCE is asked of every one of them. */
    proof: isInternal(z.enum(clientProofs)),
    /** Its public keys, or where it publishes them; for `private_key_jwt`. */
    jwks: clientKeys.optional(),
    jwksUri: clientAddress.optional(),
    /** Whether it must push its requests first (RFC 9126). */
    requirePar: isInternal(z.boolean()).optional(),
    /** Whether its tokens must be bound to a key of its own (RFC 9449). */
    requireDpop: isInternal(z.boolean()).optional(),
    /** Whether a device without a browser may sign a person on (RFC 8628). */
    deviceFlow: isInternal(z.boolean()).optional(),
    /** Whether it may refresh what it has; policies are asked each time. */
    refresh: isInternal(z.boolean()).optional(),
    /** How ID tokens are signed. */
    idTokenAlgorithm: isInternal(z.enum(['ES256', 'RS256'])).optional(),
    scopes: isInternal(z.array(z.enum(releasableScopes)).max(releasableScopes.length)),
  })
  .refine(
    ({ proof, jwks, jwksUri }) =>
      proof === 'private_key_jwt'
        ? (jwks === undefined) !== (jwksUri === undefined)
        : jwks === undefined && jwksUri === undefined,
    {
      path: ['jwks'],
      error: 'give `jwks` or `jwksUri` where the proof is `private_key_jwt`, and only there',
    },
  )
export type OpenIdSignOn = z.infer<typeof openIdSignOn>

/** How an application is told who signs on; each kind is one protocol. */
export const signOn = z.discriminatedUnion('kind', [openIdSignOn, samlSignOn])
export type SignOn = z.infer<typeof signOn>
