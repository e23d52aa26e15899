// What counts once is spent in the store, so that no server process takes it a second time.
import type { Kysely } from 'kysely'
import type { Database } from '#store/database'

type SpentTable = { readonly id: string; readonly expires_at: number }
type Tables = { readonly signin_spent: SpentTable }

/** Spends something until a moment, after which it is refused for its age. @returns false where it was spent before. */
export async function spendOnce(
  db: Kysely<Database>,
  { id, expiresAt }: { readonly id: string; readonly expiresAt: number },
): Promise<boolean> {
  const row = await db
    .withTables<Tables>()
    .insertInto('signin_spent')
    .values({ id, expires_at: expiresAt })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** Forgets what is too old to count. @returns how many rows went. */
export async function sweepSpent(db: Kysely<Database>, now: number): Promise<number> {
  const { numDeletedRows } = await db
    .withTables<Tables>()
    .deleteFrom('signin_spent')
    .where('expires_at', '<=', now)
    .executeTakeFirst()
  return Number(numDeletedRows)
}
