// The organisation's accesses in figures, from counts that are kept while decisions arrive.
import { type Kysely, sql } from 'kysely'
import { ownApplication } from '@countersign/contract/actions'
import type { Database } from '#store/database'

export interface Hour {
  /** Start of the hour, in milliseconds since the epoch. */
  readonly at: number
  readonly allow: number
  readonly deny: number
  readonly stepUp: number
}

export interface Refused {
  readonly application: string
  readonly deny: number
  readonly total: number
}

const refusedMostItems = 5

/** All decisions that were ever kept. */
export async function countDecisions(db: Kysely<Database>): Promise<number> {
  const row = await db
    .selectFrom('decision_hours')
    .select(({ fn }) => fn.coalesce(fn.sum<string>('decisions'), sql<string>`0`).as('total'))
    .executeTakeFirstOrThrow()
  return Number(row.total)
}

/** Hours with decisions since `since`, Countersign itself left out. Hours without any are absent. */
export async function hoursSince(db: Kysely<Database>, since: number): Promise<readonly Hour[]> {
  const { rows } = await sql<Hour>`
    select hour as at,
      coalesce(sum(decisions) filter (where verdict = 'allow'), 0)::bigint as allow,
      coalesce(sum(decisions) filter (where verdict = 'deny'), 0)::bigint as deny,
      coalesce(sum(decisions) filter (where verdict = 'step-up'), 0)::bigint as "stepUp"
    from decision_hours
    where hour >= ${since} and resource_id <> ${ownApplication}
    group by hour order by hour`.execute(db)
  return rows
}

/** The applications with most refusals since `since`. */
export async function refusedMost(
  db: Kysely<Database>,
  since: number,
): Promise<readonly Refused[]> {
  const { rows } = await sql<Refused>`
    select resource_id as application,
      coalesce(sum(decisions) filter (where verdict = 'deny'), 0)::bigint as deny,
      sum(decisions)::bigint as total
    from decision_hours
    where hour >= ${since} and resource_type = 'Application' and resource_id <> ${ownApplication}
    group by resource_id
    having sum(decisions) filter (where verdict = 'deny') > 0
    order by deny desc, resource_id limit ${refusedMostItems}`.execute(db)
  return rows
}
