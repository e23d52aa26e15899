// The two ways directories write a moment: generalized time (RFC 4517 §3.3.13) and, in Active
// Directory, the count of 100-nanosecond steps since 1601.

/** Milliseconds from 1601 to 1970. */
const epochGapMs = 11_644_473_600_000

/** 2^63-1; like 0, it means never. */
const farthest = '9223372036854775807'

/** A FILETIME: `never` for 0 and for the farthest moment, undefined for what is none. */
export function fileTime(value: string | undefined): number | 'never' | undefined {
  if (value === undefined || !/^\d{1,19}$/.test(value)) return undefined
  if (value === '0' || value === farthest) return 'never'
  // Beyond 2^53 a number loses its last digits, which are far below a millisecond.
  return Math.floor(Number(value) / 10_000) - epochGapMs
}

/** A length of time as Active Directory writes it, in negative 100-nanosecond steps. */
export function interval(value: string | undefined): number | 'never' | undefined {
  if (value === undefined || !/^-?\d{1,19}$/.test(value)) return undefined
  if (value === '0' || value.startsWith('-9223372036854775')) return 'never'
  return Math.abs(Math.trunc(Number(value) / 10_000))
}

const generalized =
  /^(\d{4})(\d\d)(\d\d)(\d\d)(?:(\d\d)(?:(\d\d))?)?(?:[.,](\d+))?(?:Z|([+-])(\d\d)(\d\d)?)$/

/** A generalized time in milliseconds since the epoch; undefined for what is none. */
export function generalizedTime(value: string | undefined): number | undefined {
  const match = value === undefined ? null : generalized.exec(value)
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second, fraction, sign, zoneHours, zoneMinutes] = match
  const unitMs = second !== undefined ? 1_000 : minute !== undefined ? 60_000 : 3_600_000
  const utc = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute ?? 0),
    Number(second ?? 0),
  )
  if (Number(month) > 12 || Number(day) > 31 || Number(hour) > 23) return undefined
  const zoneMs = (Number(zoneHours ?? 0) * 60 + Number(zoneMinutes ?? 0)) * 60_000
  const part = fraction === undefined ? 0 : Math.floor(Number(`0.${fraction}`) * unitMs)
  return utc + part - (sign === '-' ? -zoneMs : zoneMs)
}
