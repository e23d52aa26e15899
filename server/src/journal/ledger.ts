// Hears of every change once it is committed, in order, and tells those who follow: the feed to
// gateways and the server's own estate. There is no second way to write.
import type { Kysely, Transaction } from 'kysely'
import { Estate } from '@countersign/contract/estate'
import type { Database } from '#store/database'
import type { Store } from '#store/store'
import { changesOf } from './changes.ts'
import { readFeedDocuments } from './documents.store.ts'
import {
  type Batch,
  type Draft,
  lockedPosition,
  position,
  readEntries,
  record,
} from './journal.store.ts'

type Listener = (batch: Batch) => void

interface Written {
  /** The journal's position that includes the change. */
  readonly sequence: number
  /** How many documents changed. */
  readonly changed: number
}

/** Drafts, or what makes them inside the transaction, after reading what it must. */
type Drafts = readonly Draft[] | ((tx: Transaction<Database>) => Promise<readonly Draft[]>)

export interface Ledger {
  /** What the server knows now; it follows every write before the write resolves. */
  readonly estate: Estate
  /** The position the estate stands at. */
  readonly sequence: number
  /**
   * Records drafts in one transaction and tells the listeners. Writes follow each other: what
   * makes the drafts sees the estate as the write before left it, at whichever server that was, and
   * must not write itself.
   * @param actor who did it, as `Person::"ada"`.
   */
  write(actor: string, drafts: Drafts): Promise<Written>
  /** Hears of what other servers wrote to the same store meanwhile. */
  catchUp(): Promise<void>
  /** The listener must not throw. @returns what ends the subscription. */
  subscribe(listener: Listener): () => void
}

/** Entries read at once while catching up. */
const catchUpPageEntries = 1_000

/** Loads the estate from the store and follows from there. */
export async function openLedger(store: Store, now: () => number): Promise<Ledger> {
  const estate = await store.transaction(async (tx) => {
    // The head is locked for the moment, so that position and documents belong together.
    return Estate.from({
      sequence: await lockedPosition(tx),
      at: now(),
      documents: [...(await readFeedDocuments(tx))],
    })
  })
  return new StoredLedger(store, now, estate)
}

class StoredLedger implements Ledger {
  readonly estate: Estate
  readonly #store: Store
  readonly #now: () => number
  readonly #listeners = new Set<Listener>()
  #tail: Promise<unknown> = Promise.resolve()

  constructor(store: Store, now: () => number, estate: Estate) {
    this.#store = store
    this.#now = now
    this.estate = estate
  }

  get sequence(): number {
    return this.estate.sequence
  }

  write(actor: string, drafts: Drafts): Promise<Written> {
    return this.#inTurn(async () => {
      const batch = await this.#store.transaction(async (tx) => {
        if (typeof drafts !== 'function') return record(tx, actor, drafts, this.#now())
        // What another server wrote a moment ago would be undone by what is made of older facts.
        await this.#follow(await lockedPosition(tx), tx)
        return record(tx, actor, await drafts(tx), this.#now())
      })
      await this.#follow(batch.from)
      this.#publish(batch)
      return { sequence: batch.to, changed: batch.entries.length }
    })
  }

  catchUp(): Promise<void> {
    return this.#inTurn(async () => this.#follow(await position(this.#store.db)))
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#tail.then(work)
    this.#tail = turn.catch(() => {})
    return turn
  }

  async #follow(to: number, db: Kysely<Database> = this.#store.db): Promise<void> {
    while (this.sequence < to) {
      const limit = Math.min(catchUpPageEntries, to - this.sequence)
      const entries = await readEntries(db, this.sequence, limit)
      const last = entries.at(-1)
      if (!last) throw new Error(`the journal ends before position ${to}`)
      this.#publish({ from: this.sequence, to: last.sequence, entries })
    }
  }

  #publish(batch: Batch): void {
    if (batch.entries.length === 0) return
    if (!this.estate.apply({ from: batch.from, to: batch.to, changes: [...changesOf(batch)] })) {
      throw new Error(`the estate stands at ${this.sequence}, not at ${batch.from}`)
    }
    for (const listener of this.#listeners) listener(batch)
  }
}
