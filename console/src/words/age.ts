// Time as people say it. Ages are rounded down to their largest whole unit; the exact instant is
// always one hover away.

const units = [
  { seconds: 86_400, one: 'day', short: 'd' },
  { seconds: 3_600, one: 'hour', short: 'h' },
  { seconds: 60, one: 'minute', short: 'min' },
] as const

/** An age as words, e.g. `3 hours`; below a minute `less than a minute`. */
export function ageInWords(seconds: number): string {
  for (const unit of units) {
    const count = Math.floor(seconds / unit.seconds)
    if (count >= 1) return `${count.toLocaleString('en-GB')} ${unit.one}${count === 1 ? '' : 's'}`
  }
  return 'less than a minute'
}

/** An age for a narrow column, e.g. `3 h`; below a minute in seconds. */
export function ageInBrief(seconds: number): string {
  for (const unit of units) {
    const count = Math.floor(seconds / unit.seconds)
    if (count >= 1) return `${count.toLocaleString('en-GB')} ${unit.short}`
  }
  return `${Math.max(0, Math.floor(seconds))} s`
}

/** How long ago an instant was, or how far ahead it lies. Both in milliseconds since the epoch. */
export function relativeToNow(atMs: number, nowMs: number): string {
  const seconds = Math.round((nowMs - atMs) / 1000)
  if (Math.abs(seconds) < 10) return 'just now'
  return seconds >= 0 ? `${ageInWords(seconds)} ago` : `in ${ageInWords(-seconds)}`
}

const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })
const clock = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})

/** `22 Nov 2026`, in the reader's time zone. */
export const dayOf = (atMs: number): string => day.format(atMs)

/** `14:02:11`, in the reader's time zone. */
export const clockOf = (atMs: number): string => clock.format(atMs)

/** `today at 14:02:11`, `yesterday at …`, else with the date. */
export function momentOf(atMs: number, nowMs: number): string {
  const date = dayOf(atMs)
  const said =
    date === dayOf(nowMs)
      ? 'today'
      : date === dayOf(nowMs - 86_400_000)
        ? 'yesterday'
        : `on ${date}`
  return `${said} at ${clockOf(atMs)}`
}
