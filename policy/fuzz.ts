// `node policy/fuzz.ts [comparisons] [seed]`: compares this engine with the official one until it
// has seen that many answers, or finds a difference and shows the smallest case it can make of it.
import { difference, emptyTally, showCase, shrink } from './fuzz/compare.ts'
import { randomCase } from './fuzz/cases.ts'
import type { CaseSize } from './fuzz/cases.ts'
import { typedCase } from './fuzz/typed-cases.ts'
import { Random } from './fuzz/random.ts'

const [comparisons = 1_000_000, firstSeed = 1] = process.argv.slice(2).map(Number)

const SIZES: readonly CaseSize[] = [
  { policies: 4, entities: 6, queries: 10, depth: 4 },
  { policies: 12, entities: 10, queries: 20, depth: 3 },
  { policies: 3, entities: 5, queries: 10, depth: 6 },
  { policies: 60, entities: 16, queries: 30, depth: 2 },
]

const tally = emptyTally()
let seed = firstSeed
for (; tally.comparisons < comparisons; seed += 1) {
  const random = new Random(seed)
  const make = random.chance(70) ? randomCase : typedCase
  const given = make(random, random.pick(SIZES))
  const found = difference(given, tally)
  if (found === undefined) continue
  const small = shrink(given)
  console.error(
    `seed ${seed}\n${found}\n\nsmallest:\n${showCase(small)}\n${difference(small, emptyTally())}`,
  )
  process.exit(1)
}
console.log(`no difference from seed ${firstSeed} to ${seed - 1}:`, tally)
