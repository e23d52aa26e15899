// The estate that requests are decided with, and how sure of it we are: it changes under the
// requests, one event-loop turn at a time, and it is worth something only while the control plane
// has confirmed it recently enough.
import type { Tier } from '@countersign/contract/document-shapes'
import { Estate } from '@countersign/contract/estate'
import type { Changes, Snapshot } from '@countersign/contract/feed'
import type { ByTier } from '@countersign/contract/setting-value'

interface Waiter {
  readonly sequence: number
  readonly resolve: (reached: boolean) => void
  readonly timer: NodeJS.Timeout
}

/** Of two looks at the clock the later may come first by as much; more is a clock that was set back. */
const lookedLateMaxMs = 1_000

export class LiveEstate {
  readonly #staleAfterMs: ByTier
  readonly #reachedElsewhere: LiveEstate['reach']
  readonly #listeners = new Set<(signedAtMs: number) => void>()
  readonly #waiters = new Set<Waiter>()
  #estate: Estate | undefined
  /** By the steady clock, as below. */
  #confirmedAt = 0
  #latest = 0
  #setBackMs = 0

  /**
   * @param staleAfterMs how long facts count without word from the control plane, by tier
   * @param reachedElsewhere resolves as `reach` does, for the other processes of this gateway
   */
  constructor(staleAfterMs: ByTier, reachedElsewhere: LiveEstate['reach'] = async () => true) {
    this.#staleAfterMs = staleAfterMs
    this.#reachedElsewhere = reachedElsewhere
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
    this.#changed(snapshot.at)
  }

  /**
   * Applies changes.
   * @returns false where they do not start where we stand.
   * Throws where they are impossible; the estate then judges nothing until `replace`.
   */
  apply(changes: Changes): boolean {
    if (!this.#estate?.apply(changes)) return false
    if (changes.changes.length > 0) this.#changed(changes.at)
    else this.#wake()
    return true
  }

  /**
   * Notes that what we know was right at `at` by the control plane's clock. A time ahead of ours
   * counts as now: it must not keep facts fresh for longer than they are.
   */
  confirm(at: number, now: number): void {
    const agoMs = Math.max(0, now - at)
    this.#confirmedAt = Math.max(this.#confirmedAt, this.#steady(now) - agoMs)
  }

  /** How long ago what we know was confirmed, in milliseconds. */
  ageMs(now: number): number {
    return Math.max(0, this.#steady(now) - this.#confirmedAt)
  }

  /** Whether the facts are too old to decide about an application of a tier. */
  isStale(now: number, tier: Tier): boolean {
    return this.ageMs(now) > this.#staleAfterMs[tier]
  }

  /** Whether they are too old to decide about anything at all. */
  isStaleForAll(now: number): boolean {
    return this.ageMs(now) > Math.max(...this.#staleAfterMs)
  }

  /** Calls `listener` after every change of facts, with when the control plane signed it. */
  onChange(listener: (signedAtMs: number) => void): void {
    this.#listeners.add(listener)
  }

  /**
   * Resolves with true as soon as the journal position is reached, by every process of this gateway,
   * because a client's next request may come to any; with false after `timeoutMs`.
   */
  async reach(sequence: number, timeoutMs: number): Promise<boolean> {
    const [here, elsewhere] = await Promise.all([
      this.reachHere(sequence, timeoutMs),
      this.#reachedElsewhere(sequence, timeoutMs),
    ])
    return here && elsewhere
  }

  /** As `reach`, by this process alone. */
  reachHere(sequence: number, timeoutMs: number): Promise<boolean> {
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

  /** The time as it were had the clock never been set back: what is known ages all the same. */
  #steady(now: number): number {
    if (now < this.#latest - lookedLateMaxMs) {
      this.#setBackMs += this.#latest - now
      this.#latest = now
    }
    this.#latest = Math.max(this.#latest, now)
    return now + this.#setBackMs
  }

  #changed(signedAtMs: number): void {
    for (const listener of this.#listeners) listener(signedAtMs)
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
