// The decision log as the rest of the server sees it: what is kept, and who watches it arrive.
import type { DecisionFilter } from '@countersign/contract/api/visibility'
import {
  type DecisionRecord,
  type DecisionSummary,
  summarise,
} from '@countersign/contract/decision'
import { Outbox } from '#http/stream'
import { fits } from './decisions.ts'

export interface DecisionLogOptions {
  /** Keeps records, each once, and says which are new. */
  readonly keep: (records: readonly DecisionRecord[]) => Promise<ReadonlySet<string>>
  /** Is told how many were new. */
  readonly counted: (count: number) => void
}

/** Summaries a watcher may leave unread before they are let go. */
const unreadMaxItems = 5_000

interface Watcher {
  readonly filter: DecisionFilter
  readonly outbox: Outbox<DecisionSummary>
}

export class DecisionLog {
  readonly #options: DecisionLogOptions
  readonly #watchers = new Set<Watcher>()

  constructor(options: DecisionLogOptions) {
    this.#options = options
  }

  /** Resolves once the records are kept. Those that are new are shown to who watches. */
  async keep(records: readonly DecisionRecord[]): Promise<void> {
    const fresh = await this.#options.keep(records)
    this.#options.counted(fresh.size)
    if (this.#watchers.size === 0) return
    for (const record of records) {
      if (!fresh.has(record.id)) continue
      const summary = summarise(record)
      for (const { filter, outbox } of this.#watchers) {
        if (fits(summary, filter)) outbox.push(summary)
      }
    }
  }

  /** Decisions as they are kept, until `signal` aborts or the watcher falls too far behind. */
  async *watch(filter: DecisionFilter, signal: AbortSignal): AsyncGenerator<DecisionSummary> {
    const outbox = new Outbox<DecisionSummary>(unreadMaxItems, () => 1)
    const watcher = { filter, outbox }
    this.#watchers.add(watcher)
    try {
      yield* outbox.take(signal)
    } finally {
      this.#watchers.delete(watcher)
    }
  }
}
