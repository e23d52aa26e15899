// A tunnel that is cut cannot say why: after the `CONNECT` every byte belongs to the application.
// So the gateway remembers for a while how tunnels ended, for whoever opened them to ask.
import { timingSafeEqual } from 'node:crypto'
import type { DecisionRecord } from '@countersign/contract/decision'
import type { DecisionId } from '@countersign/contract/ids'
import type { EndingElsewhere } from '#processes/peers'
import type { TunnelEnd } from '#streams/tcp-tunnel'

export interface Ending {
  readonly why: TunnelEnd
  /** Milliseconds since the epoch. */
  readonly at: number
  /** What the policies said at the end, where it was they who ended it and it could be recorded. */
  readonly record: Promise<DecisionRecord | undefined>
}

export interface EndingsOptions {
  readonly maxCount: number
  readonly maxAgeMs: number
  /** Asks the other processes of this gateway. Never rejects. */
  readonly elsewhere: (
    decision: string,
    presented: string,
    nowMs: number,
  ) => Promise<EndingElsewhere | undefined>
}

export class Endings {
  readonly #options: EndingsOptions
  // A Map iterates in order of insertion: the first is the oldest.
  readonly #kept = new Map<string, Ending & { readonly presented: string }>()

  constructor(options: EndingsOptions) {
    this.#options = options
  }

  /** Remembers how the tunnel of a decision ended. `presented` is the hash of the token it came with. */
  keep(decision: DecisionId, presented: string, ending: Ending): void {
    this.#kept.set(decision, { ...ending, presented })
    for (const [oldest, { at }] of this.#kept) {
      const isOld = ending.at - at > this.#options.maxAgeMs
      if (!isOld && this.#kept.size <= this.#options.maxCount) return
      this.#kept.delete(oldest)
    }
  }

  /** How it ended, for whoever presents the same token, also when that token counts no more. */
  async find(decision: string, presented: string, now: number): Promise<Ending | undefined> {
    if (this.#kept.has(decision)) return this.findHere(decision, presented, now)
    const found = await this.#options.elsewhere(decision, presented, now)
    return found && { ...found, record: Promise.resolve(found.record) }
  }

  /** As `find`, for tunnels that this process held. */
  findHere(decision: string, presented: string, now: number): Ending | undefined {
    const kept = this.#kept.get(decision)
    return kept && isSame(kept.presented, presented) && now - kept.at <= this.#options.maxAgeMs
      ? kept
      : undefined
  }
}

function isSame(left: string, right: string): boolean {
  const a = Buffer.from(left)
  const b = Buffer.from(right)
  return a.length === b.length && timingSafeEqual(a, b)
}
