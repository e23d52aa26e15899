// Journeys to providers, in the store, so that they may end at any server process.
import { hash } from 'node:crypto'
import type { Generated, Kysely } from 'kysely'
import type { Database } from '#store/database'
import type { Flow } from './flow.ts'

type Tables = {
  readonly signin_provider_flows: {
    readonly slot: Generated<number>
    readonly id: string
    readonly browser: string
    readonly provider: string
    readonly return_to: string
    readonly fresh: boolean
    readonly begun_at: number
    readonly expires_at: number
  }
}

/** Keeps a journey, in the slot of the oldest one. */
export async function keepFlow(db: Kysely<Database>, flow: Flow): Promise<void> {
  const { id, browser, provider, returnTo, isFresh, begunAt, expiresAt } = flow
  await db
    .withTables<Tables>()
    .insertInto('signin_provider_flows')
    .values({
      id,
      browser,
      provider,
      return_to: returnTo ?? '',
      fresh: isFresh,
      begun_at: begunAt,
      expires_at: expiresAt,
    })
    .onConflict((conflict) =>
      conflict.column('slot').doUpdateSet((eb) => ({
        id: eb.ref('excluded.id'),
        browser: eb.ref('excluded.browser'),
        provider: eb.ref('excluded.provider'),
        return_to: eb.ref('excluded.return_to'),
        fresh: eb.ref('excluded.fresh'),
        begun_at: eb.ref('excluded.begun_at'),
        expires_at: eb.ref('excluded.expires_at'),
      })),
    )
    .execute()
}

/** Takes a journey out, whether or not it will be accepted: of two answers, one gets it. */
export async function takeFlow(db: Kysely<Database>, state: string): Promise<Flow | undefined> {
  const id = hash('sha256', state)
  const row = await db
    .withTables<Tables>()
    .deleteFrom('signin_provider_flows')
    .where('id', '=', id)
    .returning(['browser', 'provider', 'return_to', 'fresh', 'begun_at', 'expires_at'])
    .executeTakeFirst()
  if (!row) return undefined
  const { browser, provider, return_to: to, fresh, begun_at: begunAt, expires_at: expiresAt } = row
  const returnTo = to === '' ? undefined : to
  return { id, browser, provider, returnTo, isFresh: fresh, begunAt, expiresAt }
}

/** Deletes what has expired. @returns how many. */
export async function sweepFlows(db: Kysely<Database>, now: number): Promise<number> {
  const { numDeletedRows } = await db
    .withTables<Tables>()
    .deleteFrom('signin_provider_flows')
    .where('expires_at', '<=', now)
    .executeTakeFirst()
  return Number(numDeletedRows)
}
