// Challenges in the store, so that any server process can check the answer to what another asked.
import type { Generated, Kysely } from 'kysely'
import type { Database } from '#store/database'
import { boundTo, type KeptChallenge } from './challenge.ts'

type Tables = {
  readonly signin_challenges: {
    readonly slot: Generated<number>
    readonly id: string
    readonly bound: unknown
    readonly expires_at: number
  }
}

/** Keeps a challenge, in the slot of the oldest one. */
export async function keepChallenge(
  db: Kysely<Database>,
  { id, bound, expiresAt }: KeptChallenge,
): Promise<void> {
  await db
    .withTables<Tables>()
    .insertInto('signin_challenges')
    .values({ id, bound: JSON.stringify(bound), expires_at: expiresAt })
    .onConflict((conflict) =>
      conflict.column('slot').doUpdateSet((eb) => ({
        id: eb.ref('excluded.id'),
        bound: eb.ref('excluded.bound'),
        expires_at: eb.ref('excluded.expires_at'),
      })),
    )
    .execute()
}

/** Takes a challenge out, whatever it was for: of two that take it, one gets it. */
export async function takeChallenge(
  db: Kysely<Database>,
  id: string,
): Promise<KeptChallenge | undefined> {
  const row = await db
    .withTables<Tables>()
    .deleteFrom('signin_challenges')
    .where('id', '=', id)
    .returning(['bound', 'expires_at'])
    .executeTakeFirst()
  return row && { id, bound: boundTo.parse(row.bound), expiresAt: row.expires_at }
}

/** Deletes what has expired. @returns how many. */
export async function sweepChallenges(db: Kysely<Database>, now: number): Promise<number> {
  const { numDeletedRows } = await db
    .withTables<Tables>()
    .deleteFrom('signin_challenges')
    .where('expires_at', '<=', now)
    .executeTakeFirst()
  return Number(numDeletedRows)
}
