// An identity provider elsewhere that people may sign in through, and what its word is worth here.
// Which people it speaks for, and how strongly it vouches for them, is decided on our side: a
// provider that says more than it was trusted with is not believed.
import { z } from 'zod'
import { isInternal, isPublic } from './classification.ts'
import { hostname } from './document-shapes.ts'
import { samlPart } from './identity-provider-saml.ts'
import { isPrivateUrl } from './private-url.ts'

const domainsMax = 64
const trustRowsMax = 64
const scopesMax = 16
const acrMax = 8

/** It stands in URLs, so it is written as a host label is. */
export const providerId = isPublic(
  z
    .string()
    .max(63)
    .regex(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/, 'lower-case letters, digits and hyphens'),
)
const claimName = isInternal(z.string().min(1).max(256))
const contextName = isInternal(z.string().min(1).max(256))
const flag = isInternal(z.boolean())

/** What a sign-in there may count as here. Neither a persona nor a recovery code comes from outside. */
const reportedMethods = ['password', 'otp', 'passkey', 'hardware-key'] as const

/**
 * One row of what a provider's words are worth. The first row that fits counts; where none fits, a
 * sign-in there is worth a password.
 */
const trustRow = isInternal(
  z
    .strictObject({
      /** `amr`: one of the methods it names (RFC 8176). `acr`: the context it names, in SAML the AuthnContextClassRef. */
      when: z.enum(['amr', 'acr']),
      is: contextName,
      method: z.enum(reportedMethods),
      phishingResistant: z.boolean(),
    })
    .refine(
      ({ method, phishingResistant }) =>
        !phishingResistant || method === 'passkey' || method === 'hardware-key',
      {
        path: ['phishingResistant'],
        error: 'a password or a code can be phished: only `passkey` and `hardware-key` cannot',
      },
    ),
)
export type TrustRow = z.infer<typeof trustRow>

/** Which claim of the provider has which of our words; a word that is left out is not read. */
const claimNames = z.strictObject({
  name: claimName.optional(),
  email: claimName.optional(),
  /** Says whether the address was verified. */
  emailVerified: claimName.optional(),
  /** The id that the person has here. */
  id: claimName.optional(),
  department: claimName.optional(),
  title: claimName.optional(),
})

/** The words that can find a person at their first sign-in through a provider. */
const correlations = ['email', 'id'] as const

const common = {
  id: providerId,
  /** What people see who choose among providers. */
  name: isPublic(z.string().trim().min(1).max(128)),
  enabled: flag,
  /** Whether the sign-in page shows it to everyone; otherwise it is found by domain only. */
  listed: flag.default(true),
  /** Domains of addresses for which it is the authority. It speaks for nobody else by itself. */
  domains: isInternal(z.array(hostname).max(domainsMax)).default([]),
  /** Whom to ask when someone it knows is not known here, as people read it. */
  contact: isPublic(z.string().trim().min(1).max(256)).optional(),
  trust: isInternal(z.array(trustRow).max(trustRowsMax)).default([]),
  claims: claimNames.default({ name: 'name', email: 'email', emailVerified: 'email_verified' }),
  /** How to find a person who has not come through it before, in this order; empty for never. */
  correlation: isInternal(z.array(z.enum(correlations)).max(correlations.length)).default([
    'email',
  ]),
  /** Whether every address it names is verified, also where it does not say so. */
  emailsAreVerified: flag.default(false),
  /**
   * Whether it says when someone proved who they are. Where it does not, people prove themselves
   * there again at each sign-in, because nothing else tells how old their proof is.
   */
  saysWhen: flag.default(true),
} as const

/** Where it is, as an absolute URL without query and fragment (OpenID Connect Discovery 1.0 §3). */
const issuer = isInternal(
  z
    .url()
    .max(1024)
    .refine((url) => isPrivateUrl(url), 'https, or http on this machine')
    .refine((url) => !/[?#]/.test(url), 'without query and fragment'),
)

const oidcPart = z.strictObject({
  issuer,
  clientId: isInternal(z.string().min(1).max(512)),
  /** How we show that we are the client: a secret it gave us, a key of ours, or not at all. */
  clientAuthentication: isInternal(z.enum(['secret-basic', 'secret-post', 'private-key', 'none'])),
  /** `offline_access` among them lets us ask later whether it still stands by an account. */
  scopes: isInternal(
    z
      .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/))
      .min(1)
      .max(scopesMax),
  ).default(['openid', 'email', 'profile']),
  /** Contexts to ask for at each sign-in, best first. */
  acrValues: isInternal(z.array(contextName).max(acrMax)).default([]),
  /** Contexts to ask for where a fresh or stronger sign-in is needed, best first. */
  stepUpAcrValues: isInternal(z.array(contextName).max(acrMax)).default([]),
  /** How often to ask whether it still stands by an account, in minutes. */
  recheckMinutes: isInternal(z.int().min(1).max(1440)).default(15),
  /** Whether signing out here signs out there too. */
  signsOutThere: flag.default(true),
})

/** What an administrator says of a provider. */
export const identityProviderDraft = z.discriminatedUnion('kind', [
  z.strictObject({ ...common, kind: z.literal('oidc'), oidc: oidcPart }),
  z.strictObject({ ...common, kind: z.literal('saml'), saml: samlPart }),
])
export type IdentityProvider = z.infer<typeof identityProviderDraft>
export type OidcProvider = Extract<IdentityProvider, { readonly kind: 'oidc' }>
export type SamlProvider = Extract<IdentityProvider, { readonly kind: 'saml' }>
