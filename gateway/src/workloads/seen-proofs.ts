// The proofs that were used. Each is remembered until it is too old to count; where there is no room
// to remember another, it is not believed.
import { hash } from 'node:crypto'

export class SeenProofs {
  readonly #maxCount: number
  /** When each may be forgotten, in seconds since the epoch; in the order in which they came. */
  readonly #endsAt = new Map<string, number>()

  constructor({ maxCount }: { readonly maxCount: number }) {
    this.#maxCount = maxCount
  }

  get size(): number {
    return this.#endsAt.size
  }

  /** Whether this proof comes for the first time; it is remembered then. */
  isFirst(name: string, endsAt: number, nowMs: number): boolean {
    this.#forget(nowMs / 1000)
    const key = hash('sha256', name, 'base64url')
    if (this.#endsAt.has(key) || this.#endsAt.size >= this.#maxCount) return false
    this.#endsAt.set(key, endsAt)
    return true
  }

  // Proofs count about equally long, so those that came first are those that end first, nearly.
  #forget(nowSeconds: number): void {
    for (const [key, endsAt] of this.#endsAt) {
      if (endsAt > nowSeconds) return
      this.#endsAt.delete(key)
    }
  }
}
