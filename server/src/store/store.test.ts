import assert from 'node:assert/strict'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { sql } from 'kysely'
import { silence } from '#log'
import { lacking } from '../../../test/parts.ts'
import { type Postgres, startPostgres } from '../../../test/postgres.ts'
import { meaningOf, StoreFault } from './fault.ts'
import { migrate, type Migration, migrationsDirectory, readMigrations } from './migrate.store.ts'
import { openStore, type Store } from './store.ts'
import { embeddedStore, newDirectory, postgresStore, type TestStore } from './stores.fake.ts'

const withoutPostgres = await lacking('postgres')
let postgres: Postgres | undefined
before(async () => {
  if (withoutPostgres === false) postgres = await startPostgres()
})
after(() => postgres?.stop())

const shapes = [
  { name: 'embedded', skip: false, open: embeddedStore },
  {
    name: 'PostgreSQL',
    skip: withoutPostgres,
    open: async () => postgresStore(await postgres!.createDatabase()),
  },
] as const

for (const { name, skip, open } of shapes) {
  describe(`the ${name} store`, { skip }, () => {
    let opened: TestStore
    let store: Store
    before(async () => {
      opened = await open()
      store = opened.store
    })
    after(() => opened.remove())

    const put = (id: string, body: object, db = store.db) =>
      db
        .insertInto('situations')
        .values({ hash: hashOf(id), body: JSON.stringify(body) })
        .execute()
    const has = async (id: string) =>
      (await store.db
        .selectFrom('situations')
        .select('hash')
        .where('hash', '=', hashOf(id))
        .executeTakeFirst()) !== undefined

    test('gives big integers as numbers and JSON as values', async () => {
      const { rows } = await sql`
        select 9007199254740991::bigint as large, '{"a": [1, "ä", null]}'::jsonb as body,
               count(*) as rows, true as yes, null as nothing from journal_head`.execute(store.db)
      assert.deepEqual(rows, [
        {
          large: 9_007_199_254_740_991,
          body: { a: [1, 'ä', null] },
          rows: 1,
          yes: true,
          nothing: null,
        },
      ])
    })

    test('keeps all of a transaction or nothing of it', async () => {
      await store.transaction(async (tx) => {
        await put('1', {}, tx)
        await put('2', {}, tx)
      })
      await assert.rejects(
        store.transaction(async (tx) => {
          await put('3', {}, tx)
          throw new Error('changed my mind')
        }),
        { message: 'changed my mind' },
      )
      assert.deepEqual([await has('1'), await has('2'), await has('3')], [true, true, false])
    })

    test('goes on after a statement that failed', async () => {
      await assert.rejects(sql`select * from nowhere`.execute(store.db), { code: '42P01' })
      await assert.rejects(
        store.transaction((tx) => sql`select 1 / 0`.execute(tx)),
        { code: '22012' },
      )
      assert.equal(await has('1'), true)
    })

    test('says which constraint a row broke', async () => {
      await assert.rejects(put('1', {}), { code: '23505', constraint: 'situations_pkey' })
      await assert.rejects(sql`insert into keys values ('', 'x', 0)`.execute(store.db), {
        code: '23514',
        constraint: 'keys_name_check',
      })
    })

    test('refuses what it cannot store as a mistake of the caller', async () => {
      for (const text of ['"\\u0000"', '"\\ud800"']) {
        const refusal = await sql`select ${text}::jsonb`.execute(store.db).then(
          () => undefined,
          (error: unknown) => error,
        )
        assert.equal(meaningOf(refusal), 'unstorable', text)
      }
    })

    test('lets writers follow each other where they lock the same row', async () => {
      const order: string[] = []
      const write = (writer: string) =>
        store.transaction(async (tx) => {
          await tx.selectFrom('journal_head').selectAll().forUpdate().execute()
          order.push(`${writer} begins`)
          await sql`select pg_sleep(0.01)`.execute(tx)
          order.push(`${writer} ends`)
        })
      await Promise.all([write('a'), write('b'), write('c')])
      for (let index = 0; index < order.length; index += 2) {
        assert.equal(order[index]?.[0], order[index + 1]?.[0], order.join(', '))
      }
    })

    test('never changes or forgets a journal entry or a decision', async () => {
      for (const statement of [
        `update journal set actor = 'x'`,
        `delete from journal`,
        `truncate journal, documents`,
        `update decisions set verdict = 'allow'`,
      ]) {
        await assert.rejects(sql.raw(statement).execute(store.db), { code: '55000' }, statement)
      }
    })

    test('orders ids by their bytes', async () => {
      const { rows } = await sql`
        select id from (values ('b'), ('B'), ('a-1'), ('a1'), ('Ä'), ('_')) as x(id)
        order by id collate "C"`.execute(store.db)
      assert.deepEqual(
        rows.map((row) => (row as { id: string }).id),
        ['B', '_', 'a-1', 'a1', 'b', 'Ä'],
      )
    })

    test('can be opened again, with what it had', async () => {
      store = await opened.reopen()
      assert.equal((await store.db.selectFrom('situations').select('hash').execute()).length, 2)
    })

    describe('whose schema moves', () => {
      const extra: Migration = {
        number: 0,
        name: 'extra',
        text: 'create table extra (id int); insert into extra values (1), (2);',
      }
      const all = async () => {
        const released = await readMigrations(migrationsDirectory)
        return { released, next: { ...extra, number: released.length + 1 } }
      }
      const migrateWith = (migrations: readonly Migration[]) =>
        migrate(store.db, { log: silence, now: Date.now, migrations })

      test('takes each step once, several statements at a time', async () => {
        const { released, next } = await all()
        await migrateWith([...released, next])
        await migrateWith([...released, next])
        const { rows } = await sql`select count(*) as rows from extra`.execute(store.db)
        assert.deepEqual(rows, [{ rows: 2 }])
      })

      test('refuses a migration that was changed after it had been applied', async () => {
        const { released, next } = await all()
        await assert.rejects(
          migrateWith([...released, { ...next, text: `${next.text} -- more` }]),
          (error) =>
            error instanceof StoreFault &&
            /migration `\d+_extra` was changed .* restore the file/.test(error.message),
        )
      })

      test('refuses a store that a newer version has used', async () => {
        const { released } = await all()
        await assert.rejects(
          migrateWith(released),
          (error) =>
            error instanceof StoreFault &&
            /used by a newer version .*start that version/.test(error.message),
        )
      })

      test('keeps nothing of a step that fails', async () => {
        const { released, next } = await all()
        const failing = {
          number: next.number + 1,
          name: 'failing',
          text: 'create table half (id int); select 1 / 0;',
        }
        await assert.rejects(migrateWith([...released, next, failing]), { code: '22012' })
        const { rows } = await sql`select to_regclass('half') as half`.execute(store.db)
        assert.deepEqual(rows, [{ half: null }])
      })

      test('moves once where several servers start at the same time', async () => {
        const { released, next } = await all()
        const more = { number: next.number + 1, name: 'more', text: 'create table more (id int)' }
        await Promise.all([1, 2, 3].map(() => migrateWith([...released, next, more])))
      })
    })
  })
}

describe('a store that cannot be opened', () => {
  const refusal = async (address: Parameters<typeof openStore>[0]['address']) => {
    const error: unknown = await openStore({ address, log: silence, now: Date.now }).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    assert.ok(error instanceof StoreFault, String(error))
    return error.message
  }

  test('says so where a file stands in its place', async () => {
    const directory = await newDirectory()
    const path = join(directory, 'store')
    await writeFile(path, '')
    assert.match(
      await refusal({ kind: 'embedded', directory: path }),
      /is not a directory: move it/,
    )
    await rm(directory, { recursive: true })
  })

  test('says so where its files are damaged', async () => {
    const directory = await newDirectory()
    await mkdir(join(directory, 'base'))
    await writeFile(join(directory, 'PG_VERSION'), '18\n')
    assert.match(
      await refusal({ kind: 'embedded', directory }),
      /does not open .*restore it from a backup/,
    )
    await rm(directory, { recursive: true })
  })

  test('names the database server that does not answer, and never its password', async () => {
    const message = await refusal({ kind: 'postgres', url: 'postgres://ada:hunter2@127.0.0.1:9/x' })
    assert.match(
      message,
      /^PostgreSQL at `127\.0\.0\.1:9\/x` does not answer .*start it, or correct DATABASE_URL$/,
    )
    assert.doesNotMatch(message, /hunter2/)
  })

  test('explains a database URL that is none', async () => {
    const message = await refusal({ kind: 'postgres', url: 'mysql://ada:hunter2@x/y' })
    assert.match(message, /^DATABASE_URL is not a URL of the form/)
    assert.doesNotMatch(message, /hunter2/)
  })
})

function hashOf(id: string): string {
  return id.padStart(64, '0')
}
