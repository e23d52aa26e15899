// What we show providers to be their client: secrets they gave us, and keys of ours.
import type { Secret } from '@countersign/contract/secret'
import type { Kysely, Transaction } from 'kysely'
import type { Database } from '#store/database'
import { seal, unseal } from './seal.ts'

/** Whose secret it is, and which. */
export interface SecretName {
  readonly provider: string
  readonly name: string
}

/** Puts a secret in the place of the one before. */
export async function putSecret(
  tx: Transaction<Database>,
  masterKey: Secret<Uint8Array>,
  { provider, name }: SecretName,
  { secret, setAt }: { readonly secret: Secret; readonly setAt: number },
): Promise<void> {
  const sealed = await seal(masterKey, { use: 'provider', provider, name }, secret)
  await tx
    .insertInto('provider_secrets')
    .values({ provider, name, sealed, set_at: setAt })
    .onConflict((conflict) =>
      conflict.columns(['provider', 'name']).doUpdateSet({ sealed, set_at: setAt }),
    )
    .execute()
}

/** The secret and when it was set, or undefined where there is none. */
export async function readSecret(
  db: Kysely<Database>,
  masterKey: Secret<Uint8Array>,
  { provider, name }: SecretName,
): Promise<{ readonly secret: Secret; readonly setAt: number } | undefined> {
  const row = await db
    .selectFrom('provider_secrets')
    .select(['sealed', 'set_at'])
    .where('provider', '=', provider)
    .where('name', '=', name)
    .executeTakeFirst()
  if (!row) return undefined
  const secret = await unseal(masterKey, { use: 'provider', provider, name }, row.sealed)
  return { secret, setAt: row.set_at }
}

/** Forgets every secret of a provider. */
export async function forgetSecrets(tx: Transaction<Database>, provider: string): Promise<void> {
  await tx.deleteFrom('provider_secrets').where('provider', '=', provider).execute()
}
