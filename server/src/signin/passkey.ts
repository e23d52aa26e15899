// A passkey is a public key with a history: whose it is, how it was made, how often it was used.
// It is a document of the server's own. Gateways never need it.
import { createHash } from 'node:crypto'
import { isInternal, isPersonal } from '@countersign/contract/classification'
import type { Authentication } from '@countersign/contract/documents'
import { entityId } from '@countersign/contract/document-shapes'
import type { FactorsPolicy } from '@countersign/contract/factors'
import type { PasskeyId } from '@countersign/contract/ids'
import { z } from 'zod'
import { isHardwareKey } from './factors/attestation.ts'

export const passkeyKind = 'passkey'
/** Passkeys one person may have. */
export const passkeysMax = 32

const base64url = (maxCharacters: number) =>
  z
    .string()
    .max(maxCharacters)
    .regex(/^[\w-]+$/)
const instant = isInternal(z.int().nonnegative())

export const passkey = z.strictObject({
  id: isInternal(z.string().max(64)),
  person: entityId,
  name: isPersonal(z.string().min(1).max(64)),
  /** The credential id, as the authenticator chose it (WebAuthn L3 §6.5.1: at most 1023 bytes). */
  credential: base64url(1364),
  /** The random user id that the authenticator keeps; the same for all passkeys of a person. */
  userHandle: base64url(86),
  /** The COSE public key. */
  publicKey: base64url(8192),
  /** The last signature counter seen; 0 where the authenticator does not count. */
  counter: isInternal(z.int().nonnegative()),
  transports: isInternal(z.array(z.string().max(32)).max(8)),
  /** The model of the authenticator; all zeros where it does not say. */
  aaguid: isInternal(z.string().max(64)),
  /** How the authenticator proved its model, if it did; kept so that it can be checked again. */
  attestation: z.strictObject({
    format: isInternal(z.string().max(32)),
    object: base64url(65_536),
    /** Who vouched for the model: a certificate, the new key itself, or nobody. */
    trust: isInternal(z.enum(['certified', 'self', 'none'])).default('none'),
    /** SHA-256 of each certificate in hex, the authenticator's own first. */
    certificates: isInternal(z.array(z.string().max(64)).max(16)).default([]),
  }),
  /** Whether it can be copied to other devices of its owner, and whether it was. */
  backupEligible: isInternal(z.boolean()),
  backedUp: isInternal(z.boolean()),
  registeredAt: instant,
  lastUsedAt: instant.optional(),
  /** When it was last seen to be backed up, or no more, differently from before. */
  backupChangedAt: instant.optional(),
})
export type Passkey = z.infer<typeof passkey>

/**
 * A passkey's id follows from its credential id, so that a credential can belong to one person
 * only, and finding it is one lookup.
 */
export function passkeyId(credential: string): PasskeyId {
  const digest = createHash('sha256').update(credential).digest()
  // A byte's low five bits are one character of the alphabet in which ids are written.
  let text = ''
  for (const byte of digest.subarray(0, idCharacters)) text += alphabet.charAt(byte & 31)
  return `key_${text}` as PasskeyId
}

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
const idCharacters = 26

/** What an authenticator says of a passkey it made. */
export type MadePasskey = Pick<
  Passkey,
  | 'credential'
  | 'publicKey'
  | 'counter'
  | 'transports'
  | 'aaguid'
  | 'attestation'
  | 'backupEligible'
  | 'backedUp'
>

/** A passkey registered now. */
export function newPasskey(
  { credential, ...made }: MadePasskey,
  owner: Pick<Passkey, 'person' | 'name' | 'userHandle'>,
  now: number,
): Passkey {
  return { ...made, ...owner, id: passkeyId(credential), credential, registeredAt: now }
}

/** What its owner sees of a passkey at a glance. */
export function summaryOf({ id, name, registeredAt, lastUsedAt }: Passkey): {
  readonly id: string
  readonly name: string
  readonly registeredAt: number
  readonly lastUsedAt?: number
} {
  return { id, name, registeredAt, ...(lastUsedAt === undefined ? {} : { lastUsedAt }) }
}

/** The passkey after a use. */
export function used(
  before: Passkey,
  { counter, backedUp }: Pick<Passkey, 'counter' | 'backedUp'>,
  now: number,
): Passkey {
  const changed = backedUp === before.backedUp ? {} : { backupChangedAt: now }
  return { ...before, counter, backedUp, ...changed, lastUsedAt: now }
}

/**
 * A sign-in with a passkey: it proves possession of a key and, by a PIN or a fingerprint, its
 * owner's presence.
 */
export function authenticationWith(
  passkey: Passkey,
  policy: Pick<FactorsPolicy, 'hardwareKeys'>,
  now: number,
): Authentication {
  return {
    method: isHardwareKey(passkey, policy) ? 'hardware-key' : 'passkey',
    phishingResistant: true,
    observedAt: now,
    provenance: 'attested',
    credential: passkey.id,
  }
}

/**
 * Whether a counter may follow the one last seen. One that does not grow means that the key was
 * copied, or that an answer is played again (WebAuthn L3 §6.1.1). Authenticators that do not
 * count always say 0.
 */
export function mayFollow(counter: number, last: number): boolean {
  return counter > last || (counter === 0 && last === 0)
}
