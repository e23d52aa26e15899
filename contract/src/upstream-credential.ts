// How a gateway signs in to an application that knows no single sign-on: with which kind of
// credential, and whose. The credential itself is never part of a document.
import { z } from 'zod'
import { isInternal } from './classification.ts'
import { isIdentityHeader } from './upstream-identity.ts'

const credentialKinds = ['basic', 'bearer', 'header'] as const

export const upstreamCredential = z
  .strictObject({
    /** `Authorization: Basic`, `Authorization: Bearer`, or a header of its own. */
    kind: isInternal(z.enum(credentialKinds)),
    header: isInternal(
      z.string().max(64).refine(isIdentityHeader, 'a name that begins with `x-`, in lower case'),
    ).optional(),
    /** Whether everyone is signed in with one account, or each person with their own. */
    per: isInternal(z.enum(['application', 'person'])),
  })
  .refine(({ kind, header }) => (kind === 'header') === (header !== undefined), {
    path: ['header'],
    error: 'name the header where the kind is `header`, and only there',
  })
export type UpstreamCredential = z.infer<typeof upstreamCredential>

const secretMaxCharacters = 4_096

/** What is kept of a credential. `user` is for the kind `basic` alone. */
export const credentialSecret = z.strictObject({
  user: z.string().min(1).max(256).optional(),
  secret: z.string().min(1).max(secretMaxCharacters),
})
export type CredentialSecret = z.infer<typeof credentialSecret>

/** Why a credential is none of its kind; undefined where it is one. */
export function credentialFault(
  { kind }: UpstreamCredential,
  { user, secret }: CredentialSecret,
): string | undefined {
  switch (kind) {
    case 'basic':
      if (user === undefined) return 'a user name is needed beside the password'
      // RFC 7617 §2: the first colon ends the user name, and controls have no place in either.
      if (user.includes(':')) return 'a user name may not hold `:`'
      return /\p{Cc}/u.test(user + secret) ? 'it holds a control character' : undefined
    case 'bearer':
      if (user !== undefined) return 'a token has no user name'
      // RFC 6750 §2.1.
      return /^[\w\-.~+/]+=*$/.test(secret) ? undefined : 'it is no bearer token'
    case 'header':
      if (user !== undefined) return 'a header has no user name'
      return /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(secret)
        ? undefined
        : 'it holds more than printable ASCII'
  }
}

/** What is sealed of it, with the address of the application when it was set: it is sent nowhere else. */
export const storedCredential = credentialSecret.extend({ upstream: z.string().max(512) })
export type StoredCredential = z.infer<typeof storedCredential>

/** `typ` of the statement with which a gateway names the key that credentials are sealed for. */
export const sealingKeyType = 'countersign-sealing-key+jws'
/** `typ` of the credentials, signed by the control plane, within their seal. */
export const credentialsType = 'countersign-credentials+jws'
/** RFC 7518 §4.6 with X25519 (RFC 8037 §3.2). */
export const sealAlgorithm = 'ECDH-ES+A256KW'
export const sealEncryption = 'A256GCM'

/** The public half of the key that credentials are sealed for. */
export const sealingKey = z.strictObject({
  kty: z.literal('OKP'),
  crv: z.literal('X25519'),
  x: z.string().regex(/^[\w-]{43}$/),
})
export type SealingKey = z.infer<typeof sealingKey>

/** All credentials of all applications, for one gateway. */
export const credentialBundle = z.strictObject({
  gateway: z.string().max(64),
  /** When it was made, in milliseconds since the epoch. */
  at: z.int().nonnegative(),
  /** What is said of each application whose credentials were ever set: when that was last. */
  applications: z.array(
    z.strictObject({ id: z.string().max(128), changedAt: z.int().nonnegative() }),
  ),
  credentials: z.array(
    storedCredential.extend({
      application: z.string().max(128),
      /** Absent where everyone shares it. */
      person: z.string().max(128).optional(),
    }),
  ),
})
export type CredentialBundle = z.infer<typeof credentialBundle>

/** Most credentials of one installation. */
export const credentialsMaxCount = 5_000
/** Largest sealed bundle, in bytes. */
export const bundleMaxBytes = 64 * 1024 * 1024
