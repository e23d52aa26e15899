// A moment as people read it, in a form that is the same in every country.

/** `2026-07-01 09:30:00 UTC` */
export function timeText(ms: number): string {
  return new Date(ms)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC')
}
