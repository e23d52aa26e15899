// The accounts that are not of one person: services, places where several sign in, the second
// accounts of administrators, and those every domain is born with. Three figures are planted
// here: services without expiry, shared accounts and domain administrators.
import type { Workload } from '@countersign/contract/documents'
import { dayMs, type Member } from '#organisation/people'
import type { AccountMaker } from './account.ts'
import type { Account, Membership } from './directory.ts'
import type { PlantedFault } from './ground-truth.ts'
import { domainAdmins, domainGuests, type HiddenPath } from './groups.ts'

/** Who is a domain administrator, and by which way. With the built-in one they are 43. */
const administratorWays = {
  accounts: { [domainAdmins]: 14, 'Tier 0 Operators': 8, 'Legacy Migration 2016': 4 },
  byPrimaryGroup: 2,
  services: { [domainAdmins]: 3, 'Backup Software': 6 },
  everyday: { [domainAdmins]: 3, 'Legacy Migration 2016': 2 },
  disabled: 5,
} as const

/** Shared accounts that pretend to be an employee's. */
const disguisedShared = 7
/** Accounts of places, switched off: they look shared and are not counted. */
const retiredPlaces = 12

type Plant = (fault: PlantedFault) => void

/** Accounts of services. 89 have a password that never expires on an account that never ends. */
export function serviceAccounts(
  maker: AccountMaker,
  workloads: readonly Workload[],
  plant: Plant,
): Account[] {
  const { random, now } = maker
  const services = workloads.filter((it) => it.class === 'service')
  const administrators = random.sample(
    services.filter(
      ({ active, credentialExpiresAt }) => active && credentialExpiresAt !== undefined,
    ),
    9,
  )
  const ways = waysOf(administratorWays.services)
  return services.map((it) => {
    const way = ways[administrators.indexOf(it)]
    if (way !== undefined) {
      plant({ kind: 'domain-administrator', account: it.id, path: way })
    }
    if (it.active && it.credentialExpiresAt === undefined) {
      plant({ kind: 'service-without-expiry', account: it.id })
    }
    return maker.make('service', it.id, it.name, {
      description: it.purpose ?? '',
      enabled: it.active,
      memberships: way === undefined ? [] : [membership(now, random.between(300, 2_500), way)],
      ...servicePassword(maker, it),
    })
  })
}

// Four ways to be in order or not: managed by the directory, rotated by hand, never expiring on an
// account that ends, and never expiring at all.
function servicePassword({ random, now }: AccountMaker, it: Workload): Partial<Account> {
  if (it.credentialExpiresAt === undefined || !it.active) {
    return {
      passwordNeverExpires: true,
      passwordChangedAt: now - random.between(400, 3_500) * dayMs,
    }
  }
  if (random.chance(0.3)) return { passwordManaged: true }
  if (random.chance(0.1)) {
    return { passwordNeverExpires: true, expiresAt: it.credentialExpiresAt }
  }
  return {}
}

/** Accounts of places: 31 whose password several people keep, and some that were switched off. */
export function sharedAccounts(
  maker: AccountMaker,
  workloads: readonly Workload[],
  members: readonly Member[],
  plant: Plant,
): Account[] {
  const { random } = maker
  const custodians = members.filter(({ person }) => person.class === 'employee')
  const places = workloads.filter((it) => it.class === 'shared')
  const disguised = new Set(random.sample(places, disguisedShared).map(({ id }) => id))
  return [
    ...places.map((it) => {
      plant({ kind: 'shared-account', account: it.id, disguised: disguised.has(it.id) })
      return maker.make(disguised.has(it.id) ? 'employee' : 'shared', it.id, it.name, {
        custodians: random.sample(custodians, random.between(2, 9)).map(numberOf),
        methods: [],
      })
    }),
    ...Array.from({ length: retiredPlaces }, (_, index) =>
      maker.make('shared', `old-desk-${index + 1}`, `Old desk ${index + 1}`, {
        enabled: false,
        custodians: random.sample(custodians, random.between(2, 4)).map(numberOf),
      }),
    ),
    // Mailboxes of rooms, which one person looks after, are not shared accounts.
    ...Array.from({ length: 18 }, (_, index) =>
      maker.make('shared', `room-${index + 1}`, `Meeting room ${index + 1}`, {
        custodians: random.sample(custodians, 1).map(numberOf),
      }),
    ),
  ]
}

/** The second accounts of people who administer systems. */
export function administratorAccounts(
  maker: AccountMaker,
  members: readonly Member[],
  plant: Plant,
): Account[] {
  const { random, now } = maker
  const owners = random.shuffled(members)
  const ways = waysOf(administratorWays.accounts)
  const { byPrimaryGroup, disabled } = administratorWays
  const cloudOnly = 14
  const make = (member: Member, members: Partial<Account>): Account =>
    maker.make('administrator', `adm-${member.person.id}`, `${member.person.name} (admin)`, {
      employeeNumber: member.employeeNumber,
      // Nobody administers before they work here.
      createdAt: member.joinedAt,
      ...members,
    })
  const added = (member: Member, way: string): Membership =>
    membership(now, random.between(0, Math.floor((now - member.joinedAt) / dayMs)), way)
  return owners
    .slice(0, ways.length + byPrimaryGroup + disabled + cloudOnly)
    .map((member, index) => {
      const way = ways[index]
      const account = `adm-${member.person.id}`
      if (way !== undefined) {
        plant({ kind: 'domain-administrator', account, path: way })
        return make(member, { memberships: [added(member, way)] })
      }
      if (index < ways.length + byPrimaryGroup) {
        plant({ kind: 'domain-administrator', account, path: 'primary group' })
        return make(member, { primaryGroup: domainAdmins })
      }
      if (index < ways.length + byPrimaryGroup + disabled) {
        plant({ kind: 'stale-membership', account, group: domainAdmins, cause: 'disabled' })
        return make(member, { enabled: false, memberships: [added(member, domainAdmins)] })
      }
      return make(member, { memberships: [added(member, 'Server Operators')] })
    })
}

/** The named accounts that are domain administrators besides: the id and the way of each. */
export function everydayAdministrators(
  maker: AccountMaker,
  members: readonly Member[],
  plant: Plant,
): ReadonlyMap<string, Membership> {
  const { random, now } = maker
  const ways = waysOf(administratorWays.everyday)
  return new Map(
    random.sample(members, ways.length).map((member, index) => {
      const way = ways[index] ?? domainAdmins
      plant({ kind: 'domain-administrator', account: member.person.id, path: way })
      const days = Math.floor((now - member.joinedAt) / dayMs)
      return [member.person.id, membership(now, random.between(0, days), way)]
    }),
  )
}

/** Accounts that come with the domain. */
export function builtInAccounts(maker: AccountMaker, plant: Plant): Account[] {
  const { now } = maker
  const createdAt = now - 4_000 * dayMs
  plant({ kind: 'domain-administrator', account: 'Administrator', path: domainAdmins })
  return [
    maker.make('built-in', 'Administrator', 'Administrator', {
      relativeId: 500,
      createdAt,
      memberships: [membership(now, 3_999, domainAdmins)],
    }),
    maker.make('built-in', 'Guest', 'Guest', {
      relativeId: 501,
      createdAt,
      enabled: false,
      primaryGroup: domainGuests,
      lastSignIn: { kind: 'never' },
    }),
    maker.make('built-in', 'krbtgt', 'krbtgt', {
      relativeId: 502,
      createdAt,
      enabled: false,
      passwordChangedAt: now - 1_300 * dayMs,
      lastSignIn: { kind: 'never' },
    }),
  ]
}

function waysOf(
  counts: Partial<Readonly<Record<typeof domainAdmins | HiddenPath, number>>>,
): string[] {
  return Object.entries(counts).flatMap(([way, count]) => Array.from({ length: count }, () => way))
}

function membership(now: number, daysAgo: number, group: string): Membership {
  return { group, addedAt: now - daysAgo * dayMs, addedBy: 'Administrator' }
}

function numberOf({ employeeNumber }: Member): string {
  return employeeNumber
}
