// Reading the documents that the journal leaves behind.
import type { Kysely } from 'kysely'
import { type AnyDocument, type DocumentKind, documentKinds } from '@countersign/contract/documents'
import type { Database } from '#store/database'

/** A document of any kind, or undefined. */
export async function readDocument(
  db: Kysely<Database>,
  kind: string,
  id: string,
): Promise<object | undefined> {
  const row = await db
    .selectFrom('documents')
    .select('body')
    .where('kind', '=', kind)
    .where('id', '=', id)
    .executeTakeFirst()
  return row?.body as object | undefined
}

/** All documents of a kind, by id. */
export async function readDocuments(
  db: Kysely<Database>,
  kind: string,
): Promise<readonly object[]> {
  const rows = await db
    .selectFrom('documents')
    .select('body')
    .where('kind', '=', kind)
    .orderBy('id')
    .execute()
  return rows.map(({ body }) => body as object)
}

/** What a feed's snapshot is made of: every document that travels, of `release` only the newest. */
export async function readFeedDocuments(db: Kysely<Database>): Promise<readonly AnyDocument[]> {
  const kinds: readonly DocumentKind[] = documentKinds.filter((kind) => kind !== 'release')
  const rows = await db
    .selectFrom('documents')
    .select(['kind', 'body'])
    .where('kind', 'in', kinds)
    .orderBy('kind')
    .orderBy('id')
    .execute()
  // A later release has a later place in the journal.
  const release = await db
    .selectFrom('documents')
    .select(['kind', 'body'])
    .where('kind', '=', 'release')
    .orderBy('sequence', 'desc')
    .limit(1)
    .execute()
  // The write path lets nothing in that its schema refuses.
  return [...rows, ...release].map(({ kind, body }) => ({ kind, document: body }) as AnyDocument)
}
