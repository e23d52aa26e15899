// The cases of a long run: a seed names one of them, wherever and whenever it is tried.
import { randomCase } from './cases.ts'
import type { CaseSize } from './cases.ts'
import { difference, emptyTally, showCase, shrink } from './compare.ts'
import type { Tally } from './compare.ts'
import { Random } from './random.ts'
import { typedCase } from './typed-cases.ts'

const SIZES: readonly CaseSize[] = [
  { policies: 4, entities: 6, queries: 10, depth: 4 },
  { policies: 12, entities: 10, queries: 20, depth: 3 },
  { policies: 3, entities: 5, queries: 10, depth: 6 },
  { policies: 60, entities: 16, queries: 30, depth: 2 },
]

/** Some seeds that follow each other. */
export interface Batch {
  readonly firstSeed: number
  readonly count: number
}

export interface BatchResult {
  readonly tally: Tally
  /** The first difference: its seed, and the smallest case that shows it. */
  readonly found?: { readonly seed: number; readonly report: string }
}

/** Tries the cases of a batch up to the first difference. */
export function runBatch({ firstSeed, count }: Batch): BatchResult {
  const tally = emptyTally()
  for (let seed = firstSeed; seed < firstSeed + count; seed += 1) {
    const random = new Random(seed)
    const make = random.chance(70) ? randomCase : typedCase
    const given = make(random, random.pick(SIZES))
    const found = difference(given, tally)
    if (found === undefined) continue
    const small = shrink(given)
    const report = `${found}\n\nsmallest:\n${showCase(small)}\n${difference(small, emptyTally())}`
    return { tally, found: { seed, report } }
  }
  return { tally }
}
