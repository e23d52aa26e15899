// Following the feed: a snapshot where we have nothing to go on from, then every change as it
// happens. What is not believed is never applied; the last good facts stay in force until they
// are too old.
import { type Changes, heartbeatMs } from '@countersign/contract/feed'
import type { Logger } from 'pino'
import type { Backoff } from '#backoff'
import type { ControlPlane } from '#control-plane.client'
import type { FeedKeeping } from './feed-copy.file.ts'
import type { LiveEstate } from './live-estate.ts'
import { restore } from './restore.ts'
import { FeedFault, type FeedVerifier } from './verify.ts'

export interface FollowerOptions {
  readonly controlPlane: Pick<ControlPlane, 'snapshot' | 'changes'>
  readonly facts: LiveEstate
  readonly copy: FeedKeeping
  readonly verifier: FeedVerifier
  readonly now: () => number
  readonly pause: (ms: number) => Promise<void>
  readonly backoff: Backoff
  readonly changesMaxBytes: number
  readonly logger: Logger
  readonly signal: AbortSignal
  readonly onRejected: (kind: FeedFault['kind']) => void
}

const heartbeatStoredEveryMs = 3 * heartbeatMs
/** After a copy that failed, a fresh one is fetched no sooner than this. */
const copyAgainAfterMs = 60_000

/** Follows until `signal` aborts. Never rejects. */
export async function followFeed(options: FollowerOptions): Promise<void> {
  const follower = new Follower(options)
  const { signal, backoff, pause, logger, facts, onRejected } = options
  while (!signal.aborted) {
    try {
      await follower.follow()
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof FeedFault) onRejected(error.kind)
      const waitMs = backoff.nextMs()
      logger[error instanceof FeedFault ? 'error' : 'warn'](
        { err: describe(error), retryInMs: waitMs, sequence: facts.sequence },
        facts.current
          ? 'the feed was interrupted; deciding goes on with the last good facts'
          : 'there are no facts yet, so everything is refused; check that the server runs at COUNTERSIGN_SERVER_URL',
      )
      await pause(waitMs)
    }
  }
}

class Follower {
  readonly #options: FollowerOptions
  #needsSnapshot: boolean
  #copyIsWhole = true
  #copyAgainAt = 0
  #heartbeatStoredAt = 0

  constructor(options: FollowerOptions) {
    this.#options = options
    this.#needsSnapshot = options.facts.current === undefined
  }

  /** One connection, until it ends or a snapshot is needed. */
  async follow(): Promise<void> {
    let isJustLoaded = this.#needsSnapshot
    if (isJustLoaded) await this.#loadSnapshot()
    const { controlPlane, facts, signal, backoff, verifier } = this.#options
    const stream = await controlPlane.changes(facts.sequence, signal)
    if (stream === 'conflict') this.#needsSnapshot = true
    else {
      for await (const line of stream) {
        const changes = await verifier.changes(line)
        if (await this.#take(changes, line)) {
          backoff.reset()
          isJustLoaded = false
        }
        if (this.#needsSnapshot) break
      }
    }
    if (!this.#needsSnapshot) throw new Error('the server ended the feed')
    // Once is a matter of course; again at once would be a loop without a pause.
    if (isJustLoaded) throw new Error('the changes of the server do not go on from its snapshot')
  }

  async #loadSnapshot(): Promise<void> {
    const { controlPlane, facts, verifier, signal, now, copy, logger } = this.#options
    const jws = await controlPlane.snapshot(signal)
    const snapshot = await verifier.snapshot(jws)
    facts.replace(snapshot)
    facts.confirm(snapshot.at, now())
    this.#needsSnapshot = false
    this.#store(() => copy.replaceSnapshot(jws))
    logger.info({ sequence: snapshot.sequence }, 'facts are loaded')
  }

  /** @returns whether the changes went on from where we stand. */
  async #take(changes: Changes, line: string): Promise<boolean> {
    const { facts, now, copy, changesMaxBytes } = this.#options
    const isHeartbeat = changes.from === changes.to && changes.changes.length === 0
    try {
      if (!facts.apply(changes)) {
        this.#needsSnapshot = true
        return false
      }
    } catch (error) {
      await this.#goBack()
      throw error
    }
    facts.confirm(changes.at, now())
    if (isHeartbeat) this.#storeHeartbeat(line)
    else if (this.#copyIsWhole) this.#store(() => copy.append(line))
    const isCopyDue = !this.#copyIsWhole && now() >= this.#copyAgainAt
    if (isCopyDue || copy.changesBytes > changesMaxBytes) this.#needsSnapshot = true
    return true
  }

  // Changes that cannot be applied leave the estate torn. The last good one is on disk.
  async #goBack(): Promise<void> {
    const { copy, verifier, facts, now } = this.#options
    this.#needsSnapshot = true
    await restore(copy.read(), verifier, facts, now())
  }

  #storeHeartbeat(line: string): void {
    const now = this.#options.now()
    if (now - this.#heartbeatStoredAt < heartbeatStoredEveryMs) return
    this.#heartbeatStoredAt = now
    try {
      this.#options.copy.writeHeartbeat(line)
    } catch (error) {
      this.#warn(error)
    }
  }

  // Facts count also where they cannot be kept: a revocation must not wait for disk space.
  #store(write: () => void): void {
    try {
      write()
      this.#copyIsWhole = true
    } catch (error) {
      this.#copyIsWhole = false
      this.#copyAgainAt = this.#options.now() + copyAgainAfterMs
      this.#warn(error)
    }
  }

  #warn(error: unknown): void {
    this.#options.logger.error(
      { err: describe(error) },
      'the facts could not be kept on disk; free space, or a restart without the server begins with older ones',
    )
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
