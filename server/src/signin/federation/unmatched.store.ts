// The queue of people whom a provider knows and we do not. A provider that anyone may join could
// send any number of them, so it is bounded: who has not come for longest is forgotten first.
import { unmatched, type Unmatched } from '@countersign/contract/api/federation'
import { type Kysely, sql } from 'kysely'
import { readDocument } from '#journal/documents.store'
import type { Draft } from '#journal/journal.store'
import type { Database } from '#store/database'
import { unmatchedKind } from './provider.ts'

/** How many are kept. */
const unmatchedMaxCount = 5_000
/** Comings within this time of each other count once, so that a reload writes nothing. */
const recountAfterMs = 60_000

/** The one of this id, or undefined. */
export async function readUnmatched(
  db: Kysely<Database>,
  id: string,
): Promise<Unmatched | undefined> {
  const found = await readDocument(db, unmatchedKind, id)
  return found && unmatched.parse(found)
}

export interface UnmatchedFilter {
  readonly state?: 'open' | 'dismissed' | undefined
  readonly provider?: string | undefined
  readonly limit: number
}

/** Those who came last first, and how many there are in all. */
export async function listUnmatched(
  db: Kysely<Database>,
  { state, provider, limit }: UnmatchedFilter,
): Promise<{ items: Unmatched[]; total: number }> {
  const wanted = sql`
    kind = 'unmatched'
    and (${state ?? null}::text is null or (body ? 'dismissed') = (${state ?? null}::text = 'dismissed'))
    and (${provider ?? null}::text is null or body ->> 'provider' = ${provider ?? null}::text)`
  const { rows } = await sql<{ readonly body: unknown }>`
    select body from documents where ${wanted}
    order by (body ->> 'lastSeenAt')::bigint desc, id limit ${limit}
  `.execute(db)
  const counted = await sql<{ readonly total: number | string }>`
    select count(*) as total from documents where ${wanted}
  `.execute(db)
  return {
    items: rows.map(({ body }) => unmatched.parse(body)),
    total: Number(counted.rows[0]?.total ?? 0),
  }
}

/** What to record when someone unknown came. */
export async function seen(
  db: Kysely<Database>,
  arrival: Omit<Unmatched, 'firstSeenAt' | 'count' | 'dismissed'>,
): Promise<readonly Draft[]> {
  const before = await readUnmatched(db, arrival.id)
  const event = 'identity.unmatched.seen'
  if (!before) {
    const after: Unmatched = { ...arrival, firstSeenAt: arrival.lastSeenAt, count: 1 }
    return [...(await withoutOldest(db)), { event, kind: unmatchedKind, id: arrival.id, after }]
  }
  const isRecount = arrival.lastSeenAt - before.lastSeenAt >= recountAfterMs
  if (!isRecount && before.reason === arrival.reason) return []
  const { firstSeenAt, count, dismissed } = before
  const after: Unmatched = {
    ...arrival,
    firstSeenAt,
    count: count + (isRecount ? 1 : 0),
    // Whoever decided did so about this reason; another one is another question.
    ...(dismissed && before.reason === arrival.reason ? { dismissed } : {}),
  }
  return [{ event, kind: unmatchedKind, id: arrival.id, after }]
}

/** All of a provider, to be forgotten with it. */
export async function unmatchedAt(
  db: Kysely<Database>,
  provider: string,
): Promise<readonly string[]> {
  const { rows } = await sql<{ readonly id: string }>`
    select id from documents where kind = 'unmatched' and body ->> 'provider' = ${provider} order by id
  `.execute(db)
  return rows.map(({ id }) => id)
}

async function withoutOldest(db: Kysely<Database>): Promise<readonly Draft[]> {
  const { rows } = await sql<{ readonly id: string }>`
    select id from documents where kind = 'unmatched'
    order by (body ->> 'lastSeenAt')::bigint desc, id desc offset ${unmatchedMaxCount - 1}
  `.execute(db)
  return rows.map(({ id }) => ({
    event: 'identity.unmatched.forgotten',
    kind: unmatchedKind,
    id,
    after: null,
  }))
}
