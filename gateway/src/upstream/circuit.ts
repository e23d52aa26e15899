// An application that cannot be reached is left alone for a moment, so that neither its visitors
// wait for what will fail nor it is overrun when it comes back. The moments grow to a bound, and
// after each a single request finds out.

export interface CircuitLimits {
  /** Failures in a row from which on requests fail at once. */
  readonly failuresMaxCount: number
  readonly firstRestMs: number
  readonly restMaxMs: number
}

export class Circuit {
  readonly #limits: CircuitLimits
  #failures = 0
  #restMs = 0
  #restsUntil = 0
  /** When a request went to find out; another goes if that one never comes back. */
  #askedAt = -Infinity

  constructor(limits: CircuitLimits) {
    this.#limits = limits
  }

  /** Whether a request may try. `now` is milliseconds since the epoch, here and below. */
  admits(now: number): boolean {
    const { failuresMaxCount, restMaxMs } = this.#limits
    if (this.#failures < failuresMaxCount) return true
    if (now < this.#restsUntil || now - this.#askedAt < restMaxMs) return false
    this.#askedAt = now
    return true
  }

  /** The application answered, whatever it said. */
  answered(): void {
    this.#failures = 0
    this.#restMs = 0
    this.#askedAt = -Infinity
  }

  /** The application could not be reached. */
  failed(now: number): void {
    const { failuresMaxCount, firstRestMs, restMaxMs } = this.#limits
    this.#failures += 1
    this.#askedAt = -Infinity
    if (this.#failures < failuresMaxCount) return
    this.#restMs = Math.min(restMaxMs, this.#restMs === 0 ? firstRestMs : this.#restMs * 2)
    this.#restsUntil = now + this.#restMs
  }
}
