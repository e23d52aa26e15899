// What answers about factors are made of, whoever asks.
import { z } from 'zod'
import { isInternal, isPersonal } from '../classification.ts'
import { entityId } from '../document-shapes.ts'

const id = isInternal(z.string().max(128))
const instant = isInternal(z.int().nonnegative())
const actor = isInternal(z.string().max(256))

const passkeyDetail = z.strictObject({
  id,
  name: isPersonal(z.string()),
  registeredAt: instant,
  lastUsedAt: instant.optional(),
  /** How a browser may reach it, such as `usb` or `internal`. */
  transports: isInternal(z.array(z.string())),
  /** The model of the authenticator; all zeros where it does not say. */
  aaguid: isInternal(z.string()),
  /** What the model is called, where we are certain. */
  model: isInternal(z.string()).optional(),
  /** Whether its maker vouched for the model with a certificate, only its own key did, or nothing. */
  attestation: isInternal(z.enum(['certified', 'self', 'none'])),
  /** Whether signing in with it counts as a hardware key by the policy of this moment. */
  hardwareKey: isInternal(z.boolean()),
  /** Whether it can be copied to other devices of its owner, and whether it was. */
  backupEligible: isInternal(z.boolean()),
  backedUp: isInternal(z.boolean()),
})

export const recoverySummary = z.strictObject({
  id,
  person: entityId,
  name: isPersonal(z.string()),
  /**
   * `started` waits for a second person; `confirmed` has a link that opens at `opensAt`; the others
   * are over.
   */
  state: isInternal(z.enum(['started', 'confirmed', 'completed', 'cancelled', 'expired'])),
  startedAt: instant,
  startedBy: actor,
  /** The names of the passkeys that are lost. */
  lost: isPersonal(z.array(z.string())),
  endsAt: instant,
  confirmedAt: instant.optional(),
  confirmedBy: actor.optional(),
  opensAt: instant.optional(),
  endedAt: instant.optional(),
  endedBy: actor.optional(),
})

export const enrolmentSummary = z.strictObject({
  id,
  person: entityId,
  name: isPersonal(z.string()),
  /** `first` for someone who has no passkey yet, `recovery` for someone who lost theirs. */
  purpose: isInternal(z.enum(['first', 'recovery'])),
  /** `waiting` for a second administrator to confirm it. */
  state: isInternal(z.enum(['waiting', 'open'])),
  issuedAt: instant,
  issuedBy: actor,
  confirmedBy: actor.optional(),
  opensAt: instant,
  endsAt: instant,
})

export const factors = z.strictObject({
  passkeys: z.array(passkeyDetail),
  /** Codes from an app: whether they are allowed to this person, and since when they are set up. */
  otp: z.strictObject({
    allowed: isInternal(z.boolean()),
    setAt: instant.optional(),
    lastUsedAt: instant.optional(),
  }),
  /** How many one-time recovery codes are left of the set; never the codes. */
  recoveryCodes: z.strictObject({
    left: isInternal(z.int().nonnegative()),
    issuedAt: instant.optional(),
  }),
  /** The recovery under way; absent where there is none. Shown as a warning wherever it is not mine. */
  recovery: recoverySummary.optional(),
})

export const link = z.strictObject({
  id,
  /** Shown once. To be told to the person in another way than the one they lost. */
  url: z.string(),
  state: isInternal(z.enum(['waiting', 'open'])),
  opensAt: instant,
  endsAt: instant,
})
export const done = z.strictObject({})
export const ofRecovery = z.strictObject({ recovery: z.string().max(64) })
/** Passkeys by id, none where everything is lost but nothing was registered. */
export const lost = z.array(z.string().max(64)).max(32)
