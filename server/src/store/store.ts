// The store keeps everything that must survive. There is one SQL dialect, PostgreSQL, in two
// shapes: embedded files for one machine, and a server for more. Everything above this file is
// the same for both.
import type { Kysely, Transaction } from 'kysely'
import type { Log } from '#log'
import type { Database } from './database.ts'
import { openEmbedded } from './embedded.store.ts'
import type { StoreFault } from './fault.ts'
import { migrate } from './migrate.store.ts'
import { openPostgres } from './postgres.store.ts'

export interface Store {
  readonly db: Kysely<Database>
  /** Runs `work` in one transaction: all of it is kept once this resolves, none if it throws. */
  transaction<T>(work: (tx: Transaction<Database>) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export type StoreAddress =
  /** Where the embedded database keeps its files. Made where it is missing. */
  | { readonly kind: 'embedded'; readonly directory: string }
  /** `postgres://user:password@host:port/database`. */
  | { readonly kind: 'postgres'; readonly url: string }

/**
 * Opens the store and brings its schema up to date.
 * @throws StoreFault where it cannot be reached, read, written or brought up to date.
 */
export async function openStore(options: {
  readonly address: StoreAddress
  readonly log: Log
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Is told when the store stops for good after it had opened. */
  readonly lost?: (fault: StoreFault) => void
}): Promise<Store> {
  const { address, log, now, lost = () => {} } = options
  const db =
    address.kind === 'embedded'
      ? await openEmbedded(address.directory, log, lost)
      : await openPostgres(address.url, log)
  try {
    await migrate(db, { log, now })
  } catch (error) {
    await db.destroy()
    throw error
  }
  return {
    db,
    transaction: (work) => db.transaction().execute(work),
    close: () => db.destroy(),
  }
}
