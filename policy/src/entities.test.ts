import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { policiesFrom } from '../fuzz/parse.ts'
import { compilePolicies, decide } from './engine.ts'
import { EntityStore } from './entities.ts'
import type { EntityJson } from './entities.ts'
import { DataError, recordFromJson, valueFromJson, valueToJson } from './json.ts'
import { readSchema } from './schema.ts'
import { Entity, equal } from './values.ts'

function group(id: string, ...parents: string[]): EntityJson {
  return {
    uid: { type: 'Group', id },
    attrs: {},
    parents: parents.map((parent) => ({ type: 'Group', id: parent })),
  }
}

function isIn(store: EntityStore, id: string, other: string): boolean {
  return store.isIn(new Entity('Group', id), new Entity('Group', other))
}

test('what an entity is in follows every change above it', () => {
  const store = EntityStore.load([group('team', 'unit'), group('unit', 'firm'), group('firm')])
  assert.equal(isIn(store, 'team', 'firm'), true)
  store.upsert(group('unit', 'other'))
  assert.equal(isIn(store, 'team', 'firm'), false)
  assert.equal(isIn(store, 'team', 'other'), true)
  store.remove({ type: 'Group', id: 'unit' })
  assert.equal(isIn(store, 'team', 'other'), false)
  assert.equal(isIn(store, 'team', 'unit'), true)
})

test('a supposed membership leaves no trace', () => {
  const store = EntityStore.load([group('team')])
  const join = { entity: { type: 'Group', id: 'team' }, group: { type: 'Group', id: 'board' } }
  assert.equal(
    store.supposing([join], () => isIn(store, 'team', 'board')),
    true,
  )
  assert.equal(isIn(store, 'team', 'board'), false)
  assert.equal(store.find(join.group), undefined)
})

const REFUSED: readonly (readonly [string, readonly EntityJson[], string])[] = [
  ['a cycle', [group('a', 'b'), group('b', 'a')], 'cycle'],
  ['an entity that is its own parent', [group('a', 'a')], 'cycle'],
  ['one entity with two sets of facts', [group('a', 'b'), group('a')], 'duplicate'],
  ['null', [{ ...group('a'), attrs: { x: null } }], 'null'],
  ['a fraction', [{ ...group('a'), attrs: { x: [1.5] } }], 'not-an-integer'],
  [
    'an integer that JSON may have rounded',
    [{ ...group('a'), attrs: { x: 2 ** 53 } }],
    'out-of-range',
  ],
  ['an integer of more than 64 bits', [{ ...group('a'), attrs: { x: 2n ** 63n } }], 'out-of-range'],
  [
    'an address that is none',
    [{ ...group('a'), attrs: { x: { __extn: { fn: 'ip', arg: '1.2.3' } } } }],
    'bad-extension',
  ],
  ['a type that is no name', [{ ...group('a'), uid: { type: 'a b', id: 'x' } }], 'bad-entity'],
]

for (const [what, entities, code] of REFUSED) {
  test(`a store refuses ${what}`, () => {
    assert.throws(
      () => EntityStore.load(entities),
      (error) => error instanceof DataError && error.code === code,
    )
  })
}

test('a refused change changes nothing', () => {
  const store = EntityStore.load([group('a', 'b'), group('b')])
  assert.throws(() => store.upsert(group('b', 'a')), DataError)
  assert.deepEqual(store.get({ type: 'Group', id: 'b' }), group('b'))
  assert.equal(store.size, 2)
})

test('two groups change places in one step, in either order', () => {
  for (const order of [
    [group('b'), group('a', 'b')],
    [group('a', 'b'), group('b')],
  ]) {
    const store = EntityStore.load([group('a'), group('b', 'a')])
    store.apply(order.map((entity) => ({ op: 'upsert', entity })))
    assert.equal(isIn(store, 'a', 'b'), true)
    assert.equal(isIn(store, 'b', 'a'), false)
  }
})

test('a new whole set takes the place of the old one, or nothing changes', () => {
  const store = EntityStore.load([group('team', 'unit'), group('unit', 'firm'), group('firm')])
  const literal = new Entity('Group', 'firm')
  const unit = store.own(new Entity('Group', 'unit'))
  assert.equal(store.isIn(new Entity('Group', 'team'), literal), true)
  assert.throws(() => store.replaceAll([group('team', 'x'), group('x', 'team')]), DataError)
  assert.equal(store.isIn(new Entity('Group', 'team'), literal), true)
  store.replaceAll([group('team', 'board'), group('board')])
  assert.equal(store.size, 2)
  assert.equal(store.isIn(new Entity('Group', 'team'), literal), false)
  assert.equal(isIn(store, 'team', 'board'), true)
  assert.equal(store.get({ type: 'Group', id: 'unit' }), undefined)
  assert.equal(store.own(unit).present, false)
  store.upsert(group('board', 'firm'))
  assert.equal(store.isIn(new Entity('Group', 'team'), literal), true)
})

test('an action group that comes with a new whole set counts at the next question', () => {
  const action = { type: 'Action', id: 'write' }
  const grouped = (...parents: string[]): EntityJson => ({
    uid: action,
    attrs: {},
    parents: parents.map((id) => ({ type: 'Action', id })),
  })
  const policies = compilePolicies(
    policiesFrom({ p: 'permit (principal, action in Action::"writes", resource);' }),
  )
  const store = EntityStore.load([grouped()])
  const uid = { type: 'Group', id: 'a' }
  const effect = (): string =>
    decide(policies, store, { principal: uid, action, resource: uid, context: {} }).effective.effect
  assert.equal(effect(), 'deny')
  store.replaceAll([grouped('writes')])
  assert.equal(effect(), 'allow')
  store.replaceAll([])
  assert.equal(effect(), 'deny')
})

test('data may repeat of an action also the groups that follow from its groups', () => {
  const [all, reads, read] = ['all', 'reads', 'read'].map((id) => ({ type: 'Action', id }))
  assert.ok(all && reads && read)
  const actions = {
    all: {},
    reads: { memberOf: [{ id: 'all' }] },
    read: { memberOf: [{ id: 'reads' }] },
  }
  const schema = readSchema({ '': { entityTypes: {}, actions } })
  for (const parents of [[reads], [all, reads]]) {
    const store = EntityStore.load([{ uid: read, attrs: {}, parents }], schema)
    assert.deepEqual(store.get(read)?.parents, [reads])
  }
  for (const parents of [[], [all], [read]]) {
    assert.throws(() => EntityStore.load([{ uid: read, attrs: {}, parents }], schema), DataError)
  }
})

test('an action that a schema declares cannot be taken away by data', () => {
  const action = { type: 'Action', id: 'read' }
  const schema = readSchema({ '': { entityTypes: {}, actions: { read: {} } } })
  const store = EntityStore.load([], schema)
  assert.throws(() => store.remove(action), DataError)
  assert.throws(() => store.apply([{ op: 'remove', uid: action }]), DataError)
  store.replaceAll([])
  assert.equal(store.has(action), true)
})

test('an identical second copy of an entity is no contradiction', () => {
  assert.equal(EntityStore.load([group('a', 'b'), group('a', 'b')]).size, 1)
})

test('law: after any changes a store answers as one that was loaded afresh', () => {
  const ids = fc.constantFrom('a', 'b', 'c', 'd', 'e')
  const change = fc.record({
    id: ids,
    parents: fc.uniqueArray(ids, { maxLength: 3 }),
    removes: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      const store = EntityStore.load([])
      const kept = new Map<string, EntityJson>()
      for (const { id, parents, removes } of changes) {
        if (removes) {
          store.remove({ type: 'Group', id })
          kept.delete(id)
          continue
        }
        try {
          store.upsert(group(id, ...parents))
          kept.set(id, group(id, ...parents))
        } catch (error) {
          assert.ok(error instanceof DataError)
        }
        isIn(store, id, 'a')
      }
      const fresh = EntityStore.load(kept.values())
      for (const id of 'abcde') {
        for (const other of 'abcde') {
          assert.equal(isIn(store, id, other), isIn(fresh, id, other), `${id} in ${other}`)
        }
      }
      assert.equal(store.size, fresh.size)
    }),
  )
})

test('law: a value survives the way to JSON and back', () => {
  const json = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.boolean(),
      fc.maxSafeInteger(),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom(
        { __entity: { type: 'User', id: '__proto__' } },
        { __extn: { fn: 'ip', arg: '2001:db8::/32' } },
        { __extn: { fn: 'decimal', arg: '-0.0500' } },
        { __extn: { fn: 'datetime', arg: '1969-12-31T23:59:59.999Z' } },
        { __extn: { fn: 'duration', arg: '-9223372036854775808ms' } },
      ),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.constantFrom('a', '__proto__', 'é', ''), tie('value'), {
        noNullPrototype: true,
      }),
    ),
  })).value
  fc.assert(
    fc.property(json, (given) => {
      const value = valueFromJson(given)
      assert.ok(equal(valueFromJson(valueToJson(value)), value))
    }),
  )
})

test('a context with an escape inside is read, one with null inside is not', () => {
  const context = recordFromJson({ net: { ip: { __extn: { fn: 'ip', arg: '10.0.0.1' } } } })
  assert.deepEqual(context.names(), ['net'])
  assert.throws(() => recordFromJson({ net: { ip: null } }), /net\.ip/)
})
