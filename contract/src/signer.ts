// Who signs the assertions that applications verify: every gateway with keys of its own. All of an
// organisation's gateways publish the keys of all, so that an application may stand behind several.
import { z } from 'zod'
import { canonicalJson } from './canonical.ts'
import { isInternal } from './classification.ts'

const coordinate = z.string().regex(/^[\w-]{43}$/)

/** A public key on the curve P-256 as a JWK (RFC 7518 §6.2). */
export const p256PublicKey = z.strictObject({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: coordinate,
  y: coordinate,
})
export type P256PublicKey = z.infer<typeof p256PublicKey>

const ed25519PublicKey = z.strictObject({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: coordinate,
})

const signingKey = z.discriminatedUnion('kty', [ed25519PublicKey, p256PublicKey])
export type SigningKey = z.infer<typeof signingKey>

/** The public keys of a gateway. The id is the gateway's. */
export const signer = z.strictObject({
  id: isInternal(z.string().min(1).max(64)),
  keys: isInternal(z.array(signingKey).min(1).max(4)),
})

/** What the thumbprint of a key is the SHA-256 of (RFC 7638 §3.2): its id in a set of keys. */
export function thumbprintText(key: SigningKey): string {
  const { kty, crv, x } = key
  return canonicalJson(kty === 'EC' ? { crv, kty, x, y: key.y } : { crv, kty, x })
}
