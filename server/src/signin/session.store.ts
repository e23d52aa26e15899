// Sessions and their cookies as the store has them.
import { type Session, type Token, session, token } from '@countersign/contract/documents'
import { type Kysely, sql } from 'kysely'
import { readDocument } from '#journal/documents.store'
import type { Database } from '#store/database'

/** A session and all its cookies. */
export interface OpenSession {
  readonly session: Session
  readonly tokens: readonly Token[]
  /** The sessions of programs that were approved in it. */
  readonly programs?: readonly OpenSession[]
}

/** The session of this id, or undefined where it has ended. */
export async function openSession(
  db: Kysely<Database>,
  id: string,
): Promise<OpenSession | undefined> {
  const found = await readDocument(db, 'session', id)
  if (!found) return undefined
  const children = await sessionsBy(db, 'parent', id)
  const tokens = await tokensOf(db, [id, ...children.map((child) => child.id)])
  const withTokens = (it: Session): OpenSession => ({
    session: it,
    tokens: tokens.filter((own) => own.session === it.id),
  })
  return { ...withTokens(session.parse(found)), programs: children.map(withTokens) }
}

/** The sessions of a person, by id, which is the order in which they began. */
export async function sessionsOf(
  db: Kysely<Database>,
  person: string,
): Promise<readonly Session[]> {
  return sessionsBy(db, 'person', person)
}

/** Ids of sessions and tokens whose time is over, or whose session is gone; at most `limit`. */
export async function endedDocuments(
  db: Kysely<Database>,
  now: number,
  limit: number,
): Promise<readonly { readonly kind: 'session' | 'token'; readonly id: string }[]> {
  const { rows } = await sql<{ readonly kind: 'session' | 'token'; readonly id: string }>`
    select kind, id from documents d
    where (kind in ('session', 'token') and (body ->> 'endsAt')::bigint <= ${now})
       or (kind = 'token' and not exists (
             select from documents s where s.kind = 'session' and s.id = d.body ->> 'session'))
    order by kind, id limit ${limit}
  `.execute(db)
  return rows
}

async function sessionsBy(
  db: Kysely<Database>,
  field: 'person' | 'parent',
  value: string,
): Promise<readonly Session[]> {
  const { rows } = await sql<{ readonly body: unknown }>`
    select body from documents
    where kind = 'session' and body ->> ${sql.lit(field)} = ${value} order by id
  `.execute(db)
  return rows.map(({ body }) => session.parse(body))
}

async function tokensOf(
  db: Kysely<Database>,
  sessions: readonly string[],
): Promise<readonly Token[]> {
  const { rows } = await sql<{ readonly body: unknown }>`
    select body from documents
    where kind = 'token' and body ->> 'session' in (${sql.join(sessions)}) order by id
  `.execute(db)
  return rows.map(({ body }) => token.parse(body))
}
