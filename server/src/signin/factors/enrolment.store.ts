// Enrolment links as the store has them. It keeps hashes, so who reads it can use none.
import type { EventType } from '@countersign/contract/events'
import { type Kysely, sql } from 'kysely'
import { readDocument, readDocuments } from '#journal/documents.store'
import type { Draft } from '#journal/journal.store'
import type { Database } from '#store/database'
import { enrolment, type Enrolment, enrolmentKind } from './enrolment.ts'

/** The link of this hash, whether or not it may be used now. */
export async function readEnrolment(
  db: Kysely<Database>,
  id: Enrolment['id'],
): Promise<Enrolment | undefined> {
  const found = await readDocument(db, enrolmentKind, id)
  return found && enrolment.parse(found)
}

/** Every link that is left. */
export async function readEnrolments(db: Kysely<Database>): Promise<readonly Enrolment[]> {
  return (await readDocuments(db, enrolmentKind)).map((it) => enrolment.parse(it))
}

/** The removal of every link of a person. */
export async function withoutEnrolments(
  db: Kysely<Database>,
  person: string,
  event: EventType,
): Promise<readonly Draft[]> {
  const { rows } = await sql<{ readonly id: string }>`
    select id from documents
    where kind = 'enrolment' and body ->> 'person' = ${person} order by id
  `.execute(db)
  return rows.map(({ id }) => ({ event, kind: enrolmentKind, id, after: null }))
}
