// Recoveries as the store has them, and what they do to passkeys, links and sessions.
import type { EventType } from '@countersign/contract/events'
import { type Kysely, sql, type Transaction } from 'kysely'
import { readDocument } from '#journal/documents.store'
import type { Draft } from '#journal/journal.store'
import { actorPerson } from '#signin/entrance'
import { type Passkey, passkeyKind } from '#signin/passkey'
import { passkeysOf } from '#signin/passkey.store'
import { endSessionsOf } from '#signin/session-ending.store'
import { sessionsOf } from '#signin/session.store'
import type { Database } from '#store/database'
import { withoutEnrolments } from './enrolment.store.ts'
import { factorsDraft, readFactorsPolicy } from './factors-policy.store.ts'
import { ended, isUnderWay, recovery, type Recovery, recoveryKind } from './recovery.ts'

/** Recoveries that are shown at once. */
const shownMaxCount = 500

export async function readRecovery(
  db: Kysely<Database>,
  id: string,
): Promise<Recovery | undefined> {
  const found = await readDocument(db, recoveryKind, id)
  return found && recovery.parse(found)
}

/** The last recoveries, those under way first, then the newest. */
export async function readRecoveries(db: Kysely<Database>): Promise<readonly Recovery[]> {
  const { rows } = await sql<{ readonly body: unknown }>`
    select body from documents where kind = 'recovery'
    order by (body ->> 'state') in ('started', 'confirmed') desc, id desc
    limit ${shownMaxCount}
  `.execute(db)
  return rows.map(({ body }) => recovery.parse(body))
}

/** The recovery of a person that goes on, if there is one. */
export async function recoveryOf(
  db: Kysely<Database>,
  person: string,
  now: number,
): Promise<Recovery | undefined> {
  const { rows } = await sql<{ readonly body: unknown }>`
    select body from documents
    where kind = 'recovery' and body ->> 'person' = ${person}
      and body ->> 'state' in ('started', 'confirmed')
    order by id desc
  `.execute(db)
  return rows.map(({ body }) => recovery.parse(body)).find((it) => isUnderWay(it, now))
}

/**
 * Until when the wait of any recovery of a person lasts, in milliseconds since the epoch; 0 where
 * none was confirmed. One that was cancelled counts: it took their passkeys, too.
 */
export async function recoveryWaitsUntil(db: Kysely<Database>, person: string): Promise<number> {
  const { rows } = await sql<{ readonly opens_at: number | string | null }>`
    select max((body ->> 'opensAt')::bigint) as opens_at from documents
    where kind = 'recovery' and body ->> 'person' = ${person}
  `.execute(db)
  return Number(rows[0]?.opens_at ?? 0)
}

/** What to record to end the recovery of a person: it, and its link. */
export async function recoveryCancelled(
  db: Kysely<Database>,
  person: string,
  now: number,
  endedBy: string = actorPerson(person),
): Promise<readonly Draft[]> {
  const found = await recoveryOf(db, person, now)
  if (!found) return []
  const event = 'identity.recovery.cancelled'
  return [
    { event, kind: recoveryKind, id: found.id, after: ended(found, 'cancelled', endedBy, now) },
    ...(await withoutEnrolments(db, person, event)),
  ]
}

/**
 * What to record when passkeys of a person are lost or removed: they are gone, what gateways know
 * of the person follows, and so do the sessions that rest on them.
 * @param ends which sessions end: those that no remaining passkey vouches for, or those that one of
 * the removed began.
 */
export async function withoutPasskeys(
  tx: Transaction<Database>,
  person: string,
  removed: ReadonlySet<Passkey['id']>,
  {
    event,
    ends,
    except,
  }: {
    readonly event: EventType
    readonly ends: 'unvouched' | 'begun-with-removed'
    /** A session that goes on in any case. */
    readonly except?: string
  },
): Promise<readonly Draft[]> {
  const passkeys = await passkeysOf(tx, person)
  const remaining = passkeys.filter(({ id }) => !removed.has(id))
  const ids = new Set(remaining.map(({ id }) => id))
  const staying = (await sessionsOf(tx, person)).filter(
    ({ id, authentication: { credential } }) =>
      id === except ||
      (ends === 'unvouched'
        ? credential !== undefined && ids.has(credential)
        : credential === undefined || !removed.has(credential)),
  )
  return [
    ...passkeys
      .filter(({ id }) => removed.has(id))
      .map(({ id }) => ({ event, kind: passkeyKind, id, after: null })),
    factorsDraft(person, remaining, await readFactorsPolicy(tx)),
    ...(await endSessionsOf(
      tx,
      person,
      { why: 'factor-removed' },
      new Set(staying.map(({ id }) => id)),
    )),
  ]
}

/** What to record of links and recoveries whose time is over; at most `limit` of each. */
export async function overdueDrafts(
  db: Kysely<Database>,
  now: number,
  limit: number,
): Promise<readonly Draft[]> {
  const links = await sql<{ readonly id: string }>`
    select id from documents
    where kind = 'enrolment' and (body ->> 'endsAt')::bigint <= ${now} order by id limit ${limit}
  `.execute(db)
  const recoveries = await sql<{ readonly body: unknown }>`
    select body from documents
    where kind = 'recovery' and body ->> 'state' in ('started', 'confirmed')
      and (body ->> 'endsAt')::bigint <= ${now} order by id limit ${limit}
  `.execute(db)
  return [
    ...links.rows.map(({ id }): Draft => ({
      event: 'identity.enrolment.expired',
      kind: 'enrolment',
      id,
      after: null,
    })),
    ...recoveries.rows.map(({ body }): Draft => {
      const found = recovery.parse(body)
      const after = ended(found, 'expired', 'Workload::"server"', now)
      return { event: 'identity.recovery.expired', kind: recoveryKind, id: found.id, after }
    }),
  ]
}
