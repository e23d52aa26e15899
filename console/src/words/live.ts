// The list of live decisions: newest first, without doubles, bounded. Decisions arrive from the
// stream, from pages of the past, and from catching up after a break, in any order.
import type { DecisionSummary } from '@countersign/contract/decision'

export const shownMaxDecisions = 500

export interface LiveList {
  /** What the reader sees, newest first. */
  readonly shown: readonly DecisionSummary[]
  /** Arrived while paused or scrolled away; newest first. */
  readonly waiting: readonly DecisionSummary[]
  /** More is known to exist between two shown decisions than can be fetched in one page. */
  readonly gap: boolean
}

export const emptyList: LiveList = { shown: [], waiting: [], gap: false }

/** Adds decisions to those on show, or to those waiting while the reader's place is held. */
export function arrive(
  list: LiveList,
  decisions: readonly DecisionSummary[],
  held: boolean,
): LiveList {
  if (!held) return release({ ...list, waiting: merge(list.waiting, decisions) })
  const seen = new Set(list.shown.map(({ id }) => id))
  const fresh = decisions.filter(({ id }) => !seen.has(id))
  return fresh.length === 0 ? list : { ...list, waiting: merge(list.waiting, fresh) }
}

/** Shows what was waiting. */
export function release(list: LiveList): LiveList {
  if (list.waiting.length === 0) return list
  return { ...list, shown: merge(list.shown, list.waiting), waiting: [] }
}

/** Adds a page of older decisions below. */
export function append(list: LiveList, older: readonly DecisionSummary[]): LiveList {
  return { ...list, shown: merge(list.shown, older) }
}

/**
 * Takes the newest page after a break. Where it does not reach back to what is known, decisions
 * in between are missing, and the list starts again from the page rather than hide a hole.
 */
export function catchUp(
  list: LiveList,
  page: readonly DecisionSummary[],
  pageIsFull: boolean,
  held: boolean,
): LiveList {
  const known = new Set([...list.shown, ...list.waiting].map(({ id }) => id))
  const joins = known.size === 0 || !pageIsFull || page.some(({ id }) => known.has(id))
  if (joins) return arrive(list, page, held)
  return { shown: merge([], page), waiting: [], gap: true }
}

/** Both lists in one, newest first, each decision once, the oldest dropped beyond the bound. */
export function merge(
  some: readonly DecisionSummary[],
  others: readonly DecisionSummary[],
): readonly DecisionSummary[] {
  const byId = new Map<string, DecisionSummary>()
  for (const decision of some) byId.set(decision.id, decision)
  for (const decision of others) byId.set(decision.id, decision)
  return [...byId.values()].toSorted(newestFirst).slice(0, shownMaxDecisions)
}

// Two decisions of one millisecond have an order too, so that rows never swap places.
function newestFirst(a: DecisionSummary, b: DecisionSummary): number {
  return b.at - a.at || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0)
}
