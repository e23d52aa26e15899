// The machinery of a flow: steps in order, each for some kinds of entry. A step looks at what is
// known, and either adds to it, answers, or throws the problem that the client is told of.
import { type Arrival, type ArrivalBy, type Entry, entries } from './exchange.ts'

/** A step gives this when it has answered; no later step runs. */
export const answered: unique symbol = Symbol('answered')
export type Answered = typeof answered

type Outcome<Adds extends object> = Adds | Answered | void

type Step<Known, Adds extends object, Means> = (
  known: Known,
  means: Means,
) => Outcome<Adds> | Promise<Outcome<Adds>>

type AnyStep<Means> = (known: Arrival, means: Means) => unknown

/** A flow whose steps so far have established `Known`, for every kind of entry. */
export interface Flow<Known, Means> {
  /**
   * Adds a step for the kinds of entry named. What it adds counts as known only if it is there for
   * every kind: later steps could not rely on it otherwise.
   */
  step<E extends Entry, Adds extends object>(
    run: Step<Known & ArrivalBy<E>, Adds, Means>,
    ...entries: readonly [E, ...E[]]
  ): Flow<[Entry] extends [E] ? Known & Adds : Known, Means>
  /** Runs the steps of an arrival's kind of entry until one answers. Rejects with what a step throws. */
  run(arrival: Arrival, means: Means): Promise<void>
}

/** An empty flow. */
export function begin<Means>(): Flow<unknown, Means> {
  return flow<unknown, Means>(columnsOf(() => []))
}

type Column<Means> = readonly AnyStep<Means>[]
type Columns<Means> = Readonly<Record<Entry, Column<Means>>>

function columnsOf<Means>(column: (entry: Entry) => Column<Means>): Columns<Means> {
  // INVARIANT: every entry is there, because all of them are gone through.
  return Object.fromEntries(entries.map((entry) => [entry, column(entry)])) as Columns<Means>
}

function flow<Known, Means>(columns: Columns<Means>): Flow<Known, Means> {
  return {
    step(run, ...given) {
      // INVARIANT: a column runs its steps in order, so what `run` needs is known by then.
      const step = run as AnyStep<Means>
      const takers: readonly Entry[] = given
      return flow(
        columnsOf((entry) => (takers.includes(entry) ? [...columns[entry], step] : columns[entry])),
      )
    },
    async run(arrival, means) {
      const known: Arrival = { ...arrival }
      for (const step of columns[arrival.entry]) {
        const given = step(known, means)
        // Only a step that really waits costs a turn of the event loop.
        const outcome: unknown = given instanceof Promise ? await given : given
        if (outcome === answered) return
        if (typeof outcome === 'object' && outcome !== null) Object.assign(known, outcome)
      }
    },
  }
}
