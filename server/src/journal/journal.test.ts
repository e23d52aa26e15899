import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { sql } from 'kysely'
import { documentKinds } from '@countersign/contract/documents'
import { lacking } from '../../../test/parts.ts'
import { type Postgres, startPostgres } from '../../../test/postgres.ts'
import { embeddedStore, postgresStore, type TestStore } from '#store/stores.fake'
import type { Store } from '#store/store'
import { readDocuments } from './documents.store.ts'
import { type Draft, position, readEntries, record, verifyJournal } from './journal.store.ts'
import { type Ledger, openLedger } from './ledger.ts'

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

const actor = 'Workload::"operator"'
const at = Date.UTC(2026, 2, 2)

const group = (id: string, name: string): Draft => ({
  event: 'identity.group.put',
  kind: 'group',
  id,
  after: { id, name, groups: [] },
})
const removed = (id: string): Draft => ({
  event: 'identity.group.removed',
  kind: 'group',
  id,
  after: null,
})

// Few ids, so that documents are changed, changed back and removed again; names as people write them.
const drafts = fc.array(
  fc
    .record({
      id: fc.constantFrom('a', 'b', 'c', 'd'),
      name: fc.option(
        fc.oneof(
          fc.constantFrom('A', 'B'),
          fc
            .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
            .filter((name) => !name.includes('\0')),
        ),
      ),
    })
    .map(({ id, name }) => (name === null ? removed(id) : group(id, name))),
  { maxLength: 6 },
)

for (const { name, skip, open } of shapes) {
  describe(`the journal in the ${name} store`, { skip }, () => {
    let opened: TestStore
    let store: Store
    let ledger: Ledger
    before(async () => {
      opened = await open()
      store = opened.store
      ledger = await openLedger(store, () => at)
    })
    after(() => opened.remove())

    test('whatever is written, the chain holds and the documents are what it says', async () => {
      const model = new Map<string, object>()
      await fc.assert(
        fc.asyncProperty(fc.array(drafts, { maxLength: 3 }), async (writes) => {
          for (const write of writes) {
            await ledger.write(actor, write)
            for (const { id, after: document } of write) {
              if (document) model.set(id, document)
              else model.delete(id)
            }
          }
          assert.equal(await verifyJournal(store.db), undefined)
          const expected = [...model]
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([, document]) => document)
          assert.deepEqual(await readDocuments(store.db, 'group'), expected)
          assert.deepEqual(
            [...ledger.estate.all('group')].sort((a, b) => (a.id < b.id ? -1 : 1)),
            expected,
          )
          assert.equal(ledger.sequence, await position(store.db))
        }),
        { numRuns: 15 },
      )
    })

    test('writers at the same time follow each other', async () => {
      const from = await position(store.db)
      const other = await openLedger(store, () => at)
      const heard: number[] = []
      const end = ledger.subscribe(({ from, to, entries }) => {
        assert.deepEqual(
          entries.map(({ sequence }) => sequence),
          Array.from({ length: to - from }, (_, index) => from + index + 1),
        )
        heard.push(from, to)
      })
      await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (index % 2 ? ledger : other).write(actor, [group(`w${index}`, `writer ${index}`)]),
        ),
      )
      await Promise.all([ledger.catchUp(), other.catchUp()])
      end()
      assert.equal(await position(store.db), from + 20)
      assert.deepEqual([ledger.sequence, other.sequence], [from + 20, from + 20])
      // Each batch begins where the one before ended: what others wrote is heard in its place.
      assert.equal(heard[0], from)
      assert.equal(heard.at(-1), from + 20)
      for (let index = 1; index + 1 < heard.length; index += 2) {
        assert.equal(heard[index], heard[index + 1])
      }
      assert.equal(await verifyJournal(store.db), undefined)
    })

    test('what another server wrote a moment ago is known to what makes a change', async () => {
      const other = await openLedger(store, () => at)
      await other.write(actor, [group('moment', 'before')])
      let known: string | undefined
      await ledger.write(actor, async () => {
        known = ledger.estate.get('group', 'moment')?.name
        return [removed('moment')]
      })
      assert.equal(known, 'before')
      assert.equal(ledger.sequence, await position(store.db))
      // Also where it then makes nothing of it.
      await other.write(actor, [group('moment', 'again'), removed('moment')])
      await assert.rejects(
        ledger.write(actor, async () => {
          throw new Error('refused')
        }),
      )
      await ledger.write(actor, [group('moment', 'after'), removed('moment')])
      assert.equal(ledger.sequence, await position(store.db))
    })

    test('what changes nothing leaves no entry', async () => {
      await ledger.write(actor, [group('same', 'Same')])
      const before = await position(store.db)
      const written = await ledger.write(actor, [group('same', 'Same'), removed('never-there')])
      assert.deepEqual(written, { sequence: before, changed: 0 })
    })

    test('an entry remembers who, what, before and after', async () => {
      const { sequence } = await ledger.write('Person::"ada"', [
        group('g', 'One'),
        group('g', 'Two'),
        removed('g'),
      ])
      const entries = await readEntries(store.db, sequence - 3, 10)
      assert.deepEqual(
        entries.map(({ actor, event, before, after }) => ({ actor, event, before, after })),
        [
          {
            actor: 'Person::"ada"',
            event: 'identity.group.put',
            before: null,
            after: { id: 'g', name: 'One', groups: [] },
          },
          {
            actor: 'Person::"ada"',
            event: 'identity.group.put',
            before: { id: 'g', name: 'One', groups: [] },
            after: { id: 'g', name: 'Two', groups: [] },
          },
          {
            actor: 'Person::"ada"',
            event: 'identity.group.removed',
            before: { id: 'g', name: 'Two', groups: [] },
            after: null,
          },
        ],
      )
    })

    test('a write that fails is nowhere, and the next one goes on', async () => {
      const before = await position(store.db)
      await assert.rejects(
        ledger.write(actor, async (tx) => {
          await record(tx, actor, [group('lost', 'Lost')], at)
          throw new Error('no')
        }),
        { message: 'no' },
      )
      assert.equal(ledger.estate.get('group', 'lost'), undefined)
      assert.deepEqual(await ledger.write(actor, [group('found', 'Found')]), {
        sequence: before + 1,
        changed: 1,
      })
    })

    test('a document that its schema refuses is a bug and is not written', async () => {
      const before = await position(store.db)
      const wrong = { ...group('x', 'X'), after: { id: 'x', name: 'X', groups: [], colour: 'red' } }
      await assert.rejects(ledger.write(actor, [wrong]), TypeError)
      await assert.rejects(ledger.write(actor, [{ ...group('x', 'X'), id: 'y' }]), TypeError)
      assert.equal(await position(store.db), before)
    })

    test('thousands of documents go in one write', async () => {
      const before = await position(store.db)
      const many = Array.from({ length: 2_500 }, (_, index) => group(`m${index}`, `Many ${index}`))
      assert.deepEqual(await ledger.write(actor, many), {
        sequence: before + 2_500,
        changed: 2_500,
      })
      assert.equal(await verifyJournal(store.db), undefined)
    })

    test('kinds of the server’s own stay here, and the estate still moves on', async () => {
      const kind = 'passkey'
      assert.ok(!new Set<string>(documentKinds).has(kind))
      const { sequence } = await ledger.write(actor, [
        { event: 'identity.passkey.registered', kind, id: 'key', after: { id: 'key' } },
      ])
      assert.equal(ledger.sequence, sequence)
    })

    describe('that someone tampered with', () => {
      // Whoever owns the database can switch the triggers off; the chain is what still tells.
      const tamper = async (statement: string) => {
        let fault: Awaited<ReturnType<typeof verifyJournal>>
        await assert.rejects(
          store.transaction(async (tx) => {
            await sql`alter table journal disable trigger user`.execute(tx)
            await sql.raw(statement).execute(tx)
            fault = await verifyJournal(tx)
            throw new Error('as you were')
          }),
          { message: 'as you were' },
        )
        return fault
      }
      const cases = [
        {
          name: 'an actor that was changed',
          statement: `update journal set actor = 'Person::"mallory"' where sequence = 5`,
          fault: { kind: 'broken', at: 5 },
        },
        {
          name: 'a value that was changed',
          statement: `update journal set after = '{"id": "m7"}' where id = 'm7'`,
          kind: 'broken',
        },
        {
          name: 'an entry that was taken out',
          statement: `alter table documents drop constraint documents_sequence_fkey; delete from journal where sequence = 5`,
          fault: { kind: 'gap', at: 6, expected: 5 },
        },
        {
          name: 'an end that was cut off',
          statement: `alter table documents drop constraint documents_sequence_fkey; delete from journal where sequence > 8`,
          kind: 'cut',
        },
        {
          name: 'a document that was changed behind the journal',
          statement: `update documents set body = body || '{"name": "other"}' where id = 'm9'`,
          kind: 'document',
        },
        {
          name: 'a document that was removed behind the journal',
          statement: `delete from documents where id = 'm9'`,
          kind: 'document',
        },
        {
          name: 'a document that was added behind the journal',
          statement: `insert into documents values ('group', 'new', '{"id": "new"}', 3)`,
          kind: 'document',
        },
      ]
      for (const { name, statement, fault, kind } of cases) {
        test(`shows ${name}`, async () => {
          const found = await tamper(statement)
          if (fault) assert.deepEqual(found, fault)
          else assert.equal(found?.kind, kind)
        })
      }
    })

    test('a ledger that is opened later knows the same', async () => {
      const again = await openLedger(store, () => at)
      assert.equal(again.sequence, ledger.sequence)
      const byId = (estate: Ledger['estate']) =>
        new Map(estate.all('group').map((it) => [it.id, it]))
      assert.deepEqual(byId(again.estate), byId(ledger.estate))
    })
  })
}
