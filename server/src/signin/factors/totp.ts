// Codes from an app (RFC 6238). They can be phished, and they are a second factor to something, never
// a sign-in by themselves. SHA-1, six digits and thirty seconds, because apps ignore anything else.
import { isInternal } from '@countersign/contract/classification'
import type { Authentication } from '@countersign/contract/documents'
import { entityId } from '@countersign/contract/document-shapes'
import type { Secret } from '@countersign/contract/secret'
import { Secret as OtpSecret, TOTP } from 'otpauth'
import { z } from 'zod'

/** The length of a key in bytes (RFC 4226 §4 R6: 160 bits recommended). */
const keyBytes = 20
const stepSeconds = 30
/** Steps that a clock may be off, either way (RFC 6238 §5.2). */
const stepsOffMax = 1

/** The kind of the document that says that somebody has codes. The key is elsewhere, sealed. */
export const otpKind = 'otp'

export const otp = z.strictObject({
  /** The person. */
  id: entityId,
  setAt: isInternal(z.int().nonnegative()),
  lastUsedAt: isInternal(z.int().nonnegative()).optional(),
})

/** A new key. */
export function newOtpKey(randomBytes: (count: number) => Uint8Array): Uint8Array {
  return randomBytes(keyBytes)
}

/** What an app scans, and the same key to type. */
export function otpInvitation(
  key: Secret<Uint8Array>,
  { organisation, name }: { readonly organisation: string; readonly name: string },
): { readonly uri: string; readonly key: string } {
  const totp = totpOf(key, { issuer: organisation, label: name })
  return { uri: totp.toString(), key: totp.secret.base32 }
}

/**
 * The time step whose code this is, if it is one that may be used now: each counts once, and so
 * does every earlier one with it (RFC 6238 §5.2).
 */
export function stepOf(
  key: Secret<Uint8Array>,
  code: string,
  { lastStep, now }: { readonly lastStep: number; readonly now: number },
): number | undefined {
  const delta = totpOf(key).validate({ token: code, timestamp: now, window: stepsOffMax })
  if (delta === null) return undefined
  const step = Math.floor(now / 1000 / stepSeconds) + delta
  return step > lastStep ? step : undefined
}

/** A sign-in with a password at a provider and a code here. */
export function otpAuthentication({ provider }: Authentication, now: number): Authentication {
  return {
    method: 'otp',
    phishingResistant: false,
    observedAt: now,
    provenance: 'reported',
    ...(provider === undefined ? {} : { provider }),
  }
}

function totpOf(
  key: Secret<Uint8Array>,
  names: { readonly issuer?: string; readonly label?: string } = {},
): TOTP {
  const buffer = Uint8Array.from(key.reveal()).buffer
  return new TOTP({
    ...names,
    algorithm: 'SHA1',
    digits: 6,
    period: stepSeconds,
    secret: new OtpSecret({ buffer }),
  })
}
