// Moments and durations as people read them.

/** `2026-03-01 09:30:00 UTC`, in the given zone. */
export function momentText(ms: number, timeZone: string): string {
  const part = parts(ms, timeZone)
  return `${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')}:${part('second')} ${part('timeZoneName')}`
}

/** `09:30:00`, in the given zone. */
export function clockText(ms: number, timeZone: string): string {
  const part = parts(ms, timeZone)
  return `${part('hour')}:${part('minute')}:${part('second')}`
}

const steps = [
  { unit: 'd', seconds: 86_400 },
  { unit: 'h', seconds: 3_600 },
  { unit: 'min', seconds: 60 },
] as const

/** `12 s`, `3 min`, `5 h`, `2 d`: rounded down. */
export function durationText(seconds: number): string {
  const step = steps.find((it) => seconds >= it.seconds)
  return step
    ? `${Math.floor(seconds / step.seconds)} ${step.unit}`
    : `${Math.max(0, Math.floor(seconds))} s`
}

/** `3 min ago`, or `in 3 min`. */
export function agoText(ms: number, nowMs: number): string {
  return ms <= nowMs
    ? `${durationText((nowMs - ms) / 1000)} ago`
    : `in ${durationText((ms - nowMs) / 1000)}`
}

function parts(ms: number, timeZone: string): (type: Intl.DateTimeFormatPartTypes) => string {
  const found = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
  }).formatToParts(ms)
  return (type) => found.find((it) => it.type === type)?.value ?? ''
}
