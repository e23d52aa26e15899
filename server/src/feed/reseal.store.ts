// A new master key takes the place of the old one: everything sealed in the store is sealed anew, all
// of it in one transaction.
import { CompactEncrypt, compactDecrypt } from 'jose'
import type { Transaction } from 'kysely'
import type { Secret } from '@countersign/contract/secret'
import type { Database } from '#store/database'
import { StoreFault } from '#store/fault'

interface Keys {
  readonly current: Secret<Uint8Array>
  readonly next: Secret<Uint8Array>
}

/**
 * Seals everything under the next key. What is under it already, because a start before broke off
 * behind its transaction, stays as it is.
 * @throws StoreFault where something opens under neither key.
 */
export async function reseal(tx: Transaction<Database>, keys: Keys): Promise<void> {
  for (const { name, sealed } of await tx.selectFrom('keys').select(['name', 'sealed']).execute()) {
    const anew = await sealedAnew(sealed, keys)
    await tx.updateTable('keys').set({ sealed: anew }).where('name', '=', name).execute()
  }
  const credentials = await tx
    .selectFrom('credentials')
    .select(['application', 'person', 'sealed'])
    .execute()
  for (const { application, person, sealed } of credentials) {
    const anew = await sealedAnew(sealed, keys)
    await tx
      .updateTable('credentials')
      .set({ sealed: anew })
      .where('application', '=', application)
      .where('person', '=', person)
      .execute()
  }
  const secrets = await tx
    .selectFrom('provider_secrets')
    .select(['provider', 'name', 'sealed'])
    .execute()
  for (const { provider, name, sealed } of secrets) {
    const anew = await sealedAnew(sealed, keys)
    await tx
      .updateTable('provider_secrets')
      .set({ sealed: anew })
      .where('provider', '=', provider)
      .where('name', '=', name)
      .execute()
  }
  const keepsakes = await tx.selectFrom('provider_sessions').select(['session', 'sealed']).execute()
  for (const { session, sealed } of keepsakes) {
    if (sealed === null) continue
    const anew = await sealedAnew(sealed, keys)
    await tx
      .updateTable('provider_sessions')
      .set({ sealed: anew })
      .where('session', '=', session)
      .execute()
  }
  const otpKeys = await tx
    .selectFrom('otp_keys')
    .select(['person', 'confirmed', 'sealed'])
    .execute()
  for (const { person, confirmed, sealed } of otpKeys) {
    const anew = await sealedAnew(sealed, keys)
    await tx
      .updateTable('otp_keys')
      .set({ sealed: anew })
      .where('person', '=', person)
      .where('confirmed', '=', confirmed)
      .execute()
  }
}

async function sealedAnew(sealed: string, { current, next }: Keys): Promise<string> {
  if (await opened(sealed, next)) return sealed
  const found = await opened(sealed, current)
  if (!found) {
    throw new StoreFault(
      'something in the store opens neither with `master.key` nor with `master.key.next`: restore the `master.key` that belongs to it',
    )
  }
  // Everything the header says stays, but what belongs to the encryption that is replaced.
  const { alg, enc, iv: _, tag: __, ...said } = found.protectedHeader
  return new CompactEncrypt(found.plaintext)
    .setProtectedHeader({ ...said, alg, enc })
    .encrypt(next.reveal())
}

async function opened(sealed: string, key: Secret<Uint8Array>) {
  try {
    return await compactDecrypt(sealed, key.reveal(), {
      keyManagementAlgorithms: ['dir', 'A256GCMKW'],
      contentEncryptionAlgorithms: ['A256GCM'],
    })
  } catch {
    return undefined
  }
}
