// Passkeys as the store has them.
import { type Kysely, sql } from 'kysely'
import { readDocument } from '#journal/documents.store'
import type { Database } from '#store/database'
import { passkey, type Passkey, passkeyKind } from './passkey.ts'

/** The passkey of this id, or undefined. */
export async function readPasskey(
  db: Kysely<Database>,
  id: Passkey['id'],
): Promise<Passkey | undefined> {
  const found = await readDocument(db, passkeyKind, id)
  return found && passkey.parse(found)
}

/** All passkeys of a person, oldest first. */
export async function passkeysOf(
  db: Kysely<Database>,
  person: string,
): Promise<readonly Passkey[]> {
  const { rows } = await sql<{ readonly body: unknown }>`
    select body from documents where kind = 'passkey' and body ->> 'person' = ${person}
    order by (body ->> 'registeredAt')::bigint, id
  `.execute(db)
  return rows.map(({ body }) => passkey.parse(body))
}

/** Whether any of these people has a passkey. */
export async function anyHasPasskey(
  db: Kysely<Database>,
  people: readonly string[],
): Promise<boolean> {
  if (people.length === 0) return false
  const { rows } = await sql<{ readonly found: boolean }>`
    select exists (
      select from documents
      where kind = 'passkey' and body ->> 'person' in (${sql.join(people)})
    ) as found
  `.execute(db)
  return rows[0]?.found === true
}
