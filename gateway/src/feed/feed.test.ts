import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { changesType, snapshotType } from '@countersign/contract/feed'
import { FakeControlPlane } from '#control-plane.fake'
import { person } from '#world.fake'
import { FeedCopy } from './feed-copy.file.ts'
import { LiveEstate } from './live-estate.ts'
import { restore } from './restore.ts'
import { FeedFault, feedVerifier } from './verify.ts'

const now = 1_800_000_000_000
const ada = person('ada', 'Ada', [])

describe('a message of the feed', () => {
  it('is believed when the pinned key signed it as what it is taken for', async () => {
    const plane = new FakeControlPlane()
    const verifier = await feedVerifier(plane.feedKey)
    assert.equal((await verifier.snapshot(await plane.snapshot(now))).at, now)
  })

  const snapshot = { sequence: 1, at: now, documents: [] }
  const lies: readonly (readonly [
    claim: string,
    make: (plane: FakeControlPlane) => Promise<string>,
    kind: FeedFault['kind'],
  ])[] = [
    [
      'signed by another key',
      (plane) => plane.sign(snapshotType, snapshot, generateKeyPairSync('ed25519').privateKey),
      'signature',
    ],
    ['signed as changes', (plane) => plane.sign(changesType, snapshot), 'signature'],
    ['signed as a token', (plane) => plane.sign('JWT', snapshot), 'signature'],
    [
      'changed after it was signed',
      async (plane) => {
        const [head, , signature] = (await plane.sign(snapshotType, snapshot)).split('.')
        const payload = Buffer.from(JSON.stringify({ ...snapshot, sequence: 2 }))
        return `${head}.${payload.toString('base64url')}.${signature}`
      },
      'signature',
    ],
    [
      'not signed at all',
      async () => {
        const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
        return `${part({ alg: 'none', typ: snapshotType })}.${part(snapshot)}.`
      },
      'signature',
    ],
    ['of an unknown shape', (plane) => plane.sign(snapshotType, { sequence: -1 }), 'shape'],
    ['nonsense', async () => 'nonsense', 'signature'],
  ]
  for (const [claim, make, kind] of lies) {
    it(`is not believed when it is ${claim}`, async () => {
      const plane = new FakeControlPlane()
      const verifier = await feedVerifier(plane.feedKey)
      await assert.rejects(verifier.snapshot(await make(plane)), (error) => {
        assert.ok(error instanceof FeedFault)
        assert.equal(error.kind, kind)
        return true
      })
    })
  }
})

const afterOneSecond = [1_000, 1_000, 1_000, 1_000] as const

describe('facts from disk', () => {
  it('are what was known, as fresh as it was', async (t) => {
    const { plane, copy, verifier } = await stored(t)
    const facts = new LiveEstate(afterOneSecond)
    const restored = await restore(copy.read(), verifier, facts, now + 500)
    assert.equal(restored.fault, undefined)
    assert.equal(facts.sequence, plane.sequence)
    assert.ok(facts.current?.get('person', 'bob'))
    assert.equal(facts.isStaleForAll(now + 1_000), false)
    assert.equal(facts.isStaleForAll(now + 1_001), true)
  })

  it('end before the first change that is not believed', async (t) => {
    const { copy, verifier, directory } = await stored(t)
    const path = join(directory, 'changes.jws')
    const [first, ...others] = readFileSync(path, 'utf8').split('\n')
    writeFileSync(path, [first, 'forged', ...others].join('\n'))
    const facts = new LiveEstate(afterOneSecond)
    const { kept, fault } = await restore(copy.read(), verifier, facts, now)
    assert.equal(facts.sequence, 2)
    assert.deepEqual(kept, [first])
    assert.ok(fault)
  })

  it('leave out a last change that was torn', async (t) => {
    const { copy, verifier, directory } = await stored(t)
    const path = join(directory, 'changes.jws')
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, text.slice(0, -10))
    const facts = new LiveEstate(afterOneSecond)
    assert.equal((await restore(copy.read(), verifier, facts, now)).fault, undefined)
    assert.equal(facts.sequence, 2)
  })

  it('skip changes that the snapshot already contains', async (t) => {
    const { plane, copy, verifier } = await stored(t)
    const before = copy.read().changes
    copy.replaceSnapshot(await plane.snapshot(now))
    copy.keepChanges(before)
    const facts = new LiveEstate(afterOneSecond)
    const { kept, fault } = await restore(copy.read(), verifier, facts, now)
    assert.equal(fault, undefined)
    assert.deepEqual(kept, before)
    assert.equal(facts.sequence, plane.sequence)
  })

  it('are none where the snapshot is signed by another control plane', async (t) => {
    const { copy } = await stored(t)
    const stranger = await feedVerifier(new FakeControlPlane().feedKey)
    const facts = new LiveEstate(afterOneSecond)
    const { fault } = await restore(copy.read(), stranger, facts, now)
    assert.ok(fault instanceof FeedFault)
    assert.equal(facts.current, undefined)
  })
})

describe('the age of facts', () => {
  it('counts by the tier of what is asked about, and is too much for all at the longest', () => {
    const facts = new LiveEstate([100, 200, 300, 400])
    facts.confirm(now, now)
    const stale = (at: number) => ([0, 1, 2, 3] as const).map((tier) => facts.isStale(at, tier))
    assert.deepEqual(stale(now + 100), [false, false, false, false])
    assert.deepEqual(stale(now + 201), [true, true, false, false])
    assert.equal(facts.isStaleForAll(now + 400), false)
    assert.equal(facts.isStaleForAll(now + 401), true)
  })

  it('is counted from what the control plane signed, never from the future', () => {
    const facts = new LiveEstate(afterOneSecond)
    facts.confirm(now + 60_000, now)
    assert.equal(facts.isStaleForAll(now + 1_001), true)
    facts.confirm(now - 60_000, now + 1_001)
    assert.equal(facts.ageMs(now + 1_001), 1_001)
  })

  it('goes on where the clock is set back, and is right again with the next word', () => {
    const facts = new LiveEstate(afterOneSecond)
    facts.confirm(now, now)
    assert.equal(facts.ageMs(now + 600), 600)
    assert.equal(facts.ageMs(now - 3_600_000), 600)
    assert.equal(facts.isStaleForAll(now - 3_600_000 + 401), true)
    facts.confirm(now, now - 3_599_000)
    assert.equal(facts.ageMs(now - 3_599_000), 0)
    // Two looks in the wrong order are no clock that was set back.
    assert.equal(facts.ageMs(now - 3_598_500), 500)
    assert.equal(facts.ageMs(now - 3_598_700), 300)
  })
})

/** A snapshot with Ada, then a change with Bob and one with Carl, all on disk. */
async function stored(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-feed-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const plane = new FakeControlPlane()
  await plane.put(ada)
  const copy = new FeedCopy(directory)
  copy.replaceSnapshot(await plane.snapshot(now))
  for (const [index, id] of ['bob', 'carl'].entries()) {
    await plane.put(person(id, id, []))
    const change = { op: 'put', item: person(id, id, []) }
    const line = { from: index + 1, to: index + 2, at: now, changes: [change] }
    copy.append(await plane.sign(changesType, line))
  }
  return { plane, copy, directory, verifier: await feedVerifier(plane.feedKey) }
}
