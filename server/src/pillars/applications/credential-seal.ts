// How credentials lie in the store: each under a key of its own, which is wrapped by the master key
// (RFC 7518 §4.7). The header is authenticated with it and names application and person, so that one
// cannot be put in another's place.
import { CompactEncrypt, compactDecrypt } from 'jose'
import { Secret } from '@countersign/contract/secret'
import { storedCredential, type StoredCredential } from '@countersign/contract/upstream-credential'
import { StoreFault } from '#store/fault'

export interface Whose {
  readonly application: string
  /** Absent where everyone shares it. */
  readonly person?: string | undefined
}

const use = 'credential'

/** A compact JWE. */
export function sealCredential(
  masterKey: Secret<Uint8Array>,
  { application, person = '' }: Whose,
  credential: Secret<StoredCredential>,
): Promise<string> {
  return new CompactEncrypt(Buffer.from(JSON.stringify(credential.reveal())))
    .setProtectedHeader({ alg: 'A256GCMKW', enc: 'A256GCM', use, application, person })
    .encrypt(masterKey.reveal())
}

/** @throws StoreFault where it was sealed under another key, or for another application or person. */
export async function openCredential(
  masterKey: Secret<Uint8Array>,
  { application, person = '' }: Whose,
  sealed: string,
): Promise<Secret<StoredCredential>> {
  try {
    const { plaintext, protectedHeader } = await compactDecrypt(sealed, masterKey.reveal(), {
      keyManagementAlgorithms: ['A256GCMKW'],
      contentEncryptionAlgorithms: ['A256GCM'],
    })
    const { use: sealedUse, application: sealedApplication, person: sealedPerson } = protectedHeader
    if (sealedUse === use && sealedApplication === application && sealedPerson === person) {
      return new Secret(storedCredential.parse(JSON.parse(Buffer.from(plaintext).toString())))
    }
  } catch {
    // Not shown: what fails to open may be a secret.
  }
  throw new StoreFault(
    `a credential of \`${application}\` does not open: restore the \`master.key\` that belongs to this store, or set the credential anew`,
  )
}
