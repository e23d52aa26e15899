// What the OpenID provider remembers, in the store, so that any server answers for any other. Of
// what only the other side has, the key is a hash.
import type { Generated, Kysely } from 'kysely'
import type { Database } from '#store/database'

/** What is kept of a code, a token, an interaction. */
export interface OpenIdRecord {
  /** SHA-256 in hex. */
  readonly id: string
  readonly model: string
  /** What it was granted under; all of it is revoked together. */
  readonly grant: string | undefined
  /** SHA-256 in hex of the code that a person types. */
  readonly userCode: string | undefined
  readonly body: object
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

export interface FoundRecord {
  readonly id: string
  readonly body: object
  readonly consumedAt: number | undefined
}

type Row = {
  readonly id: string
  readonly model: string
  readonly body: unknown
  readonly consumed_at: number | null
  readonly expires_at: number
}
type Tables = {
  readonly openid_records: Row & { readonly grant_id: string | null }
  readonly openid_beginnings: Row & {
    readonly slot: Generated<number>
    readonly user_code: string | null
  }
}

/** Models that strangers may begin. They live in the ring. */
const beginnings: ReadonlySet<string> = new Set([
  'Interaction',
  'Session',
  'PushedAuthorizationRequest',
  'DeviceCode',
])

/** Keeps a record in the place of any before it. */
export async function putRecord(db: Kysely<Database>, record: OpenIdRecord): Promise<void> {
  const { id, model, grant, userCode } = record
  const tables = db.withTables<Tables>()
  const said = { body: JSON.stringify(record.body), expires_at: record.expiresAt }
  if (!beginnings.has(model)) {
    await tables
      .insertInto('openid_records')
      .values({ id, model, grant_id: grant ?? null, consumed_at: null, ...said })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(said))
      .execute()
    return
  }
  const { numUpdatedRows } = await tables
    .updateTable('openid_beginnings')
    .set({ ...said, ...(userCode === undefined ? {} : { user_code: userCode }) })
    .where('id', '=', id)
    .executeTakeFirst()
  if (numUpdatedRows > 0) return
  await tables
    .insertInto('openid_beginnings')
    .values({ id, model, user_code: userCode ?? null, consumed_at: null, ...said })
    .onConflict((conflict) =>
      conflict.column('slot').doUpdateSet((eb) => ({
        id: eb.ref('excluded.id'),
        model: eb.ref('excluded.model'),
        user_code: eb.ref('excluded.user_code'),
        body: eb.ref('excluded.body'),
        consumed_at: null,
        expires_at: eb.ref('excluded.expires_at'),
      })),
    )
    .execute()
}

/** Keeps a record that must not be there yet. False where it is. */
export async function addRecord(
  db: Kysely<Database>,
  { id, model, body, expiresAt }: OpenIdRecord,
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .withTables<Tables>()
    .insertInto('openid_records')
    .values({
      id,
      model,
      grant_id: null,
      body: JSON.stringify(body),
      consumed_at: null,
      expires_at: expiresAt,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return (numInsertedOrUpdatedRows ?? 0n) > 0n
}

/** A record, also one that was consumed; undefined once it has expired. */
export async function findRecord(
  db: Kysely<Database>,
  model: string,
  by: { readonly id: string } | { readonly userCode: string },
  now: number,
): Promise<FoundRecord | undefined> {
  const tables = db.withTables<Tables>()
  const selected = ['id', 'body', 'consumed_at'] as const
  const row = beginnings.has(model)
    ? await tables
        .selectFrom('openid_beginnings')
        .select(selected)
        .where('id' in by ? 'id' : 'user_code', '=', 'id' in by ? by.id : by.userCode)
        .where('expires_at', '>', now)
        .orderBy('expires_at', 'desc')
        .limit(1)
        .executeTakeFirst()
    : 'id' in by
      ? await tables
          .selectFrom('openid_records')
          .select(selected)
          .where('id', '=', by.id)
          .where('expires_at', '>', now)
          .executeTakeFirst()
      : undefined
  return row && { id: row.id, body: row.body as object, consumedAt: row.consumed_at ?? undefined }
}

/** Marks a record as used. Of two that use it, one gets true. */
export async function consumeRecord(
  db: Kysely<Database>,
  model: string,
  id: string,
  now: number,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .withTables<Tables>()
    .updateTable(tableOf(model))
    .set({ consumed_at: now })
    .where('id', '=', id)
    .where('consumed_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Deletes a record. */
export async function deleteRecord(db: Kysely<Database>, model: string, id: string): Promise<void> {
  await db.withTables<Tables>().deleteFrom(tableOf(model)).where('id', '=', id).execute()
}

/** Deletes what was granted together. */
export async function deleteGranted(db: Kysely<Database>, grant: string): Promise<void> {
  await db.withTables<Tables>().deleteFrom('openid_records').where('grant_id', '=', grant).execute()
}

/** Deletes what has expired. @returns how many. */
export async function sweepRecords(db: Kysely<Database>, now: number): Promise<number> {
  const tables = db.withTables<Tables>()
  let rows = 0
  for (const table of ['openid_records', 'openid_beginnings'] as const) {
    const { numDeletedRows } = await tables
      .deleteFrom(table)
      .where('expires_at', '<=', now)
      .executeTakeFirst()
    rows += Number(numDeletedRows)
  }
  return rows
}

function tableOf(model: string): keyof Tables {
  return beginnings.has(model) ? 'openid_beginnings' : 'openid_records'
}
