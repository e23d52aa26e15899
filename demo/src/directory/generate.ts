// Puts the directory together and keeps the list of what was planted in it.
import type { Workload } from '@countersign/contract/documents'
import { dayMs, type Member } from '#organisation/people'
import type { FormerMember } from '#organisation/personnel'
import { personas } from '#organisation/personas'
import type { Random } from '#organisation/random'
import type { RoleId } from '#organisation/roles'
import { type AccountMaker, accountMaker, enrolledMethods } from './account.ts'
import { applicationCatalogue } from './catalogue.ts'
import type { Account, Directory } from './directory.ts'
import { type GroundTruth, type PlantedFault, promisedFigures } from './ground-truth.ts'
import { baselines, directoryGroups } from './groups.ts'
import {
  administratorAccounts,
  builtInAccounts,
  everydayAdministrators,
  serviceAccounts,
  sharedAccounts,
} from './other-accounts.ts'
import { peopleAccounts } from './people-accounts.ts'

const domain = 'ad.aldervalley.example'

export interface DirectoryInput {
  readonly random: Random
  readonly now: number
  readonly members: readonly Member[]
  readonly former: readonly FormerMember[]
  readonly workloads: readonly Workload[]
}

/** The directory with its faults, and the list of the faults. */
export function generateDirectory(input: DirectoryInput): {
  readonly directory: Directory
  readonly groundTruth: GroundTruth
} {
  const { random, now, members, former, workloads } = input
  const faults: PlantedFault[] = []
  const plant = (fault: PlantedFault): void => {
    faults.push(fault)
  }
  const maker = accountMaker(random.stream('accounts'), domain, now)
  const technical = random
    .stream('administrators')
    .shuffled(members.filter((it) => administers.has(it.role) && isSettled(it, now)))
  const everyday = everydayAdministrators(maker, technical.slice(0, 8), plant)
  const named = enrol(
    maker,
    peopleAccounts(maker, members, former, plant).map((account) => {
      const extra = everyday.get(account.id)
      return extra ? { ...account, memberships: [...account.memberships, extra] } : account
    }),
    strongRoles(members),
    plant,
  )
  const accounts = [
    ...builtInAccounts(maker, plant),
    ...named,
    ...administratorAccounts(maker, technical, plant),
    ...serviceAccounts(maker, workloads, plant),
    ...sharedAccounts(maker, workloads, members, plant),
  ]
  const directory: Directory = {
    domain,
    accounts,
    groups: directoryGroups(domain, now - 3_900 * dayMs),
    applications: applicationCatalogue(plant),
    baselines: baselines(),
  }
  return { directory, groundTruth: { figures: promisedFigures, faults } }
}

const administers: ReadonlySet<RoleId> = new Set([
  'system-administrators',
  'security-analysts',
  'developers',
  'service-desk',
] as const)

// Only people about whom nothing else is wrong, so that each account has one planted fault at most.
function isSettled({ person, joinedAt, move }: Member, now: number): boolean {
  const isPersona = personas.some(({ id }) => id === person.id)
  const isPresent = person.active && joinedAt <= now && (person.endsAt ?? Infinity) > now
  return isPresent && !isPersona && move === undefined
}

/** People who cannot work without a passkey: what they open asks for one. */
function strongRoles(members: readonly Member[]): ReadonlySet<string> {
  const strong: ReadonlySet<RoleId> = new Set([
    'system-administrators',
    'security-analysts',
    'treasurers',
  ] as const)
  return new Set(members.filter(({ role }) => strong.has(role)).map(({ person }) => person.id))
}

// Enrols exactly as many named, enabled accounts as promised. Some of the others began and never
// finished, and some disabled accounts still have a method: neither counts.
function enrol(
  { random, now }: AccountMaker,
  accounts: readonly Account[],
  mustHave: ReadonlySet<string>,
  plant: (fault: PlantedFault) => void,
): Account[] {
  const enabled = accounts.filter((it) => it.enabled)
  const first = enabled.filter(({ id }) => mustHave.has(id))
  const rest = random.shuffled(enabled.filter(({ id }) => !mustHave.has(id)))
  const chosen = new Set([...first, ...rest].slice(0, promisedFigures.mfaEnrolled.count))
  return accounts.map((account) => {
    if (chosen.has(account) || (!account.enabled && random.chance(0.3))) {
      return { ...account, methods: enrolledMethods(random, now, mustHave.has(account.id)) }
    }
    if (!account.enabled) return account
    plant({ kind: 'not-enrolled', account: account.id })
    return random.chance(0.08)
      ? {
          ...account,
          methods: [
            { kind: 'authenticator', state: 'pending', registeredAt: now - 20 * dayMs } as const,
          ],
        }
      : account
  })
}
