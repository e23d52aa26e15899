// The schema moves forward only, by numbered files, all of them in one transaction under a lock
// that other servers wait for. What was applied is remembered with its digest, so that a file
// that was edited afterwards is noticed instead of silently differing from the database.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { type Kysely, sql } from 'kysely'
import type { Log } from '#log'
import type { Database } from './database.ts'
import { StoreFault } from './fault.ts'

/** Where the product's own migrations lie. */
export const migrationsDirectory = new URL('../../migrations/', import.meta.url)

/** One file, `0001_name.sql`. */
export interface Migration {
  readonly number: number
  readonly name: string
  readonly text: string
}

// Any number will do, as long as every server uses the same.
const migrationLock = 7_401

/**
 * Brings the schema up to date.
 * @throws StoreFault where an applied migration was changed, or the database is newer than this program.
 */
export async function migrate(
  db: Kysely<Database>,
  options: {
    readonly log: Log
    readonly now: () => number
    readonly migrations?: readonly Migration[]
  },
): Promise<void> {
  const { log, now } = options
  const migrations = options.migrations ?? (await readMigrations(migrationsDirectory))
  await db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(${migrationLock})`.execute(tx)
    await sql`
      create table if not exists migrations (
        number integer primary key check (number > 0),
        name text not null,
        digest text not null check (digest ~ '^[0-9a-f]{64}$'),
        applied_at bigint not null
      )`.execute(tx)
    const applied = await tx.selectFrom('migrations').selectAll().orderBy('number').execute()
    const known = new Map(migrations.map((migration) => [migration.number, migration]))
    for (const { number, name, digest } of applied) {
      const migration = known.get(number)
      if (!migration) {
        throw new StoreFault(
          `the store was used by a newer version (migration \`${number}_${name}\` is unknown here): start that version again`,
        )
      }
      if (digestOf(migration) !== digest) {
        throw new StoreFault(
          `migration \`${number}_${migration.name}\` was changed after it had been applied to this store: restore the file as it was released`,
        )
      }
    }
    for (const migration of migrations.slice(applied.length)) {
      await sql.raw(migration.text).execute(tx)
      await tx
        .insertInto('migrations')
        .values({
          number: migration.number,
          name: migration.name,
          digest: digestOf(migration),
          applied_at: now(),
        })
        .execute()
      log.info({ migration: migration.name }, 'the schema moved forward')
    }
  })
}

/**
 * Reads the migrations of a directory, in order.
 * @throws where a number is missing or given twice.
 */
export async function readMigrations(directory: URL): Promise<readonly Migration[]> {
  const files = (await readdir(directory)).filter((file) => file.endsWith('.sql')).sort()
  return Promise.all(
    files.map(async (file, index) => {
      const match = /^(\d{4})_([a-z0-9_]+)\.sql$/.exec(file)
      const number = Number(match?.[1])
      const name = match?.[2]
      if (name === undefined || number !== index + 1) {
        throw new Error(
          `\`${file}\` stands where migration ${index + 1} is expected: name it like \`0001_name.sql\`, without gaps`,
        )
      }
      return { number, name, text: await readFile(new URL(file, directory), 'utf8') }
    }),
  )
}

function digestOf({ text }: Migration): string {
  return createHash('sha256').update(text).digest('hex')
}
