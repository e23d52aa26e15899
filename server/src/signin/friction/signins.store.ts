// Sign-ins as they are recorded: those that happened here, in the journal, and those that were
// imported. Whoever computes a figure reads them here, so all figures are of the same sign-ins.
import type { AuthenticationMethod, Session } from '@countersign/contract/documents'
import type { SignInRecord } from '@countersign/contract/sign-in-record'
import { type Kysely, sql } from 'kysely'
import type { Database } from '#store/database'

export interface Period {
  readonly from: number
  readonly to: number
}

/** What happened to sessions in a period, oldest first; of one person, where one is named. */
export async function signInsIn(
  db: Kysely<Database>,
  { from, to }: Period,
  person?: string,
): Promise<readonly SignInRecord[]> {
  const ofPerson = person ?? ''
  // One text instead of a row for each: a month of sign-ins is read several times as fast.
  const { rows } = await sql<{ readonly listed: string | null }>`
    select string_agg(
      concat('[', at, ',', place, ',', to_json(id), ',', to_json(event), ',', session, ']'), ','
    ) as listed
    from (
      select sequence::text as id, at, sequence as place,
        substring(event from length('identity.session.') + 1) as event,
        coalesce(after, before) as session
      from journal
      where kind = 'session' and event in (
        'identity.session.started', 'identity.session.strengthened', 'identity.session.ended')
        and at >= ${from} and at <= ${to}
        and (${ofPerson} = '' or coalesce(after, before) ->> 'person' = ${ofPerson})
      union all
      select id, at, 0 as place, event, session from imported_signins
      where at >= ${from} and at <= ${to} and (${ofPerson} = '' or person = ${ofPerson})
    ) recorded`.execute(db)
  // Neither way in lets anything through that its schema refuses.
  const listed: readonly Listed[] = JSON.parse(`[${rows[0]?.listed ?? ''}]`)
  return listed.toSorted(inTime).map(([at, , id, event, session]) => ({ id, at, event, session }))
}

type Listed = readonly [
  at: number,
  place: number,
  id: string,
  event: SignInRecord['event'],
  session: Session,
]

function inTime([at, place, id]: Listed, [otherAt, otherPlace, otherId]: Listed): number {
  return at - otherAt || place - otherPlace || (id < otherId ? -1 : id > otherId ? 1 : 0)
}

/** Keeps sign-ins that were recorded elsewhere, each once. @returns how many were new. */
export async function keepSignIns(
  db: Kysely<Database>,
  records: readonly SignInRecord[],
): Promise<number> {
  if (records.length === 0) return 0
  const rows = records.map(({ id, at, event, session }) => ({
    id,
    at,
    event,
    person: session.person,
    session,
  }))
  const { numAffectedRows } = await sql`
    insert into imported_signins (id, at, event, person, session)
    select id, at, event, person, session
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as x(id text, at bigint, event text, person text, session jsonb)
    on conflict do nothing`.execute(db)
  return Number(numAffectedRows ?? 0)
}

/** A method counts as daily from this share of sign-ins on. */
const dailyShare = 0.05

/** The methods by which people sign in daily, these people left out. */
export async function dailyMethods(
  db: Kysely<Database>,
  from: number,
  without: ReadonlySet<string>,
): Promise<ReadonlySet<AuthenticationMethod>> {
  const signIns = (await signInsIn(db, { from, to: Number.MAX_SAFE_INTEGER }))
    .filter(({ event, session }) => event !== 'ended' && !without.has(session.person))
    .map(({ session }) => session)
  const counts = Map.groupBy(signIns, (it: Session) => it.authentication.method)
  return new Set(
    [...counts]
      .filter(([, of]) => of.length >= dailyShare * signIns.length)
      .map(([method]) => method),
  )
}

/** A decision that asked somebody to sign in again. */
export interface StepUp {
  readonly id: string
  readonly at: number
  readonly person: string
  readonly session: string
  readonly application: string
  readonly release: string
  readonly determining: readonly string[]
  /** How old the sign-in was then, in seconds; undefined where it was too old to count. */
  readonly ageSeconds: number | undefined
}

/** Decisions of a period that asked for a sign-in, oldest first. */
export async function stepUpsIn(
  db: Kysely<Database>,
  { from, to }: Period,
  person?: string,
): Promise<readonly StepUp[]> {
  const ofPerson = person ?? ''
  const { rows } = await sql<{ readonly listed: string | null }>`
    select string_agg(json_build_array(
      d.id, d.at, d.principal_id, d.session, d.resource_id, d.release,
      d.detail -> 'effective' -> 'determining', s.body -> 'authentication' ->> 'ageSeconds'
    )::text, ',' order by d.at, d.id) as listed
    from decisions d join situations s on s.hash = d.situation
    where d.verdict = 'step-up' and d.session is not null and d.at >= ${from} and d.at <= ${to}
      and (${ofPerson} = '' or d.principal_id = ${ofPerson})`.execute(db)
  const listed: readonly ListedStepUp[] = JSON.parse(`[${rows[0]?.listed ?? ''}]`)
  return listed.map((row) => {
    const [id, at, of, session, application, release, determining, age] = row
    const ageSeconds = age === null ? undefined : Number(age)
    return { id, at, person: of, session, application, release, determining, ageSeconds }
  })
}

type ListedStepUp = readonly [
  id: string,
  at: number,
  person: string,
  session: string,
  application: string,
  release: string,
  determining: readonly string[],
  age: string | null,
]

/** Which applications were opened during a period, by session. */
export async function openedIn(
  db: Kysely<Database>,
  { from, to }: Period,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { rows } = await sql<{ readonly listed: string | null }>`
    select string_agg(concat('[', to_json(session), ',', to_json(applications), ']'), ',') as listed
    from (
      select session, array_agg(distinct resource_id) as applications from decisions
      where session is not null and verdict = 'allow' and resource_type = 'Application'
        and at >= ${from} and at <= ${to}
      group by session
    ) opened`.execute(db)
  const listed: readonly (readonly [session: string, applications: readonly string[]])[] =
    JSON.parse(`[${rows[0]?.listed ?? ''}]`)
  return new Map(listed)
}
