// Exclusions as the store has them.
import { type Kysely, sql } from 'kysely'
import { readDocuments } from '#journal/documents.store'
import type { Draft } from '#journal/journal.store'
import type { Database } from '#store/database'
import { type Exclusion, exclusionDocument, exclusionKind } from './exclusion.ts'

/** All exclusions that have not ended by the sweep, by id. */
export async function readExclusions(db: Kysely<Database>): Promise<readonly Exclusion[]> {
  const documents = await readDocuments(db, exclusionKind)
  return documents.map((it) => exclusionDocument.parse(it))
}

/** What to record of exclusions whose time is over. */
export async function endedExclusions(
  db: Kysely<Database>,
  now: number,
): Promise<readonly Draft[]> {
  return (await readExclusions(db))
    .filter(({ endsAt }) => endsAt <= now)
    .map(({ id }) => ({
      event: 'identity.mfa-exclusion.ended',
      kind: exclusionKind,
      id,
      after: null,
    }))
}

/** Exclusions that held at some time since then, those that have ended included; by id. */
export async function exclusionsIn(
  db: Kysely<Database>,
  since: number,
): Promise<readonly Exclusion[]> {
  const { rows } = await sql<{ readonly body: unknown; readonly ended: number | null }>`
    select coalesce(after, before) as body, case when after is null then latest.at end as ended
    from (
      select distinct on (id) id, after, before, at from journal
      where kind = ${exclusionKind} order by id, sequence desc
    ) latest
    order by id`.execute(db)
  return rows
    .map(({ body, ended }) => {
      const exclusion = exclusionDocument.parse(body)
      return ended === null
        ? exclusion
        : { ...exclusion, endsAt: Math.min(exclusion.endsAt, ended) }
    })
    .filter(({ endsAt }) => endsAt > since)
}
