import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomCase } from '../fuzz/cases.ts'
import { toSyntax } from '../fuzz/compare.ts'
import type { Case } from '../fuzz/compare.ts'
import { Random } from '../fuzz/random.ts'
import { typedCase } from '../fuzz/typed-cases.ts'
import { compareAccess, whatMay, whoMay } from './access.ts'
import type { AccessOptions } from './access.ts'
import { compilePolicies, decide } from './engine.ts'
import type { CompiledPolicies, Query } from './engine.ts'
import { EntityStore } from './entities.ts'
import { DataError } from './json.ts'
import { readSchema } from './schema.ts'
import type { EntityUid, PolicySyntax, Stage } from './syntax.ts'

const SIZE = { policies: 30, entities: 16, queries: 6, depth: 4 }

const OPTIONS: readonly AccessOptions[] = [
  {},
  { side: 'wouldBe' },
  { strict: true },
  { side: 'wouldBe', strict: true },
]

/** The same policies, some only observed and some binding for a group or for one person. */
function staged(random: Random, policies: readonly PolicySyntax[]): PolicySyntax[] {
  const stages: readonly Stage[] = [
    { kind: 'enforce' },
    { kind: 'enforce' },
    { kind: 'observe' },
    { kind: 'pilot', populations: [{ type: 'Group', id: 'a' }] },
  ]
  return policies.map((policy) => ({ ...policy, stage: random.pick(stages) }))
}

function allowed(
  policies: CompiledPolicies,
  store: EntityStore,
  query: Query,
  options: AccessOptions,
): boolean {
  return decide(policies, store, query, options)[options.side ?? 'effective'].effect === 'allow'
}

function typesOf(store: EntityStore): string[] {
  return [...new Set([...store].map(({ type }) => type))]
}

/** Whether what `act` does is legal Cedar data; random data often is not. */
function isLegal(act: () => void): boolean {
  try {
    act()
    return true
  } catch (error) {
    if (error instanceof DataError) return false
    throw error
  }
}

/** Runs `check` on every question about many estates, and counts the legal ones. */
function onManyEstates(
  make: (random: Random) => Case,
  check: (random: Random, policies: PolicySyntax[], store: EntityStore, query: Query) => void,
): number {
  let checked = 0
  for (let seed = 1; seed <= 150; seed += 1) {
    const random = new Random(seed)
    const given = make(random)
    const policies = staged(random, given.policies.flatMap(toSyntax))
    isLegal(() => {
      const schema = given.schema === undefined ? undefined : readSchema(given.schema)
      const store = EntityStore.load(given.entities, schema)
      for (const query of given.queries) {
        if (isLegal(() => check(random, policies, store, query))) checked += 1
      }
    })
  }
  return checked
}

const SUBJECTS: readonly (readonly [string, (random: Random) => Case])[] = [
  ['with any data', (random) => randomCase(random, SIZE)],
  ['under a schema', (random) => typedCase(random, SIZE)],
]

for (const [subject, make] of SUBJECTS) {
  test(`law: asking backwards finds what asking about each one finds, ${subject}`, () => {
    let cells = 0
    const checked = onManyEstates(make, (random, syntax, store, query) => {
      const policies = compilePolicies(syntax)
      const options = random.pick(OPTIONS)
      const known = (type: string): EntityUid[] =>
        [...store.ofType(type)].map(({ id }) => ({ type, id }))
      const who = [...whoMay(policies, store, query, [query.principal.type], options)]
      assert.deepEqual(
        who,
        known(query.principal.type).filter((principal) =>
          allowed(policies, store, { ...query, principal }, options),
        ),
      )
      const { action, resource } = query
      const what = [...whatMay(policies, store, query, [action], [resource.type], options)]
      assert.deepEqual(
        what.map((grant) => grant.resource),
        known(resource.type).filter((each) =>
          allowed(policies, store, { ...query, resource: each }, options),
        ),
      )
      cells += who.length + what.length
    })
    assert.ok(checked > 100 && cells > 20, `${checked} questions, ${cells} cells`)
  })
}

test('law: two policy sets differ exactly where their decisions do', () => {
  let changes = 0
  onManyEstates(
    (random) => randomCase(random, { ...SIZE, queries: 2 }),
    (random, syntax, store, query) => {
      const options = random.pick(OPTIONS)
      const before = compilePolicies(syntax)
      const after = compilePolicies(syntax.filter(() => random.chance(80)))
      const types = typesOf(store)
      const matrix = {
        principalTypes: types,
        actions: [query.action],
        resourceTypes: types,
        context: query.context,
      }
      const found = [...compareAccess(before, after, store, matrix, options)]
      const cells: string[] = []
      for (const principal of store) {
        for (const resource of store) {
          const cell = { ...query, principal, resource }
          const was = allowed(before, store, cell, options)
          if (was === allowed(after, store, cell, options)) continue
          cells.push(`${principal.shown} ${resource.shown} ${was ? 'loses' : 'gains'}`)
        }
      }
      const shown = found.map(
        ({ principal, resource, change }) => `${name(principal)} ${name(resource)} ${change}`,
      )
      assert.deepEqual(shown.sort(), cells.sort())
      changes += found.length
    },
  )
  assert.ok(changes > 50, `only ${changes} changes`)
})

function name({ type, id }: EntityUid): string {
  return `${type}::${JSON.stringify(id)}`
}
