// Where and with what sessions were seen, as gateways tell it: one row for a session, written
// about once a minute while it is used.
import {
  type BrowserFamily,
  type Platform,
  type Seen,
  seen as seenSchema,
  type Sighting,
} from '@countersign/contract/sighting'
import { type Kysely, sql } from 'kysely'
import type { Database } from '#store/database'

export interface KeptSighting {
  readonly seen: Seen
  readonly lastUsedAt: number
}

type Tables = {
  readonly session_sightings: {
    readonly session: string
    readonly last_used_at: number
    readonly network: string
    readonly browser: BrowserFamily
    readonly platform: Platform
  }
}

/** Keeps what is newer than what is kept. */
export async function keepSightings(
  db: Kysely<Database>,
  sightings: readonly Sighting[],
): Promise<void> {
  if (sightings.length === 0) return
  const rows = sightings.map(({ session, lastUsedAt, network, browser, platform }) => ({
    session,
    last_used_at: lastUsedAt,
    network,
    browser,
    platform,
  }))
  await sql`
    insert into session_sightings (session, last_used_at, network, browser, platform)
    select distinct on (session) session, last_used_at, network, browser, platform
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as x(session text, last_used_at bigint, network text, browser text, platform text)
    order by session, last_used_at desc
    on conflict (session) do update set
      last_used_at = excluded.last_used_at, network = excluded.network,
      browser = excluded.browser, platform = excluded.platform
    where session_sightings.last_used_at <= excluded.last_used_at`.execute(db)
}

/** What is kept of these sessions. */
export async function sightingsOf(
  db: Kysely<Database>,
  sessions: readonly string[],
): Promise<ReadonlyMap<string, KeptSighting>> {
  if (sessions.length === 0) return new Map()
  const rows = await db
    .withTables<Tables>()
    .selectFrom('session_sightings')
    .selectAll()
    .where('session', 'in', sessions)
    .execute()
  return new Map(
    rows.map(({ session, last_used_at: lastUsedAt, network, browser, platform }) => [
      session,
      { seen: seenSchema.parse({ network, browser, platform }), lastUsedAt },
    ]),
  )
}

/** Ids of browser and program sessions that nobody used since `since`; at most `limit`. */
export async function idleSessions(
  db: Kysely<Database>,
  since: number,
  limit: number,
): Promise<readonly { readonly id: string; readonly person: string }[]> {
  const { rows } = await sql<{ readonly id: string; readonly person: string }>`
    select d.id, d.body ->> 'person' as person
    from documents d left join session_sightings s on s.session = d.id
    where d.kind = 'session' and greatest(
      (d.body ->> 'startedAt')::bigint,
      (d.body -> 'authentication' ->> 'observedAt')::bigint,
      coalesce(s.last_used_at, 0)) <= ${since}
    order by d.id limit ${limit}`.execute(db)
  return rows
}

/** Forgets what was seen of sessions that have ended. @returns how many rows went. */
export async function sweepSightings(db: Kysely<Database>): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from session_sightings s
    where not exists (select from documents d where d.kind = 'session' and d.id = s.session)
  `.execute(db)
  return Number(numAffectedRows ?? 0)
}
