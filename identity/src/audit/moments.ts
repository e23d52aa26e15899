// Lengths of time, and days as reports show them.

export const dayMs = 86_400_000

/** `2026-03-17`, in UTC. */
export function dayText(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}

/** Whole days from `at` to `now`. */
export function daysSince(at: number, now: number): number {
  return Math.floor((now - at) / dayMs)
}
