// The table of sealed credentials.
import type { Kysely, Transaction } from 'kysely'
import type { Database } from '#store/database'
import type { Whose } from './credential-seal.ts'

export interface SealedCredential {
  readonly application: string
  /** Absent where everyone shares it. */
  readonly person?: string
  readonly sealed: string
  /** Milliseconds since the epoch. */
  readonly setAt: number
  /** The actor, as `Person::"ada"`. */
  readonly setBy: string
}

/** Puts a credential in the place of the one before. */
export async function putCredential(
  tx: Transaction<Database>,
  { application, person = '', sealed, setAt, setBy }: SealedCredential,
): Promise<void> {
  const row = { sealed, set_at: setAt, set_by: setBy }
  await tx
    .insertInto('credentials')
    .values({ application, person, ...row })
    .onConflict((conflict) => conflict.columns(['application', 'person']).doUpdateSet(row))
    .execute()
}

/** @returns whether there was one. */
export async function removeCredential(
  tx: Transaction<Database>,
  { application, person = '' }: Whose,
): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('credentials')
    .where('application', '=', application)
    .where('person', '=', person)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

export async function countCredentials(db: Kysely<Database>): Promise<number> {
  const row = await db
    .selectFrom('credentials')
    .select(({ fn }) => fn.countAll<number | string>().as('count'))
    .executeTakeFirst()
  return Number(row?.count ?? 0)
}

/** All of them, or those of one application, by application and person. */
export async function readCredentials(
  db: Kysely<Database>,
  application?: string,
): Promise<readonly SealedCredential[]> {
  const all = db.selectFrom('credentials').selectAll().orderBy('application').orderBy('person')
  const rows = await (
    application === undefined ? all : all.where('application', '=', application)
  ).execute()
  return rows.map(({ application: of, person, sealed, set_at: setAt, set_by: setBy }) => ({
    application: of,
    ...(person === '' ? {} : { person }),
    sealed,
    setAt,
    setBy,
  }))
}
