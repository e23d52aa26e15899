// Refusals that wait to be fetched by a proxy that could not pass them on at once. Each is given
// once, soon, or not at all.
import type { Reply } from '#reply'

interface Kept {
  readonly reply: Reply
  readonly until: number
}

export interface KeptAnswersOptions {
  readonly maxCount: number
  readonly maxAgeMs: number
  readonly now: () => number
  readonly randomBytes: (count: number) => Uint8Array
}

export class KeptAnswers {
  readonly #kept = new Map<string, Kept>()
  readonly #options: KeptAnswersOptions

  constructor(options: KeptAnswersOptions) {
    this.#options = options
  }

  /** Keeps a reply; gives the id to fetch it with. The oldest makes room. */
  keep(reply: Reply): string {
    const { maxCount, maxAgeMs, now, randomBytes } = this.#options
    if (this.#kept.size >= maxCount) {
      const [oldest] = this.#kept.keys()
      if (oldest !== undefined) this.#kept.delete(oldest)
    }
    const id = Buffer.from(randomBytes(16)).toString('base64url')
    this.#kept.set(id, { reply, until: now() + maxAgeMs })
    return id
  }

  /** Gives a reply away; undefined where it is unknown, given already or too old. */
  take(id: string): Reply | undefined {
    const found = this.#kept.get(id)
    this.#kept.delete(id)
    return found && found.until > this.#options.now() ? found.reply : undefined
  }
}
