// The product's own policies: the files beside the program, and the one that is made from the
// cadence and its exclusions.
import type { Kysely } from 'kysely'
import type { PolicyFile } from '#policies/release'
import type { Database } from '#store/database'
import { readCadence } from './cadence.store.ts'
import { readExclusions } from './exclusion.store.ts'
import { cadenceFile } from './policies.ts'

/** Every file of the product's own, by name. */
export async function ownFilesOf(
  db: Kysely<Database>,
  beside: readonly PolicyFile[],
): Promise<readonly PolicyFile[]> {
  const made = cadenceFile(await readCadence(db), await readExclusions(db))
  return [...beside, made].sort((a, b) => (a.name < b.name ? -1 : 1))
}
