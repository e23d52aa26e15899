// The accounts of people: those who work here, those who left and were not taken out, and those
// nobody can place. Orphans and stale memberships are planted here.
import { mailDomain } from '#organisation/departments'
import { idFor, inventName } from '#organisation/names'
import { dayMs, type Member } from '#organisation/people'
import type { FormerMember } from '#organisation/personnel'
import { spread } from '#organisation/random'
import { type AccountMaker, signedIn } from './account.ts'
import type { Account, Membership } from './directory.ts'
import type { PlantedFault } from './ground-truth.ts'
import { baselineGroups, projectGroups } from './groups.ts'

/** How the planted figures come together. */
const planted = {
  orphans: { left: 131, 'unknown number': 38, 'no number': 45 },
  recentLeaversEnabled: 3,
  disabledWithMemberships: 195,
  staleMoversCount: 110,
  staleMemberships: { disabled: 775, left: 610, moved: 450 },
} as const

type Plant = (fault: PlantedFault) => void

/** Every named account. `members` are the 1,200 people, `former` those who left long ago. */
export function peopleAccounts(
  maker: AccountMaker,
  members: readonly Member[],
  former: readonly FormerMember[],
  plant: Plant,
): Account[] {
  const { now } = maker
  const isFuture = (it: Member): boolean => it.joinedAt > now
  const isLeaver = (it: Member): boolean => (it.person.endsAt ?? Infinity) <= now
  const leavers = members.filter(isLeaver)
  const departed = [...leavers.map(departedMember), ...former]
  const enabledLeavers = leavers
    .slice(0, planted.recentLeaversEnabled)
    .map(({ person }) => person.id)
  return [
    ...currentAccounts(
      maker,
      members.filter((it) => !isFuture(it) && !isLeaver(it) && it.person.active),
      plant,
    ),
    ...members
      .filter((it) => isFuture(it) || !it.person.active)
      .map((it) => personAccount(maker, it, { enabled: false, memberships: [] })),
    ...departedAccounts(maker, departed, enabledLeavers, plant),
    ...unplacedAccounts(
      maker,
      new Set([...members.map(idOf), ...former.map(({ id }) => id)]),
      plant,
    ),
  ]
}

function currentAccounts(maker: AccountMaker, members: readonly Member[], plant: Plant): Account[] {
  const { random } = maker
  const movers = members.filter(({ move }) => move !== undefined)
  const stale = random.sample(movers, planted.staleMoversCount)
  const counts = spread(random, planted.staleMemberships.moved, stale.length, { min: 1, max: 9 })
  const countOf = new Map(stale.map((it, index) => [it.person.id, counts[index] ?? 0]))
  return members.map((member) => {
    const kept = leftBehind(maker, member, countOf.get(member.person.id) ?? 0)
    for (const { group } of kept) {
      plant({ kind: 'stale-membership', account: member.person.id, group, cause: 'moved' })
    }
    return personAccount(maker, member, {
      memberships: [...currentMemberships(maker, member), ...kept],
    })
  })
}

// Before the move, from the old role first and then from projects, and not part of the new role.
function leftBehind({ random }: AccountMaker, member: Member, count: number): Membership[] {
  const { move } = member
  if (move === undefined || count === 0) return []
  const now = new Set(baselineGroups(member.department, member.role))
  const old = baselineGroups(move.from.department, move.from.role).filter((it) => !now.has(it))
  const candidates = [...old, ...random.shuffled(projectGroups)]
  return candidates.slice(0, count).map((group) => ({
    group,
    addedAt: move.at - random.between(40, 800) * dayMs,
    addedBy: 'service.desk',
  }))
}

function currentMemberships({ random, now }: AccountMaker, member: Member): Membership[] {
  const since = member.move?.at ?? member.joinedAt
  const days = Math.max(0, Math.floor((now - since) / dayMs))
  const given = (group: string): Membership => ({
    group,
    addedAt: since + random.between(0, Math.min(3, days)) * dayMs,
    addedBy: 'identity.provisioning',
  })
  // Someone who moved has no project yet: what they had before is planted, not chance.
  const byHand =
    member.move === undefined
      ? random.weighted([
          [0, 6],
          [1, 2],
          [2, 1],
        ])
      : 0
  return [
    ...baselineGroups(member.department, member.role).map(given),
    ...random.sample(projectGroups, byHand).map((group) => ({
      group,
      addedAt: since + random.between(0, days) * dayMs,
      addedBy: 'service.desk',
    })),
  ]
}

interface Departed {
  readonly id: string
  readonly name: string
  readonly class: 'employee' | 'contractor' | 'partner'
  readonly employeeNumber: string
  readonly groups: readonly string[]
  readonly joinedAt: number
  readonly leftAt: number
}

function departedAccounts(
  maker: AccountMaker,
  people: readonly (Departed | FormerMember)[],
  alwaysEnabled: readonly string[],
  plant: Plant,
): Account[] {
  const { random } = maker
  const others = random.shuffled(people.filter(({ id }) => !alwaysEnabled.includes(id)))
  const enabled = [
    ...people.filter(({ id }) => alwaysEnabled.includes(id)),
    ...others.slice(0, planted.orphans.left - alwaysEnabled.length),
  ]
  const disabled = others.slice(planted.orphans.left - alwaysEnabled.length)
  const keeping = disabled.slice(0, planted.disabledWithMemberships)
  const { staleMemberships: totals } = planted
  const leftCounts = spread(random, totals.left, enabled.length, { min: 1, max: 9 })
  const disabledCounts = spread(random, totals.disabled, keeping.length, { min: 1, max: 9 })
  return [
    ...enabled.map((it, index) => {
      plant({ kind: 'orphaned-account', account: it.id, cause: 'left' })
      return departedAccount(maker, it, true, leftCounts[index] ?? 0, plant)
    }),
    ...disabled.map((it, index) =>
      departedAccount(maker, it, false, disabledCounts[index] ?? 0, plant),
    ),
  ]
}

function departedAccount(
  maker: AccountMaker,
  it: Departed | FormerMember,
  enabled: boolean,
  count: number,
  plant: Plant,
): Account {
  const { random, now } = maker
  const groups = 'groups' in it ? it.groups : baselineGroups(it.place.department, it.place.role)
  const memberships = [...groups, ...random.shuffled(projectGroups)]
    .slice(0, count)
    .map((group) => {
      const cause = enabled ? 'left' : 'disabled'
      plant({ kind: 'stale-membership', account: it.id, group, cause })
      return {
        group,
        addedAt: it.joinedAt + random.between(0, 30) * dayMs,
        addedBy: 'service.desk',
      }
    })
  return maker.make(it.class, it.id, it.name, {
    email: `${it.id}@${mailDomain}`,
    employeeNumber: it.employeeNumber,
    enabled,
    createdAt: it.joinedAt,
    passwordChangedAt: it.leftAt - random.between(0, 60) * dayMs,
    lastSignIn:
      enabled && random.chance(0.15)
        ? signedIn(now, now - random.between(1, 60) * dayMs)
        : signedIn(now, it.leftAt - random.between(0, 14) * dayMs),
    memberships,
  })
}

// Accounts made by hand over the years: the number is of nobody, or was never filled in.
function unplacedAccounts(maker: AccountMaker, taken: Set<string>, plant: Plant): Account[] {
  const { random, now } = maker
  const causes = (['unknown number', 'no number'] as const).flatMap((cause) =>
    Array.from({ length: planted.orphans[cause] }, () => cause),
  )
  return causes.map((cause, index) => {
    const name = inventName(random)
    const id = idFor(name, taken)
    plant({ kind: 'orphaned-account', account: id, cause })
    const kind = random.chance(0.7) ? 'employee' : 'contractor'
    return maker.make(kind, id, `${name.given} ${name.family}`, {
      email: `${id}@${mailDomain}`,
      // Numbers of an older personnel system, which the present one never took over.
      ...(cause === 'unknown number' ? { employeeNumber: `OLD${5_000 + index * 13}` } : {}),
      lastSignIn: random.chance(0.2)
        ? { kind: 'never' }
        : signedIn(now, now - random.between(5, 900) * dayMs),
      memberships: random.sample(projectGroups, random.between(0, 3)).map((group) => ({
        group,
        addedAt: now - random.between(100, 2_000) * dayMs,
        addedBy: 'service.desk',
      })),
    })
  })
}

function personAccount(maker: AccountMaker, member: Member, members: Partial<Account>): Account {
  const { person, employeeNumber, joinedAt } = member
  const { random, now } = maker
  return maker.make(person.class, person.id, person.name, {
    email: person.email ?? '',
    employeeNumber,
    createdAt: joinedAt > now ? now - 2 * dayMs : joinedAt,
    ...(person.class === 'employee' || person.endsAt === undefined
      ? {}
      : { expiresAt: person.endsAt }),
    lastSignIn:
      joinedAt > now ? { kind: 'never' } : signedIn(now, now - random.between(0, 12) * dayMs),
    ...members,
  })
}

function departedMember(member: Member): Departed {
  const { person, employeeNumber, department, role, joinedAt } = member
  return {
    id: person.id,
    name: person.name,
    class: person.class,
    employeeNumber,
    groups: baselineGroups(department, role),
    joinedAt,
    leftAt: person.endsAt ?? joinedAt,
  }
}

function idOf({ person }: Member): string {
  return person.id
}
