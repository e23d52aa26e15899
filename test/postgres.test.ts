// The database harness itself: later tests build on each of these sentences.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'

import { Client } from 'pg'

import { lacking } from './parts.ts'
import { type Postgres, startPostgres } from './postgres.ts'

describe('the PostgreSQL of the tests', { skip: await lacking('postgres') }, () => {
  let postgres: Postgres

  before(async () => {
    postgres = await startPostgres()
  })
  after(() => postgres.stop())

  test('it is PostgreSQL 18', async () => {
    const [row] = await query(await postgres.createDatabase(), 'show server_version')
    assert.match(String(row?.['server_version']), /^18\./)
  })

  test('databases do not see each other', async () => {
    const first = await postgres.createDatabase()
    const second = await postgres.createDatabase()
    await query(first, 'create table note (line text)')
    await assert.rejects(query(second, 'select line from note'), /"note" does not exist/)
  })

  test('a wrong password is refused', async () => {
    const url = new URL(await postgres.createDatabase())
    url.password = 'guess'
    await assert.rejects(query(url.href, 'select 1'), /password authentication failed/)
  })

  test('what was committed before a crash is there after the restart', async () => {
    const url = await postgres.createDatabase()
    await query(url, 'create table note as select 7 as line')
    await postgres.crash()
    await assert.rejects(query(url, 'select line from note'), /ECONNREFUSED/)
    await postgres.restart()
    assert.deepEqual(await query(url, 'select line from note'), [{ line: 7 }])
  })

  test('a test that is killed leaves neither server nor files behind', async () => {
    const directory = await directoryOfKilledTest()
    assert.match(directory, /countersign-postgres-/)
    assert.equal(existsSync(directory), false)
  })
})

async function query(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url })
  try {
    await client.connect()
    const { rows } = await client.query<Record<string, unknown>>(sql)
    return rows
  } finally {
    await client.end()
  }
}

/** Starts a database in another process that is then killed; answers once its keeper has ended. */
async function directoryOfKilledTest(): Promise<string> {
  const script = `
    import { startPostgres } from ${JSON.stringify(new URL('postgres.ts', import.meta.url).href)}
    import { Client } from ${JSON.stringify(import.meta.resolve('pg'))}
    const postgres = await startPostgres()
    const client = new Client({ connectionString: await postgres.createDatabase() })
    await client.connect()
    const { rows } = await client.query('show data_directory')
    process.stdout.write(rows[0].data_directory, () => process.kill(process.pid, 'SIGKILL'))`
  const killed = spawn(process.execPath, ['--input-type=module', '--eval', script])
  let directory = ''
  let complaint = ''
  killed.stdout.setEncoding('utf8').on('data', (chunk: string) => (directory += chunk))
  // The keeper holds this pipe too: it closes when the last of the two has ended.
  killed.stderr.setEncoding('utf8').on('data', (chunk: string) => (complaint += chunk))
  const [, signal] = await once(killed, 'close')
  assert.equal(signal, 'SIGKILL', complaint)
  return directory
}
