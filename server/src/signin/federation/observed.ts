// When someone proved who they are, as we may believe it: never later than now, and never older
// than what was asked for without saying so.
import { problem } from '@countersign/contract/problems'

/** How far a provider's clock may differ from ours, in milliseconds. */
export const skewMaxMs = 60_000

export interface Asked {
  /** When we sent them there, in milliseconds since the epoch. */
  readonly begunAt: number
  /** Whether they had to prove themselves again. */
  readonly isFresh: boolean
}

/**
 * @param authTime what the provider says, in milliseconds since the epoch; undefined where it says
 *   nothing. Then we had asked it to have them prove themselves again, and they did so after that.
 * @throws signin.provider_refused where it lies in the future; signin.provider_not_fresh where it
 *   is from before we asked.
 */
export function observedAt(
  authTime: number | undefined,
  { begunAt, isFresh }: Asked,
  now: number,
): number {
  if (authTime === undefined) return begunAt
  if (authTime > now + skewMaxMs) {
    throw problem('signin.provider_refused', 'the provider says they will sign in in the future')
  }
  if (!isFresh) return Math.min(authTime, now)
  if (authTime < begunAt - skewMaxMs) throw problem('signin.provider_not_fresh')
  // It is an answer to our question, so it is no older than that, whatever the two clocks say.
  return Math.min(Math.max(authTime, begunAt), now)
}
