// Refusals that wait to be fetched by a proxy that could not pass them on at once. Each is given
// once, soon, or not at all.
import type { Peers } from '#processes/peers'
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
  readonly peers: Pick<Peers, 'number' | 'keptAnswer'>
}

export class KeptAnswers {
  readonly #kept = new Map<string, Kept>()
  readonly #options: KeptAnswersOptions

  constructor(options: KeptAnswersOptions) {
    this.#options = options
  }

  /** Keeps a reply; gives the id to fetch it with. The oldest makes room. */
  keep(reply: Reply): string {
    const { maxCount, maxAgeMs, now, randomBytes, peers } = this.#options
    if (this.#kept.size >= maxCount) {
      const [oldest] = this.#kept.keys()
      if (oldest !== undefined) this.#kept.delete(oldest)
    }
    const random = Buffer.from(randomBytes(16)).toString('base64url')
    // Whoever fetches it may come to another process, which must know whom to ask.
    const id = peers.number === undefined ? random : `${peers.number}.${random}`
    this.#kept.set(id, { reply, until: now() + maxAgeMs })
    return id
  }

  /** Gives a reply away; undefined where it is unknown, given already or too old. */
  async take(id: string): Promise<Reply | undefined> {
    const keeper = keeperOf(id)
    const { number, keptAnswer } = this.#options.peers
    return keeper === number ? this.takeHere(id) : keptAnswer(id)
  }

  /** As `take`, for replies that this process keeps. */
  takeHere(id: string): Reply | undefined {
    const found = this.#kept.get(id)
    this.#kept.delete(id)
    return found && found.until > this.#options.now() ? found.reply : undefined
  }
}

/** The number of the process that keeps a reply, as its id says; undefined where there is only one. */
export function keeperOf(id: string): number | undefined {
  const [, number] = /^(\d{1,3})\.[\w-]+$/.exec(id) ?? []
  return number === undefined ? undefined : Number(number)
}
