// The estate that requests are decided with, and how sure of it we are: it changes under the
// requests, one event-loop turn at a time, and it is worth something only while the control plane
// has confirmed it recently enough.
import { Estate } from '@countersign/contract/estate'
import type { Changes, Snapshot } from '@countersign/contract/feed'

interface Waiter {
  readonly sequence: number
  readonly resolve: (reached: boolean) => void
  readonly timer: NodeJS.Timeout
}

export class LiveEstate {
  readonly #staleAfterMs: number
  readonly #listeners = new Set<() => void>()
  readonly #waiters = new Set<Waiter>()
  #estate: Estate | undefined
  #confirmedAt = 0

  /** @param staleAfterMs how long facts count without word from the control plane */
  constructor(staleAfterMs: number) {
    this.#staleAfterMs = staleAfterMs
  }

  get current(): Estate | undefined {
    return this.#estate
  }

  get sequence(): number {
    return this.#estate?.sequence ?? 0
  }

  /** Puts a snapshot in the place of all that was known. Throws, and changes nothing, if it is impossible. */
  replace(snapshot: Snapshot): void {
    this.#estate = Estate.from(snapshot)
    this.#changed()
  }

  /**
   * Applies changes.
   * @returns false where they do not start where we stand.
   * Throws where they are impossible; the estate then judges nothing until `replace`.
   */
  apply(changes: Changes): boolean {
    if (!this.#estate?.apply(changes)) return false
    if (changes.changes.length > 0) this.#changed()
    else this.#wake()
    return true
  }

  /**
   * Notes that what we know was right at `at` by the control plane's clock. A time ahead of ours
   * counts as now: it must not keep facts fresh for longer than they are.
   */
  confirm(at: number, now: number): void {
    this.#confirmedAt = Math.max(this.#confirmedAt, Math.min(at, now))
  }

  /** How long ago what we know was confirmed, in milliseconds. */
  ageMs(now: number): number {
    return Math.max(0, now - this.#confirmedAt)
  }

  isStale(now: number): boolean {
    return this.ageMs(now) > this.#staleAfterMs
  }

  /** Calls `listener` after every change of facts. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener)
  }

  /** Resolves with true as soon as the journal position is reached, with false after `timeoutMs`. */
  reach(sequence: number, timeoutMs: number): Promise<boolean> {
    if (this.sequence >= sequence) return Promise.resolve(true)
    return new Promise((resolve) => {
      const waiter: Waiter = {
        sequence,
        resolve,
        timer: setTimeout(() => {
          this.#waiters.delete(waiter)
          resolve(false)
        }, timeoutMs),
      }
      this.#waiters.add(waiter)
    })
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
    this.#wake()
  }

  #wake(): void {
    for (const waiter of this.#waiters) {
      if (waiter.sequence > this.sequence) continue
      this.#waiters.delete(waiter)
      clearTimeout(waiter.timer)
      waiter.resolve(true)
    }
  }
}
