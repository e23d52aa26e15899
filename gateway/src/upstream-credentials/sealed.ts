// Credentials arrive sealed for a key that only this gateway has, and are believed only if the
// control plane that it enrolled with signed them, for it.
import type { PublicKey } from '@countersign/contract/api/networks'
import {
  credentialBundle,
  type CredentialBundle,
  credentialsType,
  sealAlgorithm,
  sealEncryption,
  sealingKeyType,
} from '@countersign/contract/upstream-credential'
import { compactDecrypt, CompactSign, compactVerify, importJWK } from 'jose'
import type { GatewayKey, SealedFor } from '#enrolment/key.file'

/** The statement in which this gateway names the key to seal for, signed with its own. */
export function sealingStatement(key: GatewayKey, { publicKey }: SealedFor): Promise<string> {
  return new CompactSign(Buffer.from(JSON.stringify(publicKey)))
    .setProtectedHeader({ alg: 'EdDSA', typ: sealingKeyType })
    .sign(key.privateKey)
}

/** Rejects where it is not sealed for this key, not signed by `feedKey`, or meant for another gateway. */
export async function openBundle(
  sealed: string,
  { privateKey }: SealedFor,
  { gateway, feedKey }: { readonly gateway: string; readonly feedKey: PublicKey },
): Promise<CredentialBundle> {
  const opened = await compactDecrypt(sealed, privateKey, {
    keyManagementAlgorithms: [sealAlgorithm],
    contentEncryptionAlgorithms: [sealEncryption],
  })
  const { payload, protectedHeader } = await compactVerify(
    opened.plaintext,
    await importJWK(feedKey, 'EdDSA'),
    { algorithms: ['EdDSA', 'Ed25519'] },
  )
  const bundle = credentialBundle.safeParse(JSON.parse(Buffer.from(payload).toString()))
  // What is wrong is not shown: the words of a schema would quote the value.
  if (protectedHeader.typ !== credentialsType || !bundle.success) {
    throw new TypeError('what the control plane sealed are no credentials')
  }
  if (bundle.data.gateway !== gateway) {
    throw new TypeError('these credentials are meant for another gateway')
  }
  return bundle.data
}
