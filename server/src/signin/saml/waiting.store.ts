// What waits for its browser, in the store, so that any server process can go on.
import { tokenHash } from '@countersign/contract/session'
import type { Generated, Kysely } from 'kysely'
import type { Database } from '#store/database'
import { type Waiting, type WaitingBody, waitingBody } from './waiting.ts'

type Tables = {
  readonly saml_waiting: {
    readonly slot: Generated<number>
    readonly id: string
    readonly body: unknown
    readonly expires_at: number
  }
}

/** Keeps it, in the slot of the oldest one. */
export async function keepWaiting(
  db: Kysely<Database>,
  { id, body, expiresAt }: Waiting,
): Promise<void> {
  await db
    .withTables<Tables>()
    .insertInto('saml_waiting')
    .values({ id, body: JSON.stringify(body), expires_at: expiresAt })
    .onConflict((conflict) =>
      conflict.column('slot').doUpdateSet((eb) => ({
        id: eb.ref('excluded.id'),
        body: eb.ref('excluded.body'),
        expires_at: eb.ref('excluded.expires_at'),
      })),
    )
    .execute()
}

/** What waits under a secret, and goes on waiting; undefined where it is over. */
export async function readWaiting(
  db: Kysely<Database>,
  secret: string,
  now: number,
): Promise<WaitingBody | undefined> {
  const row = await db
    .withTables<Tables>()
    .selectFrom('saml_waiting')
    .select('body')
    .where('id', '=', tokenHash(secret))
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return row && waitingBody.parse(row.body)
}

/** Takes it out: of two that take it, one gets it. */
export async function takeWaiting(
  db: Kysely<Database>,
  secret: string,
  now: number,
): Promise<WaitingBody | undefined> {
  const row = await db
    .withTables<Tables>()
    .deleteFrom('saml_waiting')
    .where('id', '=', tokenHash(secret))
    .returning(['body', 'expires_at'])
    .executeTakeFirst()
  return row && row.expires_at > now ? waitingBody.parse(row.body) : undefined
}

/** Deletes what has expired. @returns how many. */
export async function sweepWaiting(db: Kysely<Database>, now: number): Promise<number> {
  const { numDeletedRows } = await db
    .withTables<Tables>()
    .deleteFrom('saml_waiting')
    .where('expires_at', '<=', now)
    .executeTakeFirst()
  return Number(numDeletedRows)
}
