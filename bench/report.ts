// What a run prints: the machine, a table for each size, and each goal with what was reached.
import { availableParallelism, cpus, loadavg } from 'node:os'
import type { Row } from './timing.ts'

export function machine(): string {
  const load = loadavg()[0] ?? 0
  const quiet = load < 1 ? 'quiet' : 'busy: other work was running'
  return `${cpus()[0]?.model}, ${availableParallelism()} threads, Node ${process.version}, load ${load.toFixed(2)} (${quiet})`
}

/** Prints rows; a peer's row says how many times as long it takes as the row it is compared with. */
export function printRows(rows: readonly (Row & { readonly timesOf?: Row })[]): void {
  for (const { what, medianUs, fromUs, toUs, timesOf } of rows) {
    const spread = `(${shownUs(fromUs)} to ${shownUs(toUs)})`
    const ratio =
      timesOf === undefined ? '' : `${shownUs(medianUs / timesOf.medianUs)} times as long`
    console.log(
      `  ${what.padEnd(44)} ${shownUs(medianUs).padStart(9)} µs   ${spread.padEnd(22)} ${ratio}`.trimEnd(),
    )
  }
}

export interface Goal {
  readonly what: string
  readonly reached: number
  readonly atMost?: number
  readonly atLeast?: number
  readonly unit: string
}

export function printGoals(goals: readonly Goal[]): void {
  console.log('\ngoals')
  for (const { what, reached, atMost, atLeast, unit } of goals) {
    const met = reached <= (atMost ?? Infinity) && reached >= (atLeast ?? -Infinity)
    const wanted = atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`
    console.log(
      `  ${met ? 'met   ' : 'MISSED'} ${what.padEnd(56)} ${shownUs(reached)} ${unit} (${wanted})`,
    )
  }
}

function shownUs(value: number): string {
  return value < 10 ? value.toFixed(2) : Math.round(value).toLocaleString('en-GB')
}
