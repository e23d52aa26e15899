// How current a gateway is, judged from when it last spoke and how far it has followed the feed.
import { heartbeatMs } from '@countersign/contract/feed'

export type GatewayState =
  | { readonly kind: 'current' }
  | { readonly kind: 'behind'; readonly changes: number }
  /** It has missed so many heartbeats that what it decides with may be old. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'unheard' }

/** Heartbeats a gateway may miss before it counts as silent. */
const missedMax = 6

/** The state of a gateway last seen then, that many changes behind the journal. */
export function stateOf(
  seenAtMs: number | undefined,
  behind: number | undefined,
  nowMs: number,
): GatewayState {
  if (seenAtMs === undefined) return { kind: 'unheard' }
  if (nowMs - seenAtMs > missedMax * heartbeatMs) return { kind: 'silent' }
  return behind === undefined || behind === 0
    ? { kind: 'current' }
    : { kind: 'behind', changes: behind }
}
