// `node policy/fuzz.ts [comparisons] [seed]`: compares this engine with the official one, on every
// processor, until it has seen that many answers, or finds a difference and shows the smallest case
// it can make of it. Exit code 0: no difference; 1: a difference; 2: it could not go on.
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Batch, BatchResult } from './fuzz/campaign.ts'
import { emptyTally } from './fuzz/compare.ts'
import type { Tally } from './fuzz/compare.ts'

const BATCH_SEEDS = 50
const PROGRESS_EVERY_MS = 10_000

const [comparisons = 1_000_000, firstSeed = 1] = process.argv.slice(2).map(Number)
if (!(comparisons > 0) || !Number.isSafeInteger(firstSeed)) {
  console.error('expected `node policy/fuzz.ts [comparisons] [seed]`, both whole numbers')
  process.exit(2)
}

const tally = emptyTally()
const startedMs = performance.now()
const threads = availableParallelism()
let nextSeed = firstSeed
let busy = 0

for (let thread = 0; thread < threads; thread += 1) {
  const worker = new Worker(new URL('fuzz/worker.ts', import.meta.url))
  worker.on('message', ({ tally: seen, found }: BatchResult) => {
    add(seen)
    busy -= 1
    if (found !== undefined) {
      console.error(`seed ${found.seed}\n${found.report}`)
      end('a difference', 1)
    }
    if (tally.comparisons < comparisons) sendBatch(worker)
    else if (busy === 0) end('no difference', 0)
  })
  worker.on('error', (error) => {
    console.error(`within the last ${threads * BATCH_SEEDS} seeds:`, error)
    end('a crash', 2)
  })
  sendBatch(worker)
}

setInterval(() => console.error(progress()), PROGRESS_EVERY_MS).unref()
process.once('SIGINT', () => end('interrupted; no difference so far', 2))

function sendBatch(worker: Worker): void {
  const batch: Batch = { firstSeed: nextSeed, count: BATCH_SEEDS }
  nextSeed += BATCH_SEEDS
  busy += 1
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  worker.postMessage(batch)
}

function add(seen: Tally): void {
  for (const what of Object.keys(seen) as (keyof Tally)[]) tally[what] += seen[what]
}

function progress(): string {
  const seconds = (performance.now() - startedMs) / 1000
  const rate = tally.comparisons / seconds
  const left = Math.max(0, comparisons - tally.comparisons) / rate
  const share = Math.min(100, (100 * tally.comparisons) / comparisons)
  return `${share.toFixed(1)} %: ${tally.comparisons} comparisons, ${Math.round(rate)} a second, ${Math.round(left)} s to go`
}

function end(outcome: string, code: number): never {
  const seconds = Math.round((performance.now() - startedMs) / 1000)
  const { allows, denies, refused, erring } = tally
  console.log(
    `${outcome}: ${tally.comparisons} comparisons in ${seconds} s on ${threads} threads, seeds ${firstSeed} to ${nextSeed - 1}; ${allows} allows, ${denies} denies, ${refused} refused, ${erring} with errors`,
  )
  process.exit(code)
}
