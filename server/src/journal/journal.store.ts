// The one write path. Every change to what the system knows is appended here, in the transaction
// that makes it, and folded into the documents that the rest of the server reads.
import { type Kysely, sql, type Transaction } from 'kysely'
import { canonicalJson } from '@countersign/contract/canonical'
import { chainHash, chainStart, type ChainFault, verifyChain } from '@countersign/contract/chain'
import { documentSchemas } from '@countersign/contract/documents'
import type { EventType } from '@countersign/contract/events'
import type { Database } from '#store/database'

/** A change that is about to be recorded. */
export interface Draft {
  readonly event: EventType
  /** A feed kind of contract/documents.ts, or a kind of the server's own, such as `passkey`. */
  readonly kind: string
  readonly id: string
  /** The document from now on; null where it is removed. */
  readonly after: object | null
}

/** A change as the journal has it. */
export interface Entry {
  readonly sequence: number
  /** Milliseconds since the epoch. */
  readonly at: number
  /** Who did it, as `Person::"ada"`. */
  readonly actor: string
  readonly event: string
  readonly kind: string
  readonly id: string
  readonly before: object | null
  readonly after: object | null
}

/** What one transaction changed: it leads from journal position `from` to `to`. */
export interface Batch {
  readonly from: number
  readonly to: number
  readonly entries: readonly Entry[]
}

interface Row extends Entry {
  readonly previous: string
  readonly hash: string
}

/** Rows in one statement. A statement is one message to the database and one text in memory. */
const rowsPerStatement = 1_000
/** Entries read at once while the whole chain is checked. */
const verifyPageEntries = 1_000

/**
 * Appends the drafts to the journal and folds them into `documents`. Drafts that change nothing
 * are left out.
 * @param actor who did it, as `Person::"ada"`.
 * @param now milliseconds since the epoch.
 * @throws TypeError where a feed document is not what its schema says: a bug of the caller.
 */
export async function record(
  tx: Transaction<Database>,
  actor: string,
  drafts: readonly Draft[],
  now: number,
): Promise<Batch> {
  for (const draft of drafts) refuseInvalid(draft)
  // The lock comes first, so that what is read next is what the last writer left.
  const head = await tx
    .selectFrom('journal_head')
    .select(['sequence', 'hash'])
    .forUpdate()
    .executeTakeFirstOrThrow()
  const current = await currentDocuments(tx, drafts)
  const rows = link(head, current, actor, drafts, now)
  const last = rows.at(-1)
  if (!last) return { from: head.sequence, to: head.sequence, entries: [] }
  for (const page of pages(rows)) await write(tx, page)
  return { from: head.sequence, to: last.sequence, entries: rows }
}

/** Entries after a position, in order, at most `limit`. */
export async function readEntries(
  db: Kysely<Database>,
  after: number,
  limit: number,
): Promise<readonly Entry[]> {
  const rows = await db
    .selectFrom('journal')
    .select(['sequence', 'at', 'actor', 'event', 'kind', 'id', 'before', 'after'])
    .where('sequence', '>', after)
    .orderBy('sequence')
    .limit(limit)
    .execute()
  return rows as readonly Entry[]
}

/** The journal's position: the sequence of its last entry. */
export async function position(db: Kysely<Database>): Promise<number> {
  const head = await db.selectFrom('journal_head').select('sequence').executeTakeFirstOrThrow()
  return head.sequence
}

/** The same, and no one else writes to the journal until this transaction is over. */
export async function lockedPosition(tx: Transaction<Database>): Promise<number> {
  const head = await tx
    .selectFrom('journal_head')
    .select('sequence')
    .forUpdate()
    .executeTakeFirstOrThrow()
  return head.sequence
}

export type JournalFault =
  | ChainFault
  /** The journal ends before or after the place its head names. */
  | { readonly kind: 'cut'; readonly at: number; readonly expected: number }
  /** A document is not what the journal made it. */
  | { readonly kind: 'document'; readonly document: string; readonly at: number }

/**
 * Reads the whole journal and checks every link, its end, and that the documents are what it
 * made them.
 * @returns the first fault; undefined where there is none.
 */
export async function verifyJournal(db: Kysely<Database>): Promise<JournalFault | undefined> {
  let after = 0
  let previous = chainStart
  for (;;) {
    const rows = (await db
      .selectFrom('journal')
      .selectAll()
      .where('sequence', '>', after)
      .orderBy('sequence')
      .limit(verifyPageEntries)
      .execute()) as readonly Row[]
    if (rows.length === 0) break
    const links = rows.map((row) => ({
      sequence: row.sequence,
      record: recordOf(row),
      hash: row.hash,
    }))
    const result = verifyChain(links, previous, after + 1)
    if ('fault' in result) return result.fault
    previous = result.last
    after += result.count
  }
  const head = await db.selectFrom('journal_head').selectAll().executeTakeFirstOrThrow()
  if (head.sequence !== after || head.hash !== previous) {
    return { kind: 'cut', at: after, expected: head.sequence }
  }
  return differingDocument(db)
}

async function differingDocument(db: Kysely<Database>): Promise<JournalFault | undefined> {
  const { rows } = await sql<{ readonly document: string; readonly at: number }>`
    with latest as (
      select distinct on (kind, id) kind, id, after, sequence
      from journal order by kind, id, sequence desc
    )
    select coalesce(latest.kind, documents.kind) || '/' || coalesce(latest.id, documents.id) as document,
           coalesce(latest.sequence, documents.sequence) as at
    from (select * from latest where after is not null) latest
    full join documents on documents.kind = latest.kind and documents.id = latest.id
    where documents.body is distinct from latest.after
       or documents.sequence is distinct from latest.sequence
    order by at limit 1`.execute(db)
  const found = rows[0]
  return found && { kind: 'document', ...found }
}

/** What the hash of an entry covers besides the hash before it. */
function recordOf({ sequence, at, actor, event, kind, id, before, after }: Entry): Entry {
  return { sequence, at, actor, event, kind, id, before, after }
}

function refuseInvalid({ kind, id, after }: Draft): void {
  if (after === null) return
  if (!('id' in after) || after.id !== id) {
    throw new TypeError(
      `a document of kind \`${kind}\` is recorded under an id that is not its own`,
    )
  }
  if (!isFeedKind(kind)) return
  const parsed = documentSchemas[kind].safeParse(after)
  if (!parsed.success) {
    throw new TypeError(`a document of kind \`${kind}\` is invalid: ${parsed.error.message}`)
  }
}

function isFeedKind(kind: string): kind is keyof typeof documentSchemas {
  return Object.hasOwn(documentSchemas, kind)
}

type Documents = Map<string, object | null>

const keyOf = ({ kind, id }: { readonly kind: string; readonly id: string }): string =>
  `${kind}/${id}`

async function currentDocuments(
  tx: Transaction<Database>,
  drafts: readonly Draft[],
): Promise<Documents> {
  const current: Documents = new Map()
  for (const page of pages(drafts)) {
    const { rows } = await sql<{ kind: string; id: string; body: object }>`
      select d.kind, d.id, d.body from documents d
      join jsonb_to_recordset(${JSON.stringify(page.map(({ kind, id }) => ({ kind, id })))}::jsonb)
        as wanted(kind text, id text) on d.kind = wanted.kind and d.id = wanted.id`.execute(tx)
    for (const row of rows) current.set(keyOf(row), row.body)
  }
  return current
}

function link(
  head: { readonly sequence: number; readonly hash: string },
  current: Documents,
  actor: string,
  drafts: readonly Draft[],
  now: number,
): readonly Row[] {
  const rows: Row[] = []
  let { sequence, hash: previous } = head
  for (const draft of drafts) {
    const before = current.get(keyOf(draft)) ?? null
    const { event, kind, id, after } = draft
    if (canonicalJson(before) === canonicalJson(after)) continue
    current.set(keyOf(draft), after)
    sequence++
    const entry: Entry = { sequence, at: now, actor, event, kind, id, before, after }
    const hash = chainHash(previous, entry)
    rows.push({ ...entry, previous, hash })
    previous = hash
  }
  return rows
}

/**
 * Appends a page of rows, folds them into the documents and moves the head, in one statement:
 * whoever waits for a revocation waits for each of them.
 */
async function write(tx: Transaction<Database>, page: readonly Row[]): Promise<void> {
  const latest = new Map(page.map((row) => [keyOf(row), row]))
  const rows = page.map((row) => ({ ...row, latest: latest.get(keyOf(row)) === row }))
  await sql`
    with page as (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(
        sequence bigint, at bigint, actor text, event text, kind text, id text,
        before jsonb, after jsonb, previous text, hash text, latest boolean)
    ), appended as (
      insert into journal (sequence, at, actor, event, kind, id, before, after, previous, hash)
      select sequence, at, actor, event, kind, id,
             nullif(before, 'null'), nullif(after, 'null'), previous, hash
      from page
    ), put as (
      insert into documents (kind, id, body, sequence)
      select kind, id, after, sequence from page where latest and nullif(after, 'null') is not null
      on conflict (kind, id) do update
      set body = excluded.body, sequence = excluded.sequence
    ), removed as (
      delete from documents d using page
      where page.latest and nullif(page.after, 'null') is null
        and d.kind = page.kind and d.id = page.id
    )
    update journal_head h set sequence = page.sequence, hash = page.hash
    from page where page.sequence = (select max(sequence) from page)`.execute(tx)
}

function* pages<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += rowsPerStatement) {
    yield items.slice(start, start + rowsPerStatement)
  }
}
