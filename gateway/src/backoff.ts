// Waiting longer after each failure, and never in step with others: a control plane that comes
// back must not be met by all gateways in the same instant.

export interface BackoffOptions {
  readonly firstMs: number
  readonly maxMs: number
  /** A random 32-bit number. */
  readonly random32: () => number
}

export class Backoff {
  readonly #options: BackoffOptions
  #failures = 0

  constructor(options: BackoffOptions) {
    this.#options = options
  }

  /** How long to wait now, in milliseconds: between half and all of a span that doubles. */
  nextMs(): number {
    const { firstMs, maxMs, random32 } = this.#options
    const span = Math.min(maxMs, firstMs * 2 ** Math.min(this.#failures, 30))
    this.#failures++
    return Math.round(span / 2 + (span / 2) * (random32() / 0xffff_ffff))
  }

  reset(): void {
    this.#failures = 0
  }
}
