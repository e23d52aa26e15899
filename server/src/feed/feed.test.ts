import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { chmod, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { compactVerify, importJWK } from 'jose'
import { networksApi } from '@countersign/contract/api/networks'
import { Estate } from '@countersign/contract/estate'
import {
  type Changes,
  changes,
  snapshot,
  snapshotType,
  changesType,
} from '@countersign/contract/feed'
import { silence } from '#log'
import { type Draft, readEntries } from '#journal/journal.store'
import { openLedger, type Ledger } from '#journal/ledger'
import { StoreFault } from '#store/fault'
import { ServerFake } from '#server.fake'
import { embeddedStore, newDirectory, type TestStore } from '#store/stores.fake'
import { Feed, snapshotDocuments, split } from './feed.ts'
import { feedKey, type SigningKey } from './keys.store.ts'
import { masterKey, masterKeyName } from './master-key.file.ts'
import { feedSigner } from './sign.ts'

const actor = 'Workload::"operator"'
const now = () => Date.UTC(2026, 2, 2)

let opened: TestStore
let key: SigningKey
let ledger: Ledger
before(async () => {
  opened = await embeddedStore()
  const directory = await newDirectory()
  key = await feedKey(opened.store.db, await masterKey(directory, randomBytes), now())
  await rm(directory, { recursive: true })
  ledger = await openLedger(opened.store, now)
})
after(() => opened.remove())

const newFeed = () =>
  new Feed({
    ledger,
    signer: feedSigner(key),
    readEntries: (after, limit) => readEntries(opened.store.db, after, limit),
    now,
    log: silence,
  })

async function payload(jws: string, type: string): Promise<unknown> {
  const { payload, protectedHeader } = await compactVerify(
    jws,
    await importJWK(key.publicKey, 'EdDSA'),
  )
  assert.deepEqual(protectedHeader, { alg: 'EdDSA', typ: type })
  return JSON.parse(new TextDecoder().decode(payload))
}

/** Everything a follower hears from `after` until it stands at the journal's end. */
async function hear(feed: Feed, after: number): Promise<Changes[]> {
  const stop = new AbortController()
  const heard: Changes[] = []
  for await (const { jws } of feed.follow(after, stop.signal)) {
    heard.push(changes.parse(await payload(jws, changesType)))
    if (heard.at(-1)?.to === ledger.sequence) stop.abort()
  }
  return heard
}

const everything = (estate: Estate) =>
  new Map(snapshotDocuments(estate).map((item) => [`${item.kind}/${item.document.id}`, item]))

const write = fc.array(
  fc.oneof(
    fc
      .record({ id: fc.constantFrom('a', 'b', 'c'), name: fc.constantFrom('A', 'B', null) })
      .map(({ id, name }): Draft => ({
        event: name === null ? 'identity.group.removed' : 'identity.group.put',
        kind: 'group',
        id,
        after: name === null ? null : { id, name, groups: [] },
      })),
    // What stays with the server moves the position and nothing else.
    fc.constantFrom('p', 'q').chain((id) =>
      fc.nat(3).map((uses): Draft => ({
        event: 'identity.passkey.used',
        kind: 'passkey',
        id,
        after: { id, uses },
      })),
    ),
  ),
  { minLength: 1, maxLength: 4 },
)

test('wherever a follower begins, catching up and following live lead to the same estate', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(write, { maxLength: 3 }),
      fc.array(write, { maxLength: 3 }),
      async (missed, live) => {
        const feed = newFeed()
        const begin = {
          sequence: ledger.sequence,
          at: now(),
          documents: snapshotDocuments(ledger.estate),
        }
        for (const drafts of missed) await ledger.write(actor, drafts)
        const following = hear(feed, begin.sequence)
        for (const drafts of live) await ledger.write(actor, drafts)
        // A last change that every follower hears, so that each knows when to stop.
        const mark = { id: 'mark', name: String(ledger.sequence), groups: [] }
        const heard = [...(await following)]
        await ledger.write(actor, [
          { event: 'identity.group.put', kind: 'group', id: 'mark', after: mark },
        ])
        heard.push(...(await hear(feed, heard.at(-1)?.to ?? begin.sequence)))

        const estate = Estate.from(begin)
        for (const batch of heard)
          assert.ok(estate.apply(batch), 'each batch begins where the last ended')
        assert.equal(estate.sequence, ledger.sequence)
        assert.deepEqual(everything(estate), everything(ledger.estate))
        const fresh = snapshot.parse(await payload(await feed.snapshot(), snapshotType))
        assert.deepEqual(everything(Estate.from(fresh)), everything(ledger.estate))
        feed.close()
      },
    ),
    { numRuns: 20 },
  )
})

test('followers who begin while changes arrive miss nothing and hear nothing twice', async () => {
  const feed = newFeed()
  const from = ledger.sequence
  const followers: Promise<Changes[]>[] = []
  const writes: Promise<unknown>[] = []
  for (let index = 0; index < 12; index++) {
    writes.push(
      ledger.write(actor, [
        {
          event: 'identity.group.put',
          kind: 'group',
          id: 'busy',
          after: { id: 'busy', name: `Busy ${index}`, groups: [] },
        },
      ]),
    )
    if (index % 3 === 0) {
      followers.push(
        (async () => {
          const heard: Changes[] = []
          const stop = new AbortController()
          for await (const { jws } of feed.follow(from, stop.signal)) {
            heard.push(changes.parse(await payload(jws, changesType)))
            if (heard.at(-1)?.to === from + 12) stop.abort()
          }
          return heard
        })(),
      )
      await writes[index]
    }
  }
  await Promise.all(writes)
  for (const heard of await Promise.all(followers)) {
    let position = from
    for (const batch of heard) {
      assert.equal(batch.from, position)
      position = batch.to
    }
    assert.equal(position, from + 12)
    assert.equal(heard.flatMap((batch) => batch.changes).length, 12)
  }
  feed.close()
})

test('silence is said, and only where there is silence', async () => {
  const feed = newFeed()
  const stop = new AbortController()
  const lines = feed.follow(ledger.sequence, stop.signal)
  const next = async () => {
    const { value } = await lines.next()
    return value ? changes.parse(await payload(value.jws, changesType)) : undefined
  }
  const here = { from: ledger.sequence, to: ledger.sequence, at: now(), changes: [] }
  assert.deepEqual(await next(), here)
  feed.beat()
  assert.deepEqual(await next(), here)
  stop.abort()
  assert.equal(await next(), undefined)
  assert.equal(feed.followers, 0)
  feed.close()
})

test('a follower who reads nothing is let go, and costs the others nothing', async () => {
  const feed = newFeed()
  const stop = new AbortController()
  const slow = feed.follow(ledger.sequence, stop.signal)
  await slow.next()
  // Each change is about 4 MiB signed; the bound is 64 MiB.
  const from = ledger.sequence
  for (let index = 0; index < 24; index++) {
    await ledger.write(actor, [
      {
        event: 'policies.release.made',
        kind: 'release',
        id: `rel_${index}`,
        after: {
          id: `rel_${index}`,
          number: index + 1,
          createdAt: 0,
          author: actor,
          digest: '0'.repeat(64),
          policies: Array.from({ length: 12 }, (_, n) => ({
            id: `p${n}`,
            text: 'x'.repeat(250_000),
            annotations: {},
            est: {
              effect: 'permit',
              principal: { op: 'All' },
              action: { op: 'All' },
              resource: { op: 'All' },
              conditions: [],
            },
            span: { line: 1, column: 1, offset: 0, length: 1 },
            stage: { kind: 'enforce' },
          })),
        },
      },
    ])
  }
  // The whole is signed by now: a new follower gets all of it.
  const heard = await hear(feed, from)
  assert.equal(heard.at(-1)?.to, from + 24)
  const rest: number[] = []
  for await (const line of slow) rest.push(line.to)
  assert.ok(rest.length < 24, `it was let go with ${rest.length} lines`)
  assert.equal(feed.followers, 0)
  // Of the releases a snapshot has the newest only.
  const { documents } = snapshot.parse(await payload(await feed.snapshot(), snapshotType))
  assert.deepEqual(
    documents.filter(({ kind }) => kind === 'release').map(({ document }) => document.id),
    ['rel_23'],
  )
  feed.close()
})

test('a batch is split where a line would grow too long, without a gap', () => {
  const entry = (sequence: number, size: number) => ({
    sequence,
    at: 0,
    actor,
    event: 'identity.group.put',
    kind: 'group',
    id: 'g',
    before: null,
    after: { id: 'g', name: 'x'.repeat(size) },
  })
  const entries = [entry(8, 3_000_000), entry(9, 3_000_000), entry(10, 10), entry(11, 6_000_000)]
  const parts = split({ from: 7, to: 11, entries })
  assert.deepEqual(
    parts.map(({ from, to }) => [from, to]),
    [
      [7, 8],
      [8, 10],
      [10, 11],
    ],
  )
  assert.deepEqual(
    parts.flatMap((part) => part.entries),
    entries,
  )
  assert.deepEqual(split({ from: 3, to: 3, entries: [] }), [{ from: 3, to: 3, entries: [] }])
})

describe('over HTTP', () => {
  let server: ServerFake
  before(async () => {
    server = await ServerFake.start()
  })
  after(() => server.remove())

  test('a position ahead of the journal is request.conflict', async () => {
    const gateway = await server.enrol()
    const answer = await gateway.ask(
      `${networksApi.changes.path}?after=${server.ledger.sequence + 1}`,
    )
    assert.equal(answer.status, 409)
    assert.equal(answer.json['code'], 'request.conflict')
  })

  test('a stream ends when the server stops, and the gateway goes on where it was', async () => {
    const gateway = await server.enrol()
    const from = server.ledger.sequence
    const follow = () => gateway.follow(`${networksApi.changes.path}?after=${from}`)
    const stream = follow()
    await stream.next()
    await server.restart()
    assert.deepEqual(await stream.next(), { value: undefined, done: true })
    assert.equal((await follow().next()).done, false)
  })

  test('the server knows how far each gateway is', async () => {
    const gateway = await server.enrol('far')
    const seen = async () =>
      (await server.client.call(networksApi.gateways, {})).gateways.find(
        ({ id }) => id === gateway.id,
      )
    assert.equal((await seen())?.seenAt, undefined)
    const stream = gateway.follow(`${networksApi.changes.path}?after=${server.ledger.sequence}`)
    await stream.next()
    assert.equal((await seen())?.sequence, server.ledger.sequence)
    await stream.return(undefined)
  })

  test('the key that signs stays the same from start to start, and opens only with its master key', async () => {
    const before = (await server.enrol()).feedKey
    const sealed = await server.store.db.selectFrom('keys').selectAll().execute()
    await server.restart()
    assert.deepEqual((await server.enrol()).feedKey, before)
    // RFC 7516 §3.1: five parts, the second of which is empty where the key is used directly.
    assert.match(sealed[0]?.sealed ?? '', /^[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/)

    const path = join(server.dataDir, masterKeyName)
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    const right = await readFile(path)
    const refusal = async () => {
      const error: unknown = await masterKey(server.dataDir, false)
        .then((master) => feedKey(server.store.db, master, 0))
        .then(
          () => undefined,
          (reason: unknown) => reason,
        )
      assert.ok(error instanceof StoreFault, String(error))
      return error.message
    }
    await writeFile(path, randomBytes(32).toString('base64url'))
    assert.match(await refusal(), /does not open the keys of this store: restore the `master.key`/)
    await writeFile(path, 'short')
    assert.match(await refusal(), /is not a master key: restore it/)
    await writeFile(path, right)
    await chmod(path, 0o644)
    assert.match(await refusal(), /can be read by others: run `chmod 600/)
    await rm(path)
    assert.match(await refusal(), /is missing: restore it from your backup/)
    await writeFile(path, right, { mode: 0o600 })
    assert.deepEqual(
      (await feedKey(server.store.db, await masterKey(server.dataDir, false), 0)).publicKey,
      before,
    )
  })
})
