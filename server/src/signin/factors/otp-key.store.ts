// Keys of codes from an app, each sealed under the master key for its person alone (RFC 7518 §4.7).
// They are not in the journal: nothing of it is ever sealed anew.
import { Secret } from '@countersign/contract/secret'
import { CompactEncrypt, compactDecrypt } from 'jose'
import type { Kysely, Transaction } from 'kysely'
import type { Database } from '#store/database'
import { StoreFault } from '#store/fault'

const use = 'otp'

export interface OtpKey {
  readonly key: Secret<Uint8Array>
  /** The last time step whose code was used. */
  readonly lastStep: number
  /** Milliseconds since the epoch. */
  readonly madeAt: number
}

/** Keeps a key that waits for its first code, in place of any that waited before. */
export async function keepOtpKey(
  db: Kysely<Database>,
  masterKey: Secret<Uint8Array>,
  { person, key, now }: { readonly person: string; readonly key: Uint8Array; readonly now: number },
): Promise<void> {
  const sealed = await new CompactEncrypt(key)
    .setProtectedHeader({ alg: 'A256GCMKW', enc: 'A256GCM', use, person })
    .encrypt(masterKey.reveal())
  const row = { sealed, last_step: 0, made_at: now }
  await db
    .insertInto('otp_keys')
    .values({ person, confirmed: false, ...row })
    .onConflict((conflict) => conflict.columns(['person', 'confirmed']).doUpdateSet(row))
    .execute()
}

/**
 * The key of a person, or undefined.
 * @throws StoreFault where it does not open.
 */
export async function readOtpKey(
  db: Kysely<Database>,
  masterKey: Secret<Uint8Array>,
  { person, confirmed }: { readonly person: string; readonly confirmed: boolean },
): Promise<OtpKey | undefined> {
  const row = await db
    .selectFrom('otp_keys')
    .selectAll()
    .where('person', '=', person)
    .where('confirmed', '=', confirmed)
    .executeTakeFirst()
  if (!row) return undefined
  return {
    key: await opened(masterKey, person, row.sealed),
    lastStep: row.last_step,
    madeAt: row.made_at,
  }
}

/** Lets the key that waits take the place of any that counts. */
export async function confirmOtpKey(
  tx: Transaction<Database>,
  person: string,
  step: number,
): Promise<void> {
  await tx
    .deleteFrom('otp_keys')
    .where('person', '=', person)
    .where('confirmed', '=', true)
    .execute()
  await tx
    .updateTable('otp_keys')
    .set({ confirmed: true, last_step: step })
    .where('person', '=', person)
    .execute()
}

/** Marks a step as used. @returns false where it, or a later one, was used already. */
export async function spendOtpStep(
  tx: Transaction<Database>,
  person: string,
  step: number,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('otp_keys')
    .set({ last_step: step })
    .where('person', '=', person)
    .where('confirmed', '=', true)
    .where('last_step', '<', step)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Forgets the keys of a person. */
export async function removeOtpKeys(tx: Transaction<Database>, person: string): Promise<void> {
  await tx.deleteFrom('otp_keys').where('person', '=', person).execute()
}

async function opened(
  masterKey: Secret<Uint8Array>,
  person: string,
  sealed: string,
): Promise<Secret<Uint8Array>> {
  try {
    const { plaintext, protectedHeader } = await compactDecrypt(sealed, masterKey.reveal(), {
      keyManagementAlgorithms: ['A256GCMKW'],
      contentEncryptionAlgorithms: ['A256GCM'],
    })
    if (protectedHeader['use'] === use && protectedHeader['person'] === person) {
      return new Secret<Uint8Array>(plaintext)
    }
  } catch {
    // Not shown: what fails to open may be a secret.
  }
  throw new StoreFault(
    `the key of \`${person}\` for codes does not open: restore the \`master.key\` that belongs to this store, or have them set up codes anew`,
  )
}
