// What an account of the last resort leaves behind: a note of every sign-in, written with it.
import type { Session } from '@countersign/contract/documents'
import type { Estate } from '@countersign/contract/estate'
import { type IdSource, newId } from '@countersign/contract/ids'
import { type Kysely, sql, type Transaction } from 'kysely'
import { readDocument } from '#journal/documents.store'
import type { Draft } from '#journal/journal.store'
import type { Database } from '#store/database'
import {
  type BreakGlassDrill,
  breakGlassDrill,
  breakGlassDrillKind,
  type BreakGlassUse,
  breakGlassUse,
  breakGlassUseKind,
} from './break-glass.ts'

/** What a sign-in leaves behind besides the session; nothing for an ordinary account. */
export async function useDrafts(
  tx: Transaction<Database>,
  estate: Estate,
  { id: session, person, authentication }: Session,
  source: IdSource,
): Promise<readonly Draft[]> {
  if (estate.get('person', person)?.breakGlass === undefined) return []
  const at = source.now()
  const drill = await readDrill(tx, person)
  const isDrill = drill?.declaredUntil !== undefined && drill.declaredUntil > at
  const { method, provider } = authentication
  const use: BreakGlassUse = {
    id: newId('breakGlassUse', source),
    person,
    session,
    at,
    method,
    ...(provider === undefined ? {} : { provider }),
    isDrill,
  }
  const drilled: BreakGlassDrill = { id: person, lastDrillAt: at }
  return [
    { event: 'identity.break-glass.used', kind: breakGlassUseKind, id: use.id, after: use },
    ...(isDrill
      ? [
          {
            event: 'identity.break-glass.drilled',
            kind: breakGlassDrillKind,
            id: person,
            after: drilled,
          } as const,
        ]
      : []),
  ]
}

export async function readDrill(
  db: Kysely<Database>,
  person: string,
): Promise<BreakGlassDrill | undefined> {
  const found = await readDocument(db, breakGlassDrillKind, person)
  return found === undefined ? undefined : breakGlassDrill.parse(found)
}

export async function readUse(
  db: Kysely<Database>,
  id: string,
): Promise<BreakGlassUse | undefined> {
  const found = await readDocument(db, breakGlassUseKind, id)
  return found === undefined ? undefined : breakGlassUse.parse(found)
}

/** Uses since then, newest first; at most `limit`. */
export async function usesSince(
  db: Kysely<Database>,
  since: number,
  limit: number,
): Promise<readonly BreakGlassUse[]> {
  const { rows } = await sql<{ readonly body: unknown }>`
    select body from documents
    where kind = ${breakGlassUseKind} and (body ->> 'at')::bigint >= ${since}
    order by id desc limit ${limit}`.execute(db)
  return rows.map(({ body }) => breakGlassUse.parse(body))
}
