// Which session here came from which session of a provider, so that the end of the one is the end
// of the other. What the provider gave us to speak of it lies beside it, sealed.
import { Secret } from '@countersign/contract/secret'
import type { Kysely, Transaction } from 'kysely'
import { z } from 'zod'
import type { Database } from '#store/database'
import { seal, unseal } from './seal.ts'

export interface ProviderSession {
  readonly session: string
  readonly provider: string
  readonly subject: string
  readonly sid: string | undefined
  /** Texts by name, such as `refreshToken`. */
  readonly keepsakes: Readonly<Record<string, string>>
  /** When to ask whether the provider still stands by the account, in milliseconds since the epoch. */
  readonly checkAt: number | undefined
}

const keepsakesShape = z.record(z.string(), z.string())

/** Keeps where a session came from, in the place of what was kept of it before. */
export async function keepProviderSession(
  tx: Transaction<Database>,
  masterKey: Secret<Uint8Array>,
  { session, provider, subject, sid, keepsakes, checkAt }: ProviderSession,
): Promise<void> {
  const hasAny = Object.keys(keepsakes).length > 0
  const row = {
    provider,
    subject,
    sid: sid ?? null,
    sealed: hasAny
      ? await seal(
          masterKey,
          { use: 'provider-session', provider, session },
          new Secret(JSON.stringify(keepsakes)),
        )
      : null,
    check_at: checkAt ?? null,
  }
  await tx
    .insertInto('provider_sessions')
    .values({ session, ...row })
    .onConflict((conflict) => conflict.column('session').doUpdateSet(row))
    .execute()
}

/** Where a session came from; undefined where it began here. */
export async function readProviderSession(
  db: Kysely<Database>,
  masterKey: Secret<Uint8Array>,
  session: string,
): Promise<ProviderSession | undefined> {
  const row = await db
    .selectFrom('provider_sessions')
    .selectAll()
    .where('session', '=', session)
    .executeTakeFirst()
  if (!row) return undefined
  const { provider, subject, sid, sealed, check_at: checkAt } = row
  const whose = { use: 'provider-session', provider, session } as const
  return {
    session,
    provider,
    subject,
    sid: sid ?? undefined,
    keepsakes:
      sealed === null
        ? {}
        : keepsakesShape.parse(JSON.parse((await unseal(masterKey, whose, sealed)).reveal())),
    checkAt: checkAt ?? undefined,
  }
}

/** Which sessions at the provider are meant: one, all of someone, or, with neither, all there are. */
export interface Meant {
  readonly sid?: string | undefined
  readonly subject?: string | undefined
}

/** Our sessions that came from these sessions of the provider. Where both are given, both must fit. */
export async function sessionsAt(
  db: Kysely<Database>,
  provider: string,
  { sid, subject }: Meant,
): Promise<readonly string[]> {
  let query = db
    .selectFrom('provider_sessions')
    .select('session')
    .where('provider', '=', provider)
    .orderBy('session')
  if (sid !== undefined) query = query.where('sid', '=', sid)
  if (subject !== undefined) query = query.where('subject', '=', subject)
  return (await query.execute()).map(({ session }) => session)
}

/**
 * Takes the sessions whose account is to be asked about now, and puts off the next question, so that
 * of several servers one asks.
 */
export async function takeDue(
  db: Kysely<Database>,
  { now, until, limit }: { readonly now: number; readonly until: number; readonly limit: number },
): Promise<readonly string[]> {
  const due = db
    .selectFrom('provider_sessions')
    .select('session')
    .where('check_at', '<=', now)
    .orderBy('check_at')
    .limit(limit)
  const rows = await db
    .updateTable('provider_sessions')
    .set({ check_at: until })
    .where('session', 'in', due)
    .where('check_at', '<=', now)
    .returning('session')
    .execute()
  return rows.map(({ session }) => session)
}

/** Sets when to ask next; null for never. */
export async function askNext(
  db: Kysely<Database>,
  session: string,
  checkAt: number | null,
): Promise<void> {
  await db
    .updateTable('provider_sessions')
    .set({ check_at: checkAt })
    .where('session', '=', session)
    .execute()
}

/** Forgets where sessions came from that are there no more. @returns how many rows went. */
export async function sweepProviderSessions(db: Kysely<Database>): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('provider_sessions')
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('documents')
            .select('documents.id')
            .where('documents.kind', '=', 'session')
            .whereRef('documents.id', '=', 'provider_sessions.session'),
        ),
      ),
    )
    .executeTakeFirst()
  return Number(numDeletedRows)
}
