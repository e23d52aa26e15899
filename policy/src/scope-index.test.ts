import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomCase } from '../fuzz/cases.ts'
import { toSyntax } from '../fuzz/compare.ts'
import type { Case } from '../fuzz/compare.ts'
import { policiesFrom } from '../fuzz/parse.ts'
import { Random } from '../fuzz/random.ts'
import { compilePolicies, decideIn, environment } from './engine.ts'
import type { CompiledPolicies } from './engine.ts'
import type { Env } from './compile.ts'
import { EntityStore } from './entities.ts'
import { explain } from './explain.ts'
import { DataError } from './json.ts'
import { scopeHolds } from './scope-index.ts'
import type { EstPolicy } from './syntax.ts'
import { Failure } from './values.ts'

const SIZE = { policies: 40, entities: 14, queries: 20, depth: 1 }

/** Applies what the data allows; random data holds a cycle or a null now and then. */
function orRefused(act: () => void): void {
  try {
    act()
  } catch (error) {
    if (!(error instanceof DataError)) throw error
  }
}

/** What a look at every policy finds: those whose scope is true, and what their conditions say. */
function fullScan({ policies }: CompiledPolicies, env: Env) {
  const fitting = policies.filter(({ policy }) => scopeHolds(policy, env))
  const results = fitting.map(({ policy, condition }) => ({
    id: policy.id,
    effect: policy.effect,
    result: condition === undefined ? true : condition(env),
  }))
  const satisfied = (effect: string) =>
    results.filter((each) => each.effect === effect && each.result === true).map(({ id }) => id)
  const [permits, forbids] = [satisfied('permit'), satisfied('forbid')]
  return {
    orders: fitting.map(({ order }) => order),
    effect: forbids.length === 0 && permits.length > 0 ? 'allow' : 'deny',
    determining: forbids.length > 0 ? forbids : permits,
    errors: results.flatMap(({ id, result }) => (result instanceof Failure ? [id] : [])),
  }
}

/** How many policies the index found; fails when a full scan finds others. */
function compare(compiled: CompiledPolicies, store: EntityStore, given: Case): number {
  let found = 0
  for (const query of given.queries) {
    orRefused(() => {
      const env = environment(store, query)
      const { orders, ...scanned } = fullScan(compiled, env)
      assert.deepEqual(compiled.index.candidates(env), orders)
      const { effect, determining, errors } = decideIn(compiled, env).effective
      const answer = { effect, determining, errors: errors.map(({ policy }) => policy) }
      assert.deepEqual(answer, scanned)
      found += orders.length
    })
  }
  return found
}

test('the index finds exactly the policies that a full scan finds, in order', () => {
  let found = 0
  for (let seed = 1; seed <= 150; seed += 1) {
    const given = randomCase(new Random(seed), SIZE)
    const compiled = compilePolicies(given.policies.flatMap(toSyntax))
    orRefused(() => {
      found += compare(compiled, EntityStore.load(given.entities), given)
    })
  }
  assert.ok(found > 1000, `only ${found} found`)
})

test('law: between any changes to entities, actions and memberships the index stays right', () => {
  let found = 0
  for (let seed = 1; seed <= 60; seed += 1) {
    const random = new Random(seed)
    const given = randomCase(random, SIZE)
    const compiled = compilePolicies(given.policies.flatMap(toSyntax))
    const store = EntityStore.load([])
    const uids = given.queries.flatMap(({ principal, action, resource }) => [
      principal,
      action,
      resource,
    ])
    for (let change = 0; change < 12; change += 1) {
      for (const entity of randomCase(random, { ...SIZE, policies: 1 }).entities) {
        orRefused(() => store.upsert(entity))
      }
      found += compare(compiled, store, given)
      store.remove(random.pick(uids))
      found += compare(compiled, store, given)
      const joins = random.some(3, () => ({ entity: random.pick(uids), group: random.pick(uids) }))
      orRefused(() =>
        store.supposing(joins, () => {
          found += compare(compiled, store, given)
        }),
      )
      found += compare(compiled, store, given)
    }
  }
  assert.ok(found > 10_000, `only ${found} found`)
})

test('law: an explanation and a decision say the same of every policy', () => {
  for (let seed = 1; seed <= 100; seed += 1) {
    const given = randomCase(new Random(seed), SIZE)
    const compiled = compilePolicies(given.policies.flatMap(toSyntax))
    orRefused(() => {
      const store = EntityStore.load(given.entities)
      for (const query of given.queries) {
        const scanned = fullScan(compiled, environment(store, query))
        const explained = explain(compiled, store, query, { includeNotApplicable: true })
        const policiesThat = (outcome: string): string[] =>
          explained.filter((each) => each.outcome === outcome).map(({ policy }) => policy)
        assert.deepEqual(policiesThat('errored'), scanned.errors)
        assert.equal(explained.length, compiled.policies.length)
        const elsewhere = compiled.policies.length - scanned.orders.length
        assert.equal(policiesThat('not-applicable').length, elsewhere)
        const satisfied = new Set(policiesThat('satisfied'))
        assert.ok(scanned.determining.every((policy) => satisfied.has(policy)))
      }
    })
  }
})

test('two types may share an id without sharing policies', () => {
  const compiled = compilePolicies(
    policiesFrom({
      user: 'permit (principal == User::"x", action, resource in Group::"x");',
      group: 'permit (principal in Group::"x", action, resource == User::"x");',
    }),
  )
  const store = EntityStore.load([
    { uid: { type: 'User', id: 'x' }, attrs: {}, parents: [{ type: 'Group', id: 'x' }] },
  ])
  const user = { type: 'User', id: 'x' }
  const action = { type: 'Action', id: 'read' }
  const find = (resource: { type: string; id: string }): readonly number[] =>
    compiled.index.candidates(
      environment(store, { principal: user, action, resource, context: {} }),
    )
  assert.deepEqual(find(user), [0, 1])
  assert.deepEqual(find({ type: 'Group', id: 'x' }), [0])
})

test('an action that joins a group is found under the rules of the group', () => {
  const compiled = compilePolicies(
    policiesFrom({ all: 'permit (principal, action in Action::"all", resource);' }),
  )
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

test('only the scope of an action may list entities', () => {
  const [policy] = policiesFrom({ all: 'permit (principal, action, resource);' })
  assert.ok(policy !== undefined)
  const entities = ['a', 'b'].map((id) => ({ type: 'Group', id }))
  const principal: unknown = { op: 'in', entities }
  assert.throws(
    () => compilePolicies([{ ...policy, est: { ...policy.est, principal } as EstPolicy }]),
    /one entity only/,
  )
})
