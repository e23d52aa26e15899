// Hours of accesses as a chart's columns, and their sums by day and in all.

export interface HourOfAccess {
  /** Start of the hour, in milliseconds since the epoch. */
  readonly at: number
  readonly allow: number
  readonly deny: number
  readonly stepUp: number
}

export interface Sums {
  readonly allow: number
  readonly deny: number
  readonly stepUp: number
  readonly total: number
}

export function sumsOf(hours: readonly HourOfAccess[]): Sums {
  let allow = 0
  let deny = 0
  let stepUp = 0
  for (const hour of hours) {
    allow += hour.allow
    deny += hour.deny
    stepUp += hour.stepUp
  }
  return { allow, deny, stepUp, total: allow + deny + stepUp }
}

export interface DaySums extends Sums {
  /** The first hour of that day on record. */
  readonly at: number
  /** How many hours of it are on record. */
  readonly hours: number
}

/** The sums of each local day, oldest first. */
export function sumsByDay(hours: readonly HourOfAccess[]): readonly DaySums[] {
  const days = Map.groupBy(hours, ({ at }) => new Date(at).toDateString())
  return [...days.values()].map((all) => ({
    at: all[0]?.at ?? 0,
    hours: all.length,
    ...sumsOf(all),
  }))
}

/** Each hour from the first to the last, the silent ones as zeros. */
export function everyHour(
  hours: readonly HourOfAccess[],
  hoursMax: number,
): readonly HourOfAccess[] {
  const last = hours.at(-1)
  const first = hours[0]
  if (!first || !last) return []
  const known = new Map(hours.map((hour) => [hour.at, hour]))
  const count = Math.min(hoursMax, Math.round((last.at - first.at) / hourMs) + 1)
  return Array.from({ length: count }, (_, index) => {
    const at = last.at - (count - 1 - index) * hourMs
    return known.get(at) ?? { at, allow: 0, deny: 0, stepUp: 0 }
  })
}

const hourMs = 3_600_000

/** A round number at or above `value`: few digits, and half of it is one too. */
export function roundUp(value: number): number {
  if (value <= 4) return 4
  const power = 10 ** Math.floor(Math.log10(value))
  const step = [1, 2, 3, 4, 5, 6, 8, 10].find((factor) => factor * power >= value) ?? 10
  return step * power
}
