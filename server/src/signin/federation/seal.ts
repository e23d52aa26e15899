// How secrets of providers lie in the store: each under a key of its own, which is wrapped by the
// master key (RFC 7518 §4.7). The header is authenticated with it and says whose it is, so that one
// cannot be put in another's place.
import { CompactEncrypt, compactDecrypt } from 'jose'
import { Secret } from '@countersign/contract/secret'
import { StoreFault } from '#store/fault'

/** What a sealed text is for. */
export type Whose =
  | { readonly use: 'provider'; readonly provider: string; readonly name: string }
  | { readonly use: 'provider-session'; readonly provider: string; readonly session: string }

/** A compact JWE. */
export function seal(masterKey: Secret<Uint8Array>, whose: Whose, secret: Secret): Promise<string> {
  return new CompactEncrypt(Buffer.from(secret.reveal()))
    .setProtectedHeader({ alg: 'A256GCMKW', enc: 'A256GCM', ...whose })
    .encrypt(masterKey.reveal())
}

/** @throws StoreFault where it was sealed under another key, or for something else. */
export async function unseal(
  masterKey: Secret<Uint8Array>,
  whose: Whose,
  sealed: string,
): Promise<Secret> {
  try {
    const { plaintext, protectedHeader } = await compactDecrypt(sealed, masterKey.reveal(), {
      keyManagementAlgorithms: ['A256GCMKW'],
      contentEncryptionAlgorithms: ['A256GCM'],
    })
    if (Object.entries(whose).every(([member, value]) => protectedHeader[member] === value)) {
      return new Secret(Buffer.from(plaintext).toString())
    }
  } catch {
    // Not shown: what fails to open may be a secret.
  }
  throw new StoreFault(
    `a secret of the identity provider \`${whose.provider}\` does not open: restore the \`master.key\` that belongs to this store, or set the secret anew`,
  )
}
