// Which factors count in an organisation beyond passkeys, which always do: models of hardware keys,
// and for whom codes from an app. Administrators set it; only the server needs it.
import { z } from 'zod'
import { isInternal } from './classification.ts'
import { entityId } from './document-shapes.ts'

const rootMaxCharacters = 16_384

const hardwareKeyModel = z.strictObject({
  /** The model, as authenticators name themselves (WebAuthn L3 §6.5.1.1). */
  aaguid: isInternal(
    z
      .string()
      .regex(
        /^(?!00000000-0000-0000-0000-000000000000)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
        'an AAGUID in lower case, such as `2fc0579f-8113-47ea-b116-bb5a8db9202a`; not all zeros',
      ),
  ),
  name: isInternal(z.string().trim().min(1).max(64)),
  /**
   * Certificates in PEM of which one must be at the end of the chain of its attestation. Without
   * any, a certificate by whomever suffices: that keeps mistakes out, not somebody who forges one.
   */
  roots: isInternal(z.array(z.string().max(rootMaxCharacters)).max(8)).default([]),
})

export const factorsPolicy = z.strictObject({
  /** A passkey that cannot leave its device, of one of these models, is a hardware key. */
  hardwareKeys: z.array(hardwareKeyModel).max(128).default([]),
  /** Codes from an app: off, but for members of these groups. */
  otpGroups: isInternal(z.array(entityId).max(64)).default([]),
  /** How long a confirmed recovery waits before its link opens, in minutes. */
  recoveryWaitMinutes: isInternal(
    z
      .int()
      .min(0)
      .max(7 * 24 * 60),
  ).default(30),
})
export type FactorsPolicy = z.infer<typeof factorsPolicy>
