// Recovery codes as the store has them: hashes, found by the hash alone.
import { type Kysely, sql } from 'kysely'
import { readDocument } from '#journal/documents.store'
import type { Database } from '#store/database'
import { recoveryCodes, type RecoveryCodes, recoveryCodesKind } from './recovery-codes.ts'

/** The set of a person, or undefined. */
export async function recoveryCodesOf(
  db: Kysely<Database>,
  person: string,
): Promise<RecoveryCodes | undefined> {
  const found = await readDocument(db, recoveryCodesKind, person)
  return found && recoveryCodes.parse(found)
}

/** The set that a code with this hash belongs to, if it was not used yet. */
export async function recoveryCodesWith(
  db: Kysely<Database>,
  hash: string,
): Promise<RecoveryCodes | undefined> {
  const { rows } = await sql<{ readonly body: unknown }>`
    select body from documents
    where kind = 'recovery-codes' and body -> 'codes' @> ${JSON.stringify([hash])}::jsonb
  `.execute(db)
  return rows[0] && recoveryCodes.parse(rows[0].body)
}
