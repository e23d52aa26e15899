// A stream to a caller must neither hold up the server nor fill its memory: what the caller does
// not take waits in a bounded queue, and a caller who falls further behind is let go. They come
// back and go on from where they were.

/** Items for one consumer. Who falls behind by more than `maxWeight` is cut off. */
export class Outbox<T> {
  readonly #items: T[] = []
  readonly #weigh: (item: T) => number
  readonly #maxWeight: number
  #weight = 0
  #wake: (() => void) | undefined
  #ended = false

  /** @param maxWeight in the unit of `weigh`: characters, or items. */
  constructor(maxWeight: number, weigh: (item: T) => number) {
    this.#maxWeight = maxWeight
    this.#weigh = weigh
  }

  push(item: T): void {
    if (this.#ended) return
    this.#weight += this.#weigh(item)
    if (this.#weight > this.#maxWeight && this.#items.length > 0) this.#items.length = 0
    else {
      this.#items.push(item)
      this.#wake?.()
      return
    }
    this.end()
  }

  /** No more items; those already pushed are still taken. */
  end(): void {
    this.#ended = true
    this.#wake?.()
  }

  /** Takes items as they come, until the end or until `signal` aborts. One consumer only. */
  async *take(signal: AbortSignal): AsyncGenerator<T, void, undefined> {
    const stop = () => this.#wake?.()
    signal.addEventListener('abort', stop)
    try {
      while (!signal.aborted) {
        const item = this.#items.shift()
        if (item !== undefined) {
          this.#weight -= this.#weigh(item)
          yield item
        } else if (this.#ended) return
        else {
          await new Promise<void>((resolve) => (this.#wake = resolve))
          this.#wake = undefined
        }
      }
    } finally {
      signal.removeEventListener('abort', stop)
      this.#ended = true
    }
  }
}
