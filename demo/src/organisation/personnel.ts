// What the personnel system says: who came, moved and left, and when. It is the list that a
// directory is held against; the immutable key is the employee number.
import type { Person } from '@countersign/contract/documents'
import { departments } from './departments.ts'
import { idFor, inventName } from './names.ts'
import { dayMs, type Member, startOfDay } from './people.ts'
import type { Random } from './random.ts'
import type { RoleId } from './roles.ts'

interface Place {
  readonly department: string
  readonly role: RoleId
}

/** One personnel event. `at` is when it takes effect, in milliseconds since the epoch. */
export type PersonnelEvent = { readonly employeeNumber: string; readonly at: number } & (
  | {
      readonly kind: 'joiner'
      readonly id: string
      readonly name: string
      readonly class: Person['class']
      readonly title: string
      readonly to: Place
      readonly sponsor?: string
      readonly endsAt?: number
    }
  | { readonly kind: 'mover'; readonly from: Place; readonly to: Place }
  | {
      readonly kind: 'leaver'
      readonly reason: 'resigned' | 'retired' | 'contract ended' | 'dismissed'
      /** Access ends at once, not at the end of the day. */
      readonly urgent: boolean
    }
)

/** Someone who left long ago and is no document any more. */
export interface FormerMember {
  readonly employeeNumber: string
  readonly id: string
  readonly name: string
  readonly class: 'employee' | 'contractor'
  readonly place: Place
  readonly joinedAt: number
  readonly leftAt: number
}

/** How many people left in the two years before the last four weeks. */
const formerMembersCount = 420

/** People who left between a month and two years ago. */
export function generateFormerMembers(
  random: Random,
  members: readonly Member[],
  now: number,
): FormerMember[] {
  const taken = new Set(members.map(({ person }) => person.id))
  const places = departments.flatMap(({ id, staff }) =>
    (Object.entries(staff) as [RoleId, number][]).map(
      ([role, count]) => [{ department: id, role }, count] as const,
    ),
  )
  return Array.from({ length: formerMembersCount }, (_, index) => {
    const name = inventName(random)
    const leftAt = startOfDay(now) - random.between(31, 700) * dayMs
    return {
      employeeNumber: `AV${80_000 + index * 11 + random.between(0, 10)}`,
      id: idFor(name, taken),
      name: `${name.given} ${name.family}`,
      class: random.chance(0.8) ? 'employee' : 'contractor',
      place: random.weighted(places),
      joinedAt: leftAt - random.between(90, 3000) * dayMs,
      leftAt,
    }
  })
}

/** All personnel events, oldest first. Future-dated ones are part of it and have no effect yet. */
export function personnelEvents(
  random: Random,
  members: readonly Member[],
  former: readonly FormerMember[],
): PersonnelEvent[] {
  const events = [
    ...members.flatMap((member) => eventsOfMember(random, member)),
    ...former.flatMap((member) => eventsOfFormer(random, member)),
  ]
  return events.sort(
    (left, right) => left.at - right.at || (left.employeeNumber < right.employeeNumber ? -1 : 1),
  )
}

function eventsOfMember(random: Random, member: Member): PersonnelEvent[] {
  const { person, employeeNumber, joinedAt, move } = member
  const place: Place = { department: member.department, role: member.role }
  const leaves = person.class === 'employee' ? person.endsAt : undefined
  return [
    {
      kind: 'joiner',
      employeeNumber,
      at: joinedAt,
      id: person.id,
      name: person.name,
      class: person.class,
      title: person.title ?? '',
      to: move?.from ?? place,
      ...(person.sponsor === undefined ? {} : { sponsor: person.sponsor }),
      ...(person.endsAt === undefined || leaves !== undefined ? {} : { endsAt: person.endsAt }),
    },
    ...(move
      ? [{ kind: 'mover', employeeNumber, at: move.at, from: move.from, to: place } as const]
      : []),
    ...(leaves === undefined ? [] : [leaver(random, employeeNumber, leaves, 'employee')]),
  ]
}

function eventsOfFormer(random: Random, it: FormerMember): PersonnelEvent[] {
  return [
    {
      kind: 'joiner',
      employeeNumber: it.employeeNumber,
      at: it.joinedAt,
      id: it.id,
      name: it.name,
      class: it.class,
      title: '',
      to: it.place,
    },
    leaver(random, it.employeeNumber, it.leftAt, it.class),
  ]
}

function leaver(
  random: Random,
  employeeNumber: string,
  at: number,
  kind: Person['class'],
): PersonnelEvent {
  const reason =
    kind === 'contractor'
      ? 'contract ended'
      : random.weighted([
          ['resigned', 7],
          ['retired', 2],
          ['dismissed', 1],
        ] as const)
  return { kind: 'leaver', employeeNumber, at, reason, urgent: reason === 'dismissed' }
}
