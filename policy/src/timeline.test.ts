import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { policiesFrom } from '../fuzz/parse.ts'
import { compilePolicies, decide } from './engine.ts'
import { EntityStore } from './entities.ts'
import type { EntityChange, EntityJson } from './entities.ts'
import { DataError, uidFromJson } from './json.ts'
import { EntityTimeline, TimelineError } from './timeline.ts'

const IDS = ['a', 'b', 'c', 'd', 'e']

const POLICIES = compilePolicies(
  policiesFrom({
    member: 'permit (principal in Group::"a", action, resource);',
    level: 'permit (principal, action, resource) when { principal.level > 2 };',
    boss: 'forbid (principal, action, resource) when { principal.boss in Group::"b" };',
    grouped: 'forbid (principal, action in Action::"writes", resource in Group::"c");',
    tagged: 'forbid (principal, action, resource) when { resource.getTag("t") == "x" };',
  }),
)

function group(id: string, parents: readonly string[], more: Partial<EntityJson> = {}): EntityJson {
  return {
    uid: { type: 'Group', id },
    attrs: {},
    parents: parents.map((parent) => ({ type: 'Group', id: parent })),
    ...more,
  }
}

/** Everything that can be asked of a small store, as text. */
function answers(store: EntityStore): string {
  const asked = IDS.flatMap((id) => {
    const principal = { type: 'Group', id }
    const entity = store.find(principal)
    const above = entity === undefined ? [] : [...store.ancestors(entity)].map((each) => each.id)
    return IDS.map((other) => {
      const resource = { type: 'Group', id: other }
      const action = { type: 'Action', id: 'write' }
      const decision = decide(POLICIES, store, { principal, action, resource, context: {} })
      return { id, other, above: above.sort(), decision }
    })
  })
  return JSON.stringify([store.size, asked])
}

const ids = fc.constantFrom(...IDS)
const upsert = fc
  .record({
    id: ids,
    parents: fc.uniqueArray(ids, { maxLength: 3 }),
    level: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
    boss: fc.option(ids, { nil: undefined }),
    tagged: fc.boolean(),
  })
  .map(({ id, parents, level, boss, tagged }): EntityChange => {
    const attrs = {
      ...(level === undefined ? {} : { level }),
      ...(boss === undefined ? {} : { boss: { __entity: { type: 'Group', id: boss } } }),
    }
    const tags = { t: 'x' }
    return { op: 'upsert', entity: group(id, parents, { attrs, ...(tagged ? { tags } : {}) }) }
  })
const removal = ids.map((id): EntityChange => ({ op: 'remove', uid: { type: 'Group', id } }))
const regrouping = fc.boolean().map((writes): EntityChange => {
  const parents = writes ? [{ type: 'Action', id: 'writes' }] : []
  return { op: 'upsert', entity: { uid: { type: 'Action', id: 'write' }, attrs: {}, parents } }
})
const broken = fc.constant<EntityChange>({
  op: 'upsert',
  entity: group('a', ['b'], { attrs: { x: null } }),
})
const change = fc.oneof(
  { arbitrary: upsert, weight: 6 },
  { arbitrary: removal, weight: 2 },
  { arbitrary: regrouping, weight: 1 },
)

/** The documents after some changes, without a store. */
function after(
  documents: ReadonlyMap<string, EntityJson>,
  changes: readonly EntityChange[],
): ReadonlyMap<string, EntityJson> {
  const result = new Map(documents)
  for (const each of changes) {
    const { type, id } = each.op === 'remove' ? each.uid : uidFromJson(each.entity.uid, '')
    if (each.op === 'remove') result.delete(`${type} ${id}`)
    else result.set(`${type} ${id}`, each.entity)
  }
  return result
}

/** A freshly loaded store, or undefined where the documents are not legal together. */
function fresh(documents: Iterable<EntityJson>): EntityStore | undefined {
  try {
    return EntityStore.load(documents)
  } catch (error) {
    assert.ok(error instanceof DataError)
    return undefined
  }
}

test('law: several changes are made together or not at all', () => {
  const batches = fc.array(
    fc.array(fc.oneof({ arbitrary: change, weight: 20 }, { arbitrary: broken, weight: 1 }), {
      maxLength: 6,
    }),
    { maxLength: 12 },
  )
  let refusals = 0
  fc.assert(
    fc.property(batches, (given) => {
      const store = EntityStore.load([])
      let documents: ReadonlyMap<string, EntityJson> = new Map<string, EntityJson>()
      for (const changes of given) {
        const wanted = after(documents, changes)
        const isLegal =
          !changes.some(
            ({ op, ...rest }) => op === 'upsert' && JSON.stringify(rest).includes('null'),
          ) && fresh(wanted.values()) !== undefined
        if (isLegal) {
          store.apply(changes)
          documents = wanted
        } else {
          refusals += 1
          assert.throws(() => store.apply(changes), DataError)
        }
        const expected = fresh(documents.values())
        assert.ok(expected)
        assert.equal(answers(store), answers(expected))
        for (const id of IDS) {
          const uid = { type: 'Group', id }
          assert.deepEqual(store.get(uid), expected.get(uid))
          assert.equal(store.find(uid) === undefined, expected.find(uid) === undefined, id)
        }
      }
    }),
  )
  assert.ok(refusals > 20, `only ${refusals} refusals`)
})

test('law: at every moment a timeline answers as a store that was loaded with what stood then', () => {
  const history = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 3 }), fc.array(change, { maxLength: 3 })),
    {
      maxLength: 15,
    },
  )
  fc.assert(
    fc.property(history, fc.array(fc.nat({ max: 50 }), { maxLength: 20 }), (steps, questions) => {
      const timeline = new EntityTimeline(10, [])
      const moments = [
        {
          sequence: 10,
          documents: new Map<string, EntityJson>() as ReadonlyMap<string, EntityJson>,
        },
      ]
      let sequence = 10
      for (const [index, [gap, changes]] of steps.entries()) {
        const last = moments.at(-1)
        assert.ok(last)
        const documents = after(last.documents, changes)
        if (fresh(documents.values()) === undefined) {
          assert.throws(() => timeline.record(sequence + gap, changes), DataError)
          continue
        }
        sequence += gap
        timeline.record(sequence, changes)
        moments.push({ sequence, documents })
        // Looking back between two records disturbs neither.
        if (index % 4 === 3) timeline.at(10)
      }
      for (const question of questions) {
        const at = 10 + (question % (sequence - 9))
        const moment = moments.findLast((each) => each.sequence <= at)
        const expected = fresh(moment?.documents.values() ?? [])
        assert.ok(expected)
        assert.equal(answers(timeline.at(at)), answers(expected), `at ${at}`)
      }
    }),
  )
})

test('a moment before the first or after the last is refused, not guessed', () => {
  const timeline = new EntityTimeline(5, [group('a', [])])
  timeline.record(8, [{ op: 'remove', uid: { type: 'Group', id: 'a' } }])
  for (const [sequence, code] of [
    [4, 'forgotten'],
    [9, 'not-recorded'],
    [NaN, 'not-recorded'],
  ] as const) {
    assert.throws(
      () => timeline.at(sequence),
      (error) => error instanceof TimelineError && error.code === code,
    )
  }
  assert.equal(timeline.at(7).size, 1)
  assert.equal(timeline.at(8).size, 0)
})

test('what is forgotten stays forgotten, and the rest is answered as before', () => {
  const timeline = new EntityTimeline(0, [])
  for (const [index, id] of IDS.entries()) {
    timeline.record(10 * (index + 1), [{ op: 'upsert', entity: group(id, []) }])
  }
  timeline.at(0)
  timeline.forget(25)
  assert.deepEqual(timeline.range, { start: 25, end: 50 })
  assert.throws(() => timeline.at(24), TimelineError)
  assert.equal(timeline.at(29).size, 2)
  assert.equal(timeline.at(50).size, 5)
  timeline.forget(999)
  assert.deepEqual(timeline.range, { start: 50, end: 50 })
  assert.equal(timeline.at(50).size, 5)
})

test('a timeline that is full forgets the oldest', () => {
  const timeline = new EntityTimeline(0, [], { changesMax: 10 })
  for (let sequence = 1; sequence <= 100; sequence += 1) {
    timeline.record(sequence, [
      { op: 'upsert', entity: group('a', [], { attrs: { n: sequence } }) },
    ])
  }
  const { start, end } = timeline.range
  assert.equal(end, 100)
  assert.ok(start >= 89 && start < 100, String(start))
  for (let sequence = start; sequence <= end; sequence += 1) {
    assert.deepEqual(timeline.at(sequence).get({ type: 'Group', id: 'a' })?.attrs, { n: sequence })
  }
})

test('what happened is recorded in order', () => {
  const timeline = new EntityTimeline(5, [])
  assert.throws(() => timeline.record(5, []), RangeError)
  timeline.record(6, [])
  assert.equal(timeline.at(6).size, 0)
})
