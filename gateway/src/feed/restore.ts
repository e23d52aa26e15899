// A start from disk: whatever of the stored feed the pinned key signed becomes facts again, and
// the gateway serves at once, with or without the control plane.
import type { Changes } from '@countersign/contract/feed'
import type { StoredFeed } from './feed-copy.file.ts'
import type { LiveEstate } from './live-estate.ts'
import { FeedFault, type FeedVerifier } from './verify.ts'

export interface Restored {
  /** The stored changes that were applied, or that the snapshot already contains. */
  readonly kept: readonly string[]
  /** The first stored message that was not believed or did not fit. */
  readonly fault: Error | undefined
}

/** Restores facts from `stored`. Gives up at the first message that cannot be believed. */
export async function restore(
  stored: StoredFeed,
  verifier: FeedVerifier,
  facts: LiveEstate,
  now: number,
): Promise<Restored> {
  if (stored.snapshot === undefined) return { kept: [], fault: undefined }
  const kept: string[] = []
  try {
    const snapshot = await verifier.snapshot(stored.snapshot)
    // Verified first, applied last: an estate is never seen half restored.
    const verified: Changes[] = []
    let fault: Error | undefined
    let reached = snapshot.sequence
    for (const line of stored.changes) {
      const changes = await verifier.changes(line).catch(asFault)
      if (changes instanceof Error) {
        fault = changes
        break
      }
      if (changes.to > reached) {
        if (changes.from !== reached) {
          fault = new FeedFault('shape', 'stored changes do not follow on each other')
          break
        }
        verified.push(changes)
        reached = changes.to
      }
      kept.push(line)
    }
    facts.replace(snapshot)
    facts.confirm(snapshot.at, now)
    for (const changes of verified) {
      facts.apply(changes)
      facts.confirm(changes.at, now)
    }
    await confirmByHeartbeat(stored.heartbeat, verifier, facts, now)
    return { kept, fault }
  } catch (error) {
    return { kept: [], fault: asFault(error) }
  }
}

// A heartbeat counts for the position it speaks of, or for less than we know.
async function confirmByHeartbeat(
  jws: string | undefined,
  verifier: FeedVerifier,
  facts: LiveEstate,
  now: number,
): Promise<void> {
  if (jws === undefined) return
  const heartbeat = await verifier.changes(jws).catch(() => undefined)
  if (heartbeat && heartbeat.to === facts.sequence) facts.confirm(heartbeat.at, now)
}

function asFault(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
