// A key of ours with which an OpenID provider knows us (`private_key_jwt`, OpenID Connect Core 1.0
// §9). The provider gets its public half; nothing that it could lose lets another be us.
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type CryptoKey } from 'jose'
import { Secret } from '@countersign/contract/secret'
import { z } from 'zod'

const algorithm = 'ES256'
const privateJwk = z.strictObject({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  d: z.string(),
  kid: z.string(),
})

/** A new key as it is kept: a private JWK in JSON. */
export async function newClientKey(): Promise<Secret> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true })
  const jwk = await exportJWK(privateKey)
  const kid = await calculateJwkThumbprint(jwk)
  return new Secret(JSON.stringify({ ...jwk, kid }))
}

/** The key to sign with. */
export async function signingKey(
  kept: Secret,
): Promise<{ readonly key: CryptoKey; readonly kid: string }> {
  const { kid, ...jwk } = privateJwk.parse(JSON.parse(kept.reveal()))
  const key = await importJWK(jwk, algorithm)
  if (key instanceof Uint8Array) throw new TypeError('the key is symmetric')
  return { key, kid }
}

/** What everyone may know of it (RFC 7517). */
export function publicHalf(kept: Secret): Record<string, string> {
  const { d: _, ...jwk } = privateJwk.parse(JSON.parse(kept.reveal()))
  return { ...jwk, alg: algorithm, use: 'sig' }
}
