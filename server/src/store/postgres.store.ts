// A PostgreSQL server as the store, for more than one machine.
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Log } from '#log'
import type { Database } from './database.ts'
import { StoreFault } from './fault.ts'

const connectionsMax = 10
const connectTimeoutMs = 10_000
const statementTimeoutMs = 120_000
const int8 = 20

/**
 * Opens a pool of connections to the PostgreSQL server at `url`.
 * @throws StoreFault where it does not answer. The message never has the password.
 */
export async function openPostgres(url: string, log: Log): Promise<Kysely<Database>> {
  const where = placeOf(url)
  const pool = new pg.Pool({
    connectionString: url,
    max: connectionsMax,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    application_name: 'countersign',
    types: {
      getTypeParser: ((type: number, format?: 'text' | 'binary') =>
        type === int8
          ? Number
          : pg.types.getTypeParser(type, format)) as typeof pg.types.getTypeParser,
    },
  })
  // A connection that breaks while nobody uses it is replaced; the pool only wants to tell.
  pool.on('error', (error) => log.warn({ error: error.message }, 'a database connection broke'))
  try {
    const client = await pool.connect()
    client.release()
  } catch (error) {
    await pool.end()
    throw new StoreFault(
      `PostgreSQL at \`${where}\` does not answer (${error instanceof Error ? error.message : String(error)}): start it, or correct DATABASE_URL`,
    )
  }
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
}

function placeOf(url: string): string {
  if (!URL.canParse(url) || !/^postgres(?:ql)?:$/.test(new URL(url).protocol)) {
    throw new StoreFault(
      'DATABASE_URL is not a URL of the form postgres://user:password@host:port/database: correct it, or leave it empty for the embedded store',
    )
  }
  const { host, pathname } = new URL(url)
  return host + pathname
}
