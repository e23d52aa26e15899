// What was known at an earlier moment, so that a decision of the past can be decided again with
// what it rested on. One store goes back and forth over recorded changes: whoever asks in the order
// of a log moves it by one change at a time, which costs microseconds.
import { EntityStore } from './entities.ts'
import type { EntityChange, EntityJson } from './entities.ts'
import { uidFromJson } from './json.ts'
import type { Schema } from './schema.ts'

/** A moment that this timeline cannot answer for: forgotten, or not recorded yet. */
export class TimelineError extends Error {
  override readonly name = 'TimelineError'
  readonly code: 'forgotten' | 'not-recorded'
  readonly sequence: number

  constructor(code: TimelineError['code'], sequence: number, message: string) {
    super(message)
    this.code = code
    this.sequence = sequence
  }
}

export interface TimelineOptions {
  readonly schema?: Schema
  /** How many changes are kept; beyond that the oldest are forgotten. */
  readonly changesMax?: number
}

/** What happened at one sequence number, and how to take it back. */
interface Step {
  readonly sequence: number
  readonly redo: readonly EntityChange[]
  readonly undo: readonly EntityChange[]
}

/** Each holds the facts of one entity twice, some 2 KiB for a person. */
const CHANGES_MAX = 250_000

/** Entities as they were at any recorded moment. Moments are sequence numbers of a journal. */
export class EntityTimeline {
  readonly #store: EntityStore
  readonly #changesMax: number
  /** In ascending order. The store stands before the step at `#next`. */
  #steps: Step[] = []
  #next = 0
  #kept = 0
  #start: number
  #end: number

  /** Starts with the entities as they stood at `sequence`. Throws `DataError`. */
  constructor(
    sequence: number,
    entities: Iterable<EntityJson>,
    { schema, changesMax = CHANGES_MAX }: TimelineOptions = {},
  ) {
    this.#store = EntityStore.load(entities, schema)
    this.#changesMax = changesMax
    this.#start = sequence
    this.#end = sequence
  }

  /** The earliest and the latest moment that `at` answers for. */
  get range(): { readonly start: number; readonly end: number } {
    return { start: this.#start, end: this.#end }
  }

  /**
   * Adds what happened at a later moment, all or none; without changes it says that nothing did.
   * Throws `DataError` for changes that no store could make, and `RangeError` for a moment that is
   * not later than the last; the timeline is as before then.
   */
  record(sequence: number, changes: readonly EntityChange[]): void {
    if (!(sequence > this.#end)) {
      throw new RangeError(`\`${sequence}\` is not later than \`${this.#end}\`; record in order`)
    }
    if (changes.length > 0) {
      this.#seek(this.#steps.length)
      const undo = changes.map((change) => this.#inverse(change))
      this.#store.apply(changes)
      this.#steps.push({ sequence, redo: changes, undo })
      this.#next += 1
      this.#kept += changes.length
    }
    this.#end = sequence
    this.#stayWithinBounds()
  }

  /**
   * The entities as they stood at a moment: after what happened at it. The store is this timeline's
   * own, and shows another moment after the next call. Throws `TimelineError`.
   */
  at(sequence: number): EntityStore {
    if (sequence < this.#start) {
      throw new TimelineError(
        'forgotten',
        sequence,
        `what was known at \`${sequence}\` is forgotten; the earliest moment is \`${this.#start}\``,
      )
    }
    if (!(sequence <= this.#end)) {
      throw new TimelineError(
        'not-recorded',
        sequence,
        `\`${sequence}\` has not happened here yet; the latest moment is \`${this.#end}\``,
      )
    }
    this.#seek(firstAfter(this.#steps, sequence))
    return this.#store
  }

  /** Forgets what was before a moment, which becomes the earliest. */
  forget(before: number): void {
    if (!(before > this.#start)) return
    const start = Math.min(before, this.#end)
    const dropped = firstAfter(this.#steps, start)
    this.#seek(Math.max(this.#next, dropped))
    for (const { redo } of this.#steps.slice(0, dropped)) this.#kept -= redo.length
    this.#steps = this.#steps.slice(dropped)
    this.#next -= dropped
    this.#start = start
  }

  #seek(to: number): void {
    while (this.#next < to) {
      this.#store.apply(this.#steps[this.#next]?.redo ?? [])
      this.#next += 1
    }
    while (this.#next > to) {
      this.#store.apply(this.#steps[this.#next - 1]?.undo ?? [])
      this.#next -= 1
    }
  }

  #inverse(change: EntityChange): EntityChange {
    const uid = change.op === 'upsert' ? uidFromJson(change.entity.uid, 'uid') : change.uid
    const entity = this.#store.get(uid)
    return entity === undefined ? { op: 'remove', uid } : { op: 'upsert', entity }
  }

  // A tenth at a time, because forgetting moves all that is kept.
  #stayWithinBounds(): void {
    if (this.#kept <= this.#changesMax) return
    let surplus = this.#kept - Math.floor(this.#changesMax * 0.9)
    const last = this.#steps.find(({ redo }) => {
      surplus -= redo.length
      return surplus <= 0
    })
    this.forget(last?.sequence ?? this.#end)
  }
}

/** The index of the first step later than a moment. */
function firstAfter(steps: readonly Step[], sequence: number): number {
  let low = 0
  let high = steps.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((steps[middle]?.sequence ?? Infinity) <= sequence) low = middle + 1
    else high = middle
  }
  return low
}
