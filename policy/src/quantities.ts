// Cedar's `decimal`, `datetime` and `duration`: each a checked 64-bit integer with a unit, read
// from a strict text. RFC 80 of the Cedar project fixes the grammars of the two time types.
import { addLong, divideLong, euclideanRemainder, longFromBigInt, subtractLong } from './long.ts'
import type { Long } from './long.ts'

/** A decimal number with four fraction digits, held as ten-thousandths. */
export class Decimal {
  readonly kind = 'decimal'
  readonly tenThousandths: Long

  constructor(tenThousandths: Long) {
    this.tenThousandths = tenThousandths
  }

  toString(): string {
    const scaled = BigInt(this.tenThousandths)
    const digits = (scaled < 0n ? -scaled : scaled).toString().padStart(5, '0')
    const fraction = digits.slice(-4).replace(/0{1,3}$/, '')
    return `${scaled < 0n ? '-' : ''}${digits.slice(0, -4)}.${fraction}`
  }
}

/** A moment in milliseconds since 1970-01-01T00:00:00Z. */
export class Datetime {
  readonly kind = 'datetime'
  readonly epochMs: Long

  constructor(epochMs: Long) {
    this.epochMs = epochMs
  }

  /** This moment moved by a duration, or `undefined` on overflow. */
  offset(by: Duration): Datetime | undefined {
    const moved = addLong(this.epochMs, by.ms)
    return moved === undefined ? undefined : new Datetime(moved)
  }

  /** The time from `earlier` to this moment, or `undefined` on overflow. */
  durationSince(earlier: Datetime): Duration | undefined {
    const elapsed = subtractLong(this.epochMs, earlier.epochMs)
    return elapsed === undefined ? undefined : new Duration(elapsed)
  }

  /** Midnight of this moment's day, also before 1970, or `undefined` on overflow. */
  toDate(): Datetime | undefined {
    const midnight = subtractLong(this.epochMs, euclideanRemainder(this.epochMs, DAY_MS))
    return midnight === undefined ? undefined : new Datetime(midnight)
  }

  /** The time since midnight of this moment's day. */
  toTime(): Duration {
    return new Duration(euclideanRemainder(this.epochMs, DAY_MS))
  }
}

/** A length of time in milliseconds. */
export class Duration {
  readonly kind = 'duration'
  readonly ms: Long

  constructor(ms: Long) {
    this.ms = ms
  }

  /** This length in whole units of `unitMs` milliseconds, rounded towards zero. */
  in(unitMs: number): Long {
    return divideLong(this.ms, unitMs)
  }

  toString(): string {
    return `${this.ms}ms`
  }
}

export const SECOND_MS = 1000
export const MINUTE_MS = 60 * SECOND_MS
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

/** Reads `12.5` with one to four fraction digits; `undefined` when Cedar would refuse it. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = /^(-?)([0-9]+)\.([0-9]{1,4})$/.exec(text)
  if (match === null) return undefined
  const [, sign, whole = '', fraction = ''] = match
  const magnitude = BigInt(whole) * 10_000n + BigInt(fraction.padEnd(4, '0'))
  const scaled = longFromBigInt(sign === '-' ? -magnitude : magnitude)
  return scaled === undefined ? undefined : new Decimal(scaled)
}

const DATETIME =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{3}))?(?:Z|([+-])([0-9]{2})([0-9]{2})))?$/

/** Reads `2024-10-15` or `2024-10-15T11:35:00.000+0100`; `undefined` when Cedar would refuse it. */
export function parseDatetime(text: string): Datetime | undefined {
  const match = DATETIME.exec(text)
  if (match === null) return undefined
  const field = (index: number): number => Number(match[index] ?? 0)
  const [year, month, day] = [field(1), field(2), field(3)]
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined
  if (field(4) > 23 || field(5) > 59 || field(6) > 59) return undefined
  if (field(9) > 23 || field(10) > 59) return undefined
  const local =
    daysSinceEpoch(year, month, day) * DAY_MS +
    field(4) * HOUR_MS +
    field(5) * MINUTE_MS +
    field(6) * SECOND_MS +
    field(7)
  const ahead = (match[8] === '-' ? -1 : 1) * (field(9) * HOUR_MS + field(10) * MINUTE_MS)
  return new Datetime(local - ahead)
}

const DURATION = /^(-?)(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?(?:([0-9]+)ms)?$/

/** Reads `1d2h3m4s5ms`, units in that order; `undefined` when Cedar would refuse it. */
export function parseDuration(text: string): Duration | undefined {
  const match = DURATION.exec(text)
  if (match === null || text === '' || text === '-') return undefined
  const units = [DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, 1]
  let magnitude = 0n
  for (const [index, unit] of units.entries()) {
    magnitude += BigInt(match[index + 2] ?? 0) * BigInt(unit)
  }
  const ms = longFromBigInt(match[1] === '-' ? -magnitude : magnitude)
  return ms === undefined ? undefined : new Duration(ms)
}

function daysIn(year: number, month: number): number {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  return [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0
}

// The proleptic Gregorian calendar, also for the years 0 to 99, which `Date.UTC` moves to 1900.
function daysSinceEpoch(year: number, month: number, day: number): number {
  const midnight = new Date(0)
  midnight.setUTCFullYear(year, month - 1, day)
  return Math.floor(midnight.getTime() / DAY_MS)
}
