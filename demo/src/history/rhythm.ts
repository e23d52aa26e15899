// When people work. A hospital never closes: wards turn in three shifts, clinics and offices keep
// to the day, some are on call, and finance knows when the month ends. Hours are UTC.
import { dayMs } from '#organisation/people'
import type { Random } from '#organisation/random'
import { type RoleId, roles } from '#organisation/roles'

/** A stretch of work, in milliseconds since the epoch. */
export interface Shift {
  readonly from: number
  readonly to: number
  /** How busy it is compared with an ordinary shift. */
  readonly intensity: number
}

const hourMs = 3_600_000
/** Two early shifts, a late one, a night, and two days off. */
const wardCycle = ['early', 'early', 'late', 'night', 'off', 'off'] as const
const wardHours = { early: [6, 14], late: [14, 22], night: [22, 30] } as const
const absence = 0.07

/**
 * The shift of someone on the day that begins at `midnight`; undefined on a day off.
 * @param turn a number of their own, by which the ward's cycle is shifted
 */
export function shiftOn(
  random: Random,
  role: RoleId,
  turn: number,
  midnight: number,
): Shift | undefined {
  if (random.chance(absence)) return undefined
  const weekend = isWeekend(midnight)
  switch (roles[role].rhythm) {
    case 'ward': {
      const day = Math.floor(midnight / dayMs)
      const kind = wardCycle[(day + turn) % wardCycle.length] ?? 'off'
      return kind === 'off' ? undefined : shift(random, midnight, wardHours[kind])
    }
    case 'clinic':
      if (weekend) return random.chance(0.12) ? shift(random, midnight, [8, 13], 0.6) : undefined
      return shift(random, midnight, [7, 16])
    case 'office': {
      const closing = closesBooks.has(role) && isMonthEnd(midnight)
      if (weekend)
        return closing && random.chance(0.6) ? shift(random, midnight, [9, 15]) : undefined
      return shift(random, midnight, closing ? [7, 19] : [8, 17], closing ? 2.2 : 1)
    }
    case 'on-call':
      if (weekend) return random.chance(0.16) ? shift(random, midnight, [7, 19], 0.7) : undefined
      return random.chance(0.14)
        ? shift(random, midnight, [19, 31], 0.7)
        : shift(random, midnight, [7, 18])
    case 'visiting':
      if (role === 'imaging-partners') {
        return random.chance(weekend ? 0.6 : 0.3) ? shift(random, midnight, [18, 26]) : undefined
      }
      return !weekend && random.chance(0.45) ? shift(random, midnight, [9, 16], 0.7) : undefined
  }
}

const closesBooks: ReadonlySet<RoleId> = new Set([
  'accountants',
  'payroll-clerks',
  'treasurers',
] as const)

function isWeekend(midnight: number): boolean {
  const day = new Date(midnight).getUTCDay()
  return day === 0 || day === 6
}

/** The last three days of a month and the first two of the next. */
function isMonthEnd(midnight: number): boolean {
  return (
    new Date(midnight - 2 * dayMs).getUTCMonth() !== new Date(midnight + 3 * dayMs).getUTCMonth()
  )
}

function shift(
  random: Random,
  midnight: number,
  [from, to]: readonly [number, number],
  intensity = 1,
): Shift {
  const early = random.between(-10, 25) * 60_000
  return { from: midnight + from * hourMs + early, to: midnight + to * hourMs, intensity }
}
