// The people of the group, with managers, sponsors, and the dates at which they came, moved and
// left. What is true of a person at a moment follows from dates, so that a decision of three weeks
// ago can be made again today.
import type { Person } from '@countersign/contract/documents'
import { departmentName, departments, externals, mailDomain } from './departments.ts'
import { idFor, inventName, type PersonName } from './names.ts'
import { type Persona, personas, personasGroup } from './personas.ts'
import type { Random } from './random.ts'
import { type RoleId, roles } from './roles.ts'

export const dayMs = 86_400_000

/** A person with what the personnel department knows besides. */
export interface Member {
  readonly person: Person
  /** The immutable key of the personnel system. */
  readonly employeeNumber: string
  readonly role: RoleId
  readonly department: string
  readonly joinedAt: number
  readonly move: Move | undefined
}

interface Move {
  readonly at: number
  readonly from: { readonly department: string; readonly role: RoleId }
}

/** How many people of each unusual kind there are among the employees. */
const peopleCounts = {
  futureJoiners: 6,
  recentLeavers: 6,
  suspended: 2,
  recentJoiners: 14,
  movers: 140,
  recentMovers: 4,
} as const

type Fate = keyof typeof peopleCounts | 'ordinary'

interface Seat {
  readonly class: Person['class']
  readonly role: RoleId
  readonly department: string
  readonly organisation: string | undefined
  /** Head of the department, leader of a team, or neither. */
  readonly rank: 'head' | 'lead' | 'member'
  /** Which team of the department. */
  readonly team: number
  readonly persona: Persona | undefined
}

const teamSize = 12

/** Everyone: 1,000 employees, 120 contractors and 80 partners. */
export function generatePeople(random: Random, now: number): Member[] {
  const seats = [...employeeSeats(), ...externalSeats()]
  const ids = nameSeats(random.stream('names'), seats)
  const fates = assignFates(random.stream('fates'), seats)
  const idAt = (index: number): string => ids[index]?.id ?? ''
  const headOf = new Map<string, string>()
  const leadsOf = new Map<string, string[]>()
  for (const [index, seat] of seats.entries()) {
    if (seat.rank === 'head') headOf.set(seat.department, idAt(index))
    if (seat.rank === 'lead') {
      leadsOf.set(seat.department, [...(leadsOf.get(seat.department) ?? []), idAt(index)])
    }
  }
  const executives = seats.flatMap((seat, index) =>
    seat.department === 'executive' ? [idAt(index)] : [],
  )
  const managerOf = (seat: Seat): string | undefined => {
    if (seat.class === 'partner') return undefined
    if (seat.department === 'executive') return seat.rank === 'head' ? undefined : executives[0]
    if (seat.rank === 'head') {
      const place = departments.findIndex(({ id }) => id === seat.department)
      return executives[1 + (place % (executives.length - 1))]
    }
    const leads = leadsOf.get(seat.department) ?? []
    return (seat.rank === 'lead' ? undefined : leads[seat.team]) ?? headOf.get(seat.department)
  }

  const dates = random.stream('dates')
  return seats.map((seat, index) => {
    const fate = fates.get(index) ?? 'ordinary'
    const joinedAt = joiningDate(dates, now, fate, seat)
    const move =
      fate === 'movers' || fate === 'recentMovers'
        ? moveOf(dates, seat, now, joinedAt, fate)
        : undefined
    const { id, name } = ids[index] ?? { id: '', name: { given: '', family: '' } }
    const endsAt = endDate(dates, now, fate, seat)
    const manager = managerOf(seat)
    const sponsor = seat.class === 'employee' ? undefined : headOf.get(seat.department)
    return {
      employeeNumber: `AV${100_000 + index * 7 + dates.between(0, 6)}`,
      role: seat.role,
      department: seat.department,
      joinedAt,
      move,
      person: {
        id,
        name: `${name.given} ${name.family}`,
        email: `${id}@${mailDomain}`,
        class: seat.class,
        title: titleOf(dates, seat),
        ...(seat.persona ? { description: seat.persona.story } : {}),
        department: seat.organisation ?? departmentName(seat.department),
        ...(manager === undefined ? {} : { manager }),
        ...(sponsor === undefined ? {} : { sponsor }),
        startsAt: joinedAt,
        ...(endsAt === undefined ? {} : { endsAt }),
        active: fate !== 'suspended',
        groups: groupsOf(seat),
      },
    }
  })
}

/** The head of each department, by department id. */
export function headsOf(members: readonly Member[]): ReadonlyMap<string, string> {
  return new Map(
    members
      .filter(({ person }) => person.title?.startsWith(headTitle))
      .map(({ department, person }) => [department, person.id]),
  )
}

const headTitle = 'Head of '

function employeeSeats(): Seat[] {
  return departments.flatMap(({ id, staff }) => {
    const places = (Object.entries(staff) as [RoleId, number][]).flatMap(([role, count]) =>
      Array.from({ length: count }, () => role),
    )
    const teams = Math.max(1, Math.ceil((places.length - 1) / teamSize))
    const waiting = personas.filter((it) => it.class === 'employee' && it.department === id)
    return places.map((role, place): Seat => {
      const rank = place === 0 ? 'head' : place <= teams && places.length > 12 ? 'lead' : 'member'
      const chosen = rank === 'member' ? waiting.findIndex((it) => it.role === role) : -1
      const persona = chosen < 0 ? undefined : waiting.splice(chosen, 1)[0]
      return {
        class: 'employee',
        role,
        department: id,
        organisation: undefined,
        rank,
        team: place % teams,
        persona,
      }
    })
  })
}

function externalSeats(): Seat[] {
  return externals.flatMap(({ count, organisation, ...row }) =>
    Array.from({ length: count }, (_, place): Seat => ({
      class: row.class,
      role: row.role,
      department: row.department,
      organisation,
      rank: 'member',
      team: 0,
      persona:
        place === 0
          ? personas.find((it) => it.class === row.class && it.role === row.role)
          : undefined,
    })),
  )
}

function nameSeats(
  random: Random,
  seats: readonly Seat[],
): { readonly id: string; readonly name: PersonName }[] {
  const taken = new Set(personas.map(({ id }) => id))
  return seats.map(({ persona }) => {
    if (persona) return { id: persona.id, name: persona.name }
    const name = inventName(random)
    return { id: idFor(name, taken), name }
  })
}

function assignFates(random: Random, seats: readonly Seat[]): ReadonlyMap<number, Fate> {
  const eligible = random.shuffled(
    seats.flatMap(({ class: kind, rank, persona, department }, index) =>
      kind === 'employee' && rank === 'member' && !persona && department !== 'executive'
        ? [index]
        : [],
    ),
  )
  const fates = (Object.entries(peopleCounts) as [Fate, number][]).flatMap(([fate, count]) =>
    Array.from({ length: count }, () => fate),
  )
  return new Map(fates.map((fate, place) => [eligible[place] ?? -1, fate]))
}

function joiningDate(random: Random, now: number, fate: Fate, seat: Seat): number {
  const daysAgo =
    fate === 'futureJoiners'
      ? -random.between(3, 40)
      : fate === 'recentJoiners'
        ? random.between(2, 26)
        : fate === 'movers' || fate === 'recentMovers'
          ? random.between(900, 5000)
          : seat.class === 'employee'
            ? random.between(40, 5000)
            : random.between(40, 500)
  return startOfDay(now) - daysAgo * dayMs
}

function endDate(random: Random, now: number, fate: Fate, seat: Seat): number | undefined {
  if (fate === 'recentLeavers') return startOfDay(now) - random.between(3, 24) * dayMs
  if (seat.class === 'employee') return undefined
  return startOfDay(now) + random.between(seat.persona ? 60 : 9, 330) * dayMs
}

function moveOf(random: Random, seat: Seat, now: number, joinedAt: number, fate: Fate): Move {
  const daysAgo =
    fate === 'recentMovers'
      ? random.between(5, 20)
      : random.between(35, Math.min(700, Math.floor((now - joinedAt) / dayMs) - 60))
  const elsewhere = departments.flatMap(({ id, staff }) =>
    id === seat.department || id === 'executive'
      ? []
      : (Object.keys(staff) as RoleId[]).map((role) => ({ department: id, role })),
  )
  const sameWork = elsewhere.filter(({ role }) => role === seat.role)
  const from = random.pick(sameWork.length === 0 || random.chance(0.2) ? elsewhere : sameWork)
  return { at: startOfDay(now) - daysAgo * dayMs, from }
}

function titleOf(random: Random, seat: Seat): string {
  if (seat.persona) return seat.persona.title
  if (seat.department === 'executive') {
    return seat.rank === 'head' ? 'Chief Executive' : 'Director'
  }
  if (seat.rank === 'head') return headTitle + departmentName(seat.department)
  const titles: readonly string[] = roles[seat.role].titles
  const title = random.pick(titles)
  return seat.rank === 'lead' ? `Lead ${title}` : title
}

function groupsOf(seat: Seat): string[] {
  const isClinical = seat.role === 'nurses' || seat.role === 'doctors'
  return [
    `${seat.class}s`,
    ...(seat.class === 'partner' ? [] : [`department-${seat.department}`]),
    seat.role,
    ...(seat.rank === 'member' ? [] : ['managers']),
    ...(seat.class === 'contractor' && isClinical ? ['clinical-contractors'] : []),
    ...(seat.persona ? [personasGroup, ...seat.persona.groups] : []),
  ]
}

/** Midnight, UTC, of the day a moment lies in. */
export function startOfDay(ms: number): number {
  return Math.floor(ms / dayMs) * dayMs
}
