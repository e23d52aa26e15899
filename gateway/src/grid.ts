// The machinery of a flow: steps in order, each for some kinds of entry. A step looks at what is
// known, and either adds to it, answers, or throws the problem that the client is told of.
import type { Arrival } from './exchange.ts'

/** How a request came in. */
export type Entry = 'HTTP' | 'WEBSOCKET'
export const HTTP = 'HTTP'
export const WEBSOCKET = 'WEBSOCKET'

/** A step gives this when it has answered; no later step runs. */
export const answered: unique symbol = Symbol('answered')
export type Answered = typeof answered

type Outcome<Adds extends object> = Adds | Answered | void

type Step<Known extends Arrival, Adds extends object, Means> = (
  known: Known,
  means: Means,
) => Outcome<Adds> | Promise<Outcome<Adds>>

type AnyStep<Means> = (known: Arrival, means: Means) => unknown

/** A flow whose steps so far have established `Known`. */
export interface Flow<Known extends Arrival, Means> {
  /**
   * Adds a step for the kinds of entry named. A step that adds to what is known must be there for
   * every kind, or else later steps could not rely on it.
   */
  step<Adds extends object>(
    run: Step<Known, Adds, Means>,
    ...entries: readonly [Entry, ...Entry[]]
  ): Flow<Known & Adds, Means>
  /** Runs the steps of one kind of entry until one answers. Rejects with what a step throws. */
  run(entry: Entry, arrival: Arrival, means: Means): Promise<void>
}

/** An empty flow. */
export function begin<Means>(): Flow<Arrival, Means> {
  return flow<Arrival, Means>({ HTTP: [], WEBSOCKET: [] })
}

type Columns<Means> = Readonly<Record<Entry, readonly AnyStep<Means>[]>>

function flow<Known extends Arrival, Means>(columns: Columns<Means>): Flow<Known, Means> {
  return {
    step(run, ...entries) {
      // INVARIANT: a column runs its steps in order, so what `run` needs is known by then.
      const step = run as AnyStep<Means>
      return flow({
        HTTP: entries.includes(HTTP) ? [...columns.HTTP, step] : columns.HTTP,
        WEBSOCKET: entries.includes(WEBSOCKET) ? [...columns.WEBSOCKET, step] : columns.WEBSOCKET,
      })
    },
    async run(entry, arrival, means) {
      const known: Arrival = { ...arrival }
      for (const step of columns[entry]) {
        const given = step(known, means)
        // Only a step that really waits costs a turn of the event loop.
        const outcome: unknown = given instanceof Promise ? await given : given
        if (outcome === answered) return
        if (typeof outcome === 'object' && outcome !== null) Object.assign(known, outcome)
      }
    },
  }
}
