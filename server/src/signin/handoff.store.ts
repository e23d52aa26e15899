// Codes that carry a session to another host, in the store, so that a gateway may redeem at any
// server process.
import type { Generated, Kysely } from 'kysely'
import type { Database } from '#store/database'
import type { Handoff } from './handoff.ts'

type Tables = {
  readonly signin_handoffs: {
    readonly slot: Generated<number>
    readonly id: string
    readonly session: string
    readonly host: string
    readonly flow: string
    readonly return_to: string
    readonly expires_at: number
  }
}

/** Keeps a code, in the slot of the oldest one. */
export async function keepHandoff(
  db: Kysely<Database>,
  { returnTo, expiresAt, ...handoff }: Handoff,
): Promise<void> {
  await db
    .withTables<Tables>()
    .insertInto('signin_handoffs')
    .values({ ...handoff, return_to: returnTo, expires_at: expiresAt })
    .onConflict((conflict) =>
      conflict.column('slot').doUpdateSet((eb) => ({
        id: eb.ref('excluded.id'),
        session: eb.ref('excluded.session'),
        host: eb.ref('excluded.host'),
        flow: eb.ref('excluded.flow'),
        return_to: eb.ref('excluded.return_to'),
        expires_at: eb.ref('excluded.expires_at'),
      })),
    )
    .execute()
}

/** Takes a code out, whether or not it will be accepted: of two that take it, one gets it. */
export async function takeHandoff(db: Kysely<Database>, id: string): Promise<Handoff | undefined> {
  const row = await db
    .withTables<Tables>()
    .deleteFrom('signin_handoffs')
    .where('id', '=', id)
    .returning(['session', 'host', 'flow', 'return_to', 'expires_at'])
    .executeTakeFirst()
  if (!row) return undefined
  const { session, host, flow, return_to: returnTo, expires_at: expiresAt } = row
  return { id, session, host, flow, returnTo, expiresAt }
}

/** Deletes what has expired. @returns how many. */
export async function sweepHandoffs(db: Kysely<Database>, now: number): Promise<number> {
  const { numDeletedRows } = await db
    .withTables<Tables>()
    .deleteFrom('signin_handoffs')
    .where('expires_at', '<=', now)
    .executeTakeFirst()
  return Number(numDeletedRows)
}
