// Recorded decisions: one row each, once, whoever hands them over how often.
import { type Kysely, sql } from 'kysely'
import { ownApplication } from '@countersign/contract/actions'
import type { DecisionFilter } from '@countersign/contract/api/visibility'
import {
  decisionRecord,
  type DecisionRecord,
  type DecisionSummary,
  summarise,
} from '@countersign/contract/decision'
import type { Database } from '#store/database'
import type { Store } from '#store/store'
import { type Context, contextOf, type Moment, situationOf } from './situation.ts'

const rowsPerStatement = 1_000
const hourMs = 3_600_000

/**
 * Keeps records, each once. Counts them by hour in the same statement.
 * @returns the ids of those that were not kept before.
 */
export async function keepDecisions(
  db: Kysely<Database>,
  records: readonly DecisionRecord[],
): Promise<ReadonlySet<string>> {
  const fresh = new Set<string>()
  for (let start = 0; start < records.length; start += rowsPerStatement) {
    const rows = records.slice(start, start + rowsPerStatement).map(toRow)
    // In the order of the hash, so that two writers never wait for each other crosswise.
    const situations = [
      ...new Map(rows.map(({ situation }) => [situation.hash, situation])).values(),
    ]
    await sql`
      insert into situations (hash, body)
      select hash, body from jsonb_to_recordset(${json(situations)}::jsonb) as x(hash text, body jsonb)
      order by hash on conflict do nothing`.execute(db)
    const kept = await sql<{ readonly id: string }>`
      with kept as (
        insert into decisions (
          id, at, gateway, principal_type, principal_id, principal_name, action,
          resource_type, resource_id, resource_name, verdict, would_be, method, path,
          detail, situation, session, release, sequence, took_ns)
        select
          id, at, gateway, principal_type, principal_id, principal_name, action,
          resource_type, resource_id, resource_name, verdict, would_be, method, path,
          detail, situation, session, release, sequence, took_ns
        from jsonb_to_recordset(${json(rows.map(({ row }) => row))}::jsonb) as x(
          id text, at bigint, gateway text, principal_type text, principal_id text,
          principal_name text, action text, resource_type text, resource_id text,
          resource_name text, verdict text, would_be text, method text, path text,
          detail jsonb, situation text, session text, release text, sequence bigint,
          took_ns bigint)
        order by id on conflict do nothing
        returning id, at, resource_type, resource_id, verdict
      ), counted as (
        insert into decision_hours (hour, resource_type, resource_id, verdict, decisions)
        select at / ${hourMs}::bigint * ${hourMs}::bigint as hour, resource_type, resource_id, verdict, count(*)
        from kept group by 1, 2, 3, 4 order by 1, 2, 3, 4
        on conflict (hour, resource_type, resource_id, verdict)
        do update set decisions = decision_hours.decisions + excluded.decisions
      )
      select id from kept`.execute(db)
    for (const { id } of kept.rows) fresh.add(id)
  }
  return fresh
}

/** What a change of facts waits for at most, where the store does one thing at a time. */
const rowsPerTransaction = 100

/**
 * As `keepDecisions`, in several transactions, so that a revocation comes between two of them and
 * not after a long one. Where it fails, some are kept: whoever hands them over does it again.
 */
export async function keepInParts(
  store: Pick<Store, 'transaction'>,
  records: readonly DecisionRecord[],
): Promise<ReadonlySet<string>> {
  const fresh = new Set<string>()
  for (let start = 0; start < records.length; start += rowsPerTransaction) {
    const part = records.slice(start, start + rowsPerTransaction)
    for (const id of await store.transaction((tx) => keepDecisions(tx, part))) fresh.add(id)
  }
  return fresh
}

/** Decisions that fit, newest first, from those older than `before`. */
export async function listDecisions(
  db: Kysely<Database>,
  filter: DecisionFilter,
  page: { readonly before: string | undefined; readonly limit: number },
): Promise<readonly DecisionSummary[]> {
  let query = db
    .selectFrom('decisions')
    .select([
      'id',
      'at',
      'gateway',
      'principal_type',
      'principal_id',
      'principal_name',
      'action',
      'resource_type',
      'resource_id',
      'resource_name',
      'verdict',
      'would_be',
      'method',
      'path',
    ])
    .orderBy('id', 'desc')
    .limit(page.limit)
  if (page.before !== undefined) query = query.where('id', '<', page.before)
  if (filter.principal !== undefined) query = query.where('principal_id', '=', filter.principal)
  if (filter.verdict !== undefined) query = query.where('verdict', '=', filter.verdict)
  if (filter.application !== undefined) {
    query = query
      .where('resource_id', '=', filter.application)
      .where('resource_type', '=', 'Application')
  }
  if (filter.own === '0') query = query.where('resource_id', '<>', ownApplication)
  const rows = await query.execute()
  return rows.map((row) => ({
    id: row.id,
    at: row.at,
    gateway: row.gateway,
    principal: { type: row.principal_type, id: row.principal_id },
    ...(row.principal_name === null ? {} : { principalName: row.principal_name }),
    action: row.action,
    resource: { type: row.resource_type, id: row.resource_id },
    ...(row.resource_name === null ? {} : { resourceName: row.resource_name }),
    // A constraint of the table keeps these two to the contract's words.
    verdict: row.verdict as DecisionSummary['verdict'],
    wouldBe: row.would_be as DecisionSummary['wouldBe'],
    method: row.method,
    path: row.path,
  }))
}

/** The whole record, as it was handed over. */
export async function readDecision(
  db: Kysely<Database>,
  id: string,
): Promise<DecisionRecord | undefined> {
  const row = await db
    .selectFrom('decisions')
    .innerJoin('situations', 'situations.hash', 'decisions.situation')
    .selectAll('decisions')
    .select('situations.body')
    .where('decisions.id', '=', id)
    .executeTakeFirst()
  if (!row) return undefined
  const { effective, wouldBe, explanation, remedies, moment } = row.detail as Detail
  return decisionRecord.parse({
    id: row.id,
    at: row.at,
    gateway: row.gateway,
    principal: { type: row.principal_type, id: row.principal_id },
    ...(row.principal_name === null ? {} : { principalName: row.principal_name }),
    action: row.action,
    resource: { type: row.resource_type, id: row.resource_id },
    ...(row.resource_name === null ? {} : { resourceName: row.resource_name }),
    verdict: row.verdict,
    effective,
    wouldBe,
    explanation,
    ...(remedies === undefined ? {} : { remedies }),
    context: contextOf({ body: row.body as Context, moment }),
    ...(row.session === null ? {} : { session: row.session }),
    release: row.release,
    sequence: row.sequence,
    tookNs: row.took_ns,
  })
}

interface Detail extends Pick<
  DecisionRecord,
  'effective' | 'wouldBe' | 'explanation' | 'remedies'
> {
  readonly moment: Moment
}

function toRow(record: DecisionRecord) {
  const { hash, body, moment } = situationOf(record.context)
  const { method, path } = summarise(record)
  const { effective, wouldBe, explanation, remedies } = record
  return {
    situation: { hash, body },
    row: {
      id: record.id,
      at: record.at,
      gateway: record.gateway,
      principal_type: record.principal.type,
      principal_id: record.principal.id,
      principal_name: record.principalName ?? null,
      action: record.action,
      resource_type: record.resource.type,
      resource_id: record.resource.id,
      resource_name: record.resourceName ?? null,
      verdict: record.verdict,
      would_be: wouldBe.effect,
      method,
      path,
      detail: {
        effective,
        wouldBe,
        explanation,
        ...(remedies === undefined ? {} : { remedies }),
        moment,
      },
      situation: hash,
      session: record.session ?? null,
      release: record.release,
      sequence: record.sequence,
      took_ns: record.tookNs,
    },
  }
}

const json = (value: unknown): string => JSON.stringify(value)
