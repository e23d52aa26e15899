// Figures as people read them.

/** `182,330`. */
export const figure = (value: number): string => value.toLocaleString('en-GB')

/** `1.7 %`; `0 %` for nothing, `under 0.1 %` for a trace, so that a little never looks like none. */
export function share(part: number, whole: number): string {
  if (part === 0 || whole === 0) return '0\u202f%'
  const percent = (part / whole) * 100
  if (percent < 0.1) return 'under 0.1\u202f%'
  return `${percent >= 10 ? Math.round(percent) : percent.toFixed(1)}\u202f%`
}

/** `1 gateway`, `2 gateways`. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${figure(count)} ${count === 1 ? one : many}`

/** Nanoseconds as the unit a reader compares: ns, µs or ms. */
export function tookInWords(nanoseconds: number): string {
  if (nanoseconds < 1_000) return `${nanoseconds} ns`
  if (nanoseconds < 1_000_000) return `${(nanoseconds / 1_000).toFixed(1)} µs`
  return `${(nanoseconds / 1_000_000).toFixed(1)} ms`
}

/** The first letter large: catalogue texts start small, because they also stand within sentences. */
export const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
