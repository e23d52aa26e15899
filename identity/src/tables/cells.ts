// What people write into cells, as values. Text stays text: nothing is ever evaluated.

/** A moment: ISO 8601, a date, or seconds or milliseconds since the epoch. A bare date is in UTC. */
export function cellMoment(value: unknown): number | undefined {
  if (typeof value === 'number') return value > 100_000_000_000 ? value : value * 1_000
  if (typeof value !== 'string') return undefined
  const written = value.trim()
  if (/^\d{10}$/.test(written)) return Number(written) * 1_000
  if (/^\d{13}$/.test(written)) return Number(written)
  // Only the order that cannot be misread: 03/04 is a day in March here and in April there.
  const form = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?\s*(Z|[+-]\d\d:?\d\d)?)?$/
  const match = form.exec(written)
  if (match === null) return undefined
  const zoned = written.length === 10 || match[1] !== undefined ? written : `${written}Z`
  const at = Date.parse(zoned.replace(' ', 'T').replace(/\s+/g, ''))
  return Number.isNaN(at) ? undefined : at
}

const yes = new Set(['true', 'yes', 'y', '1', 'enabled', 'active', 'on', 'x'])
const no = new Set([
  'false',
  'no',
  'n',
  '0',
  'disabled',
  'inactive',
  'off',
  'suspended',
  'deprovisioned',
])

export function cellTruth(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value
  const written = typeof value === 'string' ? value.trim().toLowerCase() : String(value)
  return yes.has(written) ? true : no.has(written) ? false : undefined
}

/** Text without surrounding space; undefined for an empty cell. */
export function cellText(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  const written = typeof value === 'string' ? value.trim() : ''
  return written === '' ? undefined : written
}

/** Several texts in one cell, separated by semicolons or bars, or a list. */
export function cellTexts(value: unknown): readonly string[] {
  const parts: readonly unknown[] = Array.isArray(value)
    ? value
    : typeof value === 'string'
      ? value.split(/[;|]/)
      : []
  return parts.flatMap((part) => cellText(part) ?? [])
}
