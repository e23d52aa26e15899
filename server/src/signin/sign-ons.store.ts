// Who is signed on where, in the store: an application is told when a session ends, also by another
// server than the one that signed it on, and also after a restart.
import { type Kysely, sql } from 'kysely'
import type { Database } from '#store/database'

export interface SignedOn {
  readonly session: string
  readonly application: string
  readonly protocol: 'oidc' | 'saml'
  readonly person: string
  /** What the application calls the session. */
  readonly sid: string
  /** What it may learn, separated by spaces. */
  readonly scope: string
  /** Where the person's browser was when it signed on last. */
  readonly address: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

type Tables = {
  readonly sign_ons: SignedOn & { readonly tries: number; readonly next_try_at: number }
}

const columns = [
  'session',
  'application',
  'protocol',
  'person',
  'sid',
  'scope',
  'address',
  'at',
] as const

/** Remembers that a session is signed on to an application. */
export async function keepSignedOn(db: Kysely<Database>, signedOn: SignedOn): Promise<void> {
  await db
    .withTables<Tables>()
    .insertInto('sign_ons')
    .values({ ...signedOn, tries: 0, next_try_at: 0 })
    .onConflict((conflict) =>
      conflict.columns(['session', 'application', 'protocol']).doUpdateSet((eb) => ({
        sid: eb.ref('excluded.sid'),
        scope: eb.ref('excluded.scope'),
        address: eb.ref('excluded.address'),
        at: eb.ref('excluded.at'),
      })),
    )
    .execute()
}

/** Where a session is signed on, or one application of it. */
export async function signedOnOf(
  db: Kysely<Database>,
  session: string,
): Promise<readonly SignedOn[]> {
  return db
    .withTables<Tables>()
    .selectFrom('sign_ons')
    .select(columns)
    .where('session', '=', session)
    .orderBy('application')
    .execute()
}

/** How many sessions are signed on to an application. */
export async function countSignedOn(db: Kysely<Database>, application: string): Promise<number> {
  const { count } = await db
    .withTables<Tables>()
    .selectFrom('sign_ons')
    .select(({ fn }) => fn.count<string>('session').distinct().as('count'))
    .where('application', '=', application)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** A sign-on whose session has ended, and how often its application was told in vain. */
export interface Ended extends SignedOn {
  readonly tries: number
}

/**
 * Takes sign-ons whose session is over and that are due, so that no other server takes them for
 * `leaseMs`; each counts as one more try.
 */
export async function takeEnded(
  db: Kysely<Database>,
  {
    protocol,
    now,
    leaseMs,
    limit,
  }: {
    readonly protocol: SignedOn['protocol']
    readonly now: number
    readonly leaseMs: number
    readonly limit: number
  },
): Promise<readonly Ended[]> {
  const { rows } = await sql<Ended>`
    update sign_ons s set tries = s.tries + 1, next_try_at = ${now + leaseMs}::bigint
    from (
      select session, application, protocol from sign_ons o
      where protocol = ${protocol} and next_try_at <= ${now}
        and not exists (
          select from documents d
          join documents p on p.kind = 'person' and p.id = d.body ->> 'person'
          where d.kind = 'session' and d.id = o.session and (d.body ->> 'endsAt')::bigint > ${now}
            and (p.body ->> 'active')::boolean
            and coalesce((p.body ->> 'endsAt')::bigint > ${now}, true))
      order by next_try_at limit ${limit} for update skip locked
    ) due
    where s.session = due.session and s.application = due.application and s.protocol = due.protocol
    returning s.session, s.application, s.protocol, s.person, s.sid, s.scope, s.address, s.at, s.tries
  `.execute(db)
  return rows
}

/** Puts off the next try until a moment. */
export async function putOff(
  db: Kysely<Database>,
  { session, application, protocol }: SignedOn,
  nextTryAt: number,
): Promise<void> {
  await db
    .withTables<Tables>()
    .updateTable('sign_ons')
    .set({ next_try_at: nextTryAt })
    .where('session', '=', session)
    .where('application', '=', application)
    .where('protocol', '=', protocol)
    .execute()
}

/** Forgets a sign-on. */
export async function forgetSignedOn(
  db: Kysely<Database>,
  { session, application, protocol }: Pick<SignedOn, 'session' | 'application' | 'protocol'>,
): Promise<void> {
  await db
    .withTables<Tables>()
    .deleteFrom('sign_ons')
    .where('session', '=', session)
    .where('application', '=', application)
    .where('protocol', '=', protocol)
    .execute()
}
