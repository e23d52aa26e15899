// When a fresh sign-in was first asked for, by the flow that asked. A gateway makes a new flow for
// each question, so the answer is a sign-in no older than the first sight of that flow: neither a
// sign-in before the question, nor a second one after it. The moment is kept here because a
// visitor could rewrite it anywhere else. Nothing is granted by it: the gateway decides again
// with the real age of the sign-in.
import { flowMaxAgeSeconds } from '@countersign/contract/session'
import type { Generated, Kysely } from 'kysely'
import type { Database } from '#store/database'

const askMaxAgeMs = flowMaxAgeSeconds * 1000

type Tables = {
  readonly signin_asks: {
    readonly slot: Generated<number>
    readonly flow: string
    readonly asked_at: number
  }
}

/** When this flow first asked, in milliseconds since the epoch: now, if it never did. */
export async function firstAsked(db: Kysely<Database>, flow: string, now: number): Promise<number> {
  const tables = db.withTables<Tables>()
  const known = await tables
    .selectFrom('signin_asks')
    .select('asked_at')
    .where('flow', '=', flow)
    .where('asked_at', '>', now - askMaxAgeMs)
    .orderBy('asked_at')
    .limit(1)
    .executeTakeFirst()
  if (known) return known.asked_at
  await tables
    .insertInto('signin_asks')
    .values({ flow, asked_at: now })
    .onConflict((conflict) =>
      conflict.column('slot').doUpdateSet((eb) => ({
        flow: eb.ref('excluded.flow'),
        asked_at: eb.ref('excluded.asked_at'),
      })),
    )
    .execute()
  return now
}

/** Deletes what has expired. @returns how many. */
export async function sweepAsks(db: Kysely<Database>, now: number): Promise<number> {
  const { numDeletedRows } = await db
    .withTables<Tables>()
    .deleteFrom('signin_asks')
    .where('asked_at', '<=', now - askMaxAgeMs)
    .executeTakeFirst()
  return Number(numDeletedRows)
}
