// The cadence as the store has it: one document, or none while nobody has changed what holds by
// default.
import { type Cadence, cadence, defaultCadence } from '@countersign/contract/cadence'
import type { Kysely } from 'kysely'
import { z } from 'zod'
import { readDocument } from '#journal/documents.store'
import type { Database } from '#store/database'

export const cadenceKind = 'cadence'
export const cadenceId = 'current'

const kept = z.strictObject({ id: z.literal(cadenceId), cadence })
export type CadenceDocument = z.infer<typeof kept>

/** The cadence that holds; undefined where nobody ever changed it. */
export async function changedCadence(db: Kysely<Database>): Promise<Cadence | undefined> {
  const found = await readDocument(db, cadenceKind, cadenceId)
  return found === undefined ? undefined : kept.parse(found).cadence
}

/** The cadence that holds. */
export async function readCadence(db: Kysely<Database>): Promise<Cadence> {
  return (await changedCadence(db)) ?? defaultCadence
}
