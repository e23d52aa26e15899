// How often people were let in where, from the decisions that were recorded.
import { type Kysely, sql } from 'kysely'
import type { Database } from '#store/database'
import type { Use } from './sign-on-coverage.ts'

/** Applications read at once; beyond any inventory. */
const applicationsMaxCount = 100_000

/**
 * Sessions of people that were let in to each application since a moment, each counted once, from
 * decisions that were kept. What was imported without a session counts by person and day.
 */
export async function usesSince(db: Kysely<Database>, since: number): Promise<readonly Use[]> {
  const { rows } = await sql<{
    readonly application: string
    readonly sign_ins: number
    readonly last_at: number
  }>`
    select resource_id as application,
           count(distinct coalesce(session, principal_id || ' ' || (at / 86400000)::text))::bigint as sign_ins,
           max(at) as last_at
    from decisions
    where resource_type = 'Application' and principal_type = 'Person' and verdict = 'allow'
      and action in ('access', 'invoke', 'connect') and at >= ${since}
    group by resource_id order by resource_id limit ${applicationsMaxCount}`.execute(db)
  return rows.map(({ application, sign_ins: signIns, last_at: lastAt }) => ({
    application,
    signIns,
    lastAt,
  }))
}
