import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomCase } from './cases.ts'
import { difference, emptyTally, showCase, shrink } from './compare.ts'
import type { Case } from './compare.ts'
import { Random } from './random.ts'
import { typedCase } from './typed-cases.ts'

const COMPARISONS = 10_000

const SUBJECTS: readonly (readonly [string, (random: Random) => Case])[] = [
  [
    'small sets of deep conditions',
    (random) => randomCase(random, { policies: 4, entities: 6, queries: 16, depth: 5 }),
  ],
  [
    'large sets with templates and links',
    (random) => randomCase(random, { policies: 200, entities: 16, queries: 60, depth: 2 }),
  ],
  [
    'data, facts and questions under a schema',
    (random) => typedCase(random, { policies: 10, entities: 10, queries: 20, depth: 3 }),
  ],
]

for (const [subject, make] of SUBJECTS) {
  test(`both evaluators answer as the official engine does: ${subject}`, () => {
    const tally = emptyTally()
    for (let seed = 1; tally.comparisons < COMPARISONS; seed += 1) {
      const given = make(new Random(seed))
      const found = difference(given, tally)
      if (found === undefined) continue
      assert.fail(`seed ${seed}: ${found}\n${showCase(shrink(given))}`)
    }
    // A run in which nothing is ever allowed, refused or in error would prove little.
    for (const [what, count] of Object.entries(tally)) {
      assert.ok(count > COMPARISONS / 50, `only ${count} ${what} in ${JSON.stringify(tally)}`)
    }
  })
}
