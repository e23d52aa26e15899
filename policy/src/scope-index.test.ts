import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomCase } from '../fuzz/cases.ts'
import { toSyntax } from '../fuzz/compare.ts'
import { Random } from '../fuzz/random.ts'
import { compilePolicies, environment } from './engine.ts'
import { EntityStore } from './entities.ts'
import { DataError } from './json.ts'
import { scopeHolds } from './scope-index.ts'

test('the index finds exactly the policies that a full scan finds, in order', () => {
  let skipped = 0
  let found = 0
  for (let seed = 1; seed <= 150; seed += 1) {
    const random = new Random(seed)
    const given = randomCase(random, { policies: 40, entities: 14, queries: 20, depth: 0 })
    const compiled = compilePolicies(given.policies.flatMap(toSyntax))
    try {
      const store = EntityStore.load(given.entities)
      for (const query of given.queries) {
        const env = environment(store, query)
        const scanned = compiled.policies.flatMap(({ policy, order }) =>
          scopeHolds(policy, env) ? [order] : [],
        )
        assert.deepEqual(compiled.index.candidates(env), scanned, `seed ${seed}`)
        skipped += compiled.policies.length - scanned.length
        found += scanned.length
      }
    } catch (error) {
      if (!(error instanceof DataError)) throw error
    }
  }
  assert.ok(found > 1000 && skipped > found, `found ${found}, skipped ${skipped}`)
})

test('an action that joins a group is found under the rules of the group', () => {
  const given = randomCase(new Random(1), { policies: 1, entities: 0, queries: 1, depth: 0 })
  const policies = given.policies.map((policy) => ({
    ...policy,
    effect: 'permit' as const,
    scope: 'principal, action in Action::"all", resource',
    conditions: [],
    slots: [],
  }))
  const compiled = compilePolicies(policies.flatMap(toSyntax))
  const store = EntityStore.load([])
  const user = { type: 'User', id: 'a' }
  const read = { type: 'Action', id: 'read' }
  const query = { principal: user, action: read, resource: user, context: {} }
  const count = (): number => compiled.index.candidates(environment(store, query)).length
  assert.equal(count(), 0)
  store.upsert({ uid: read, attrs: {}, parents: [{ type: 'Action', id: 'all' }] })
  assert.equal(count(), 1)
  store.remove(read)
  assert.equal(count(), 0)
})
