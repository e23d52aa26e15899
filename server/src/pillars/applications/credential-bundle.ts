// All credentials for one gateway: signed as everything that gateways believe, then sealed for the
// key that this gateway names with its own signature, so that nobody on the way or at rest reads it.
import { CompactEncrypt, CompactSign, compactVerify, importJWK } from 'jose'
import { problem } from '@countersign/contract/problems'
import {
  type CredentialBundle,
  credentialsType,
  sealAlgorithm,
  sealEncryption,
  sealingKey,
  type SealingKey,
  sealingKeyType,
} from '@countersign/contract/upstream-credential'
import type { SigningKey } from '#feed/keys.store'
import type { Gateway } from '#pillars/networks/gateways'

/** The key that an enrolled gateway names. @throws `request.malformed` where it did not sign that. */
export async function namedKey(statement: string, gateway: Gateway): Promise<SealingKey> {
  try {
    const { payload, protectedHeader } = await compactVerify(statement, gateway.key, {
      algorithms: ['EdDSA', 'Ed25519'],
    })
    if (protectedHeader.typ === sealingKeyType) {
      return sealingKey.parse(JSON.parse(Buffer.from(payload).toString()))
    }
  } catch {
    // Whatever is wrong with it, it is not believed.
  }
  throw problem('request.malformed', '`key` is not a key that this gateway signed')
}

/** A compact JWE around a compact JWS. */
export async function sealBundle(
  bundle: CredentialBundle,
  { privateKey }: SigningKey,
  recipient: SealingKey,
): Promise<string> {
  const signed = await new CompactSign(Buffer.from(JSON.stringify(bundle)))
    .setProtectedHeader({ alg: 'EdDSA', typ: credentialsType })
    .sign(privateKey)
  return new CompactEncrypt(Buffer.from(signed))
    .setProtectedHeader({ alg: sealAlgorithm, enc: sealEncryption })
    .encrypt(await importJWK(recipient, sealAlgorithm))
}
