// Everything that the checks look at, worked out once: what each account is, whose it is, when it was
// used, and what power it has by which way.
import type { Baseline, PersonnelRecord } from '#cloud-model'
import type { Account, Group, Machine, Principal } from '#model'
import type { AttributeName, Reading } from '#reading'
import { type Activity, activityOf } from './activity.ts'
import { type Classification, classify, isPersonal, isSecondAccount } from './classify.ts'
import { type Employment, employmentOfAccount, type Personnel, personnelAt } from './employment.ts'
import { type Membership, membershipOf, type Way } from './membership.ts'

/** What holds for people's accounts and machines alike. */
export interface Known<P extends Principal> {
  readonly it: P
  readonly site: Site
  readonly activity: Activity
  /** By which ways it has power over the directory. */
  readonly ways: readonly Way[]
}

export interface KnownAccount extends Known<Account> {
  readonly classification: Classification
  /** Of one person, whichever. */
  readonly isPersonal: boolean
  /** Beside the same person's everyday account. */
  readonly isSecond: boolean
  /** Absent where there are no personnel records. */
  readonly employment: Employment | undefined
}

export type KnownMachine = Known<Machine>

export interface KnownGroup {
  readonly it: Group
  readonly site: Site
  readonly index: number
}

/** One reading with what was worked out about it. */
export interface Site {
  readonly reading: Reading
  readonly membership: Membership
  readonly accounts: readonly KnownAccount[]
  readonly machines: readonly KnownMachine[]
  readonly groups: readonly KnownGroup[]
  tells(attribute: AttributeName): boolean
  accountOf(id: string): KnownAccount | undefined
}

export interface Picture {
  readonly now: number
  readonly sites: readonly Site[]
  readonly personnel: Personnel | undefined
  /** Groups by department and role, where somebody wrote them down. */
  baselineOf(record: PersonnelRecord): ReadonlySet<string> | undefined
}

/** The picture that several readings make together at a moment. */
export function pictureOf(readings: readonly Reading[], now: number): Picture {
  const hasPersonnel = readings.some(({ tells }) => tells.has('personnel'))
  const records = readings.flatMap(({ personnel }) => personnel)
  const personnel = hasPersonnel ? personnelAt(records, now) : undefined
  const elsewhere = new Set<AttributeName>(
    (['personnel', 'baselines'] as const).filter((it) =>
      readings.some(({ tells }) => tells.has(it)),
    ),
  )
  const baselines = new Map(
    readings.flatMap((it) => it.baselines).map((it) => [placeOf(it), new Set(it.groups)]),
  )
  return {
    now,
    personnel,
    sites: readings
      .filter(({ system }) => system !== 'personnel')
      .map((reading) => siteOf(reading, { personnel, elsewhere, now })),
    baselineOf: ({ department, role }) =>
      department === undefined || role === undefined
        ? undefined
        : baselines.get(placeOf({ department, role })),
  }
}

function siteOf(
  reading: Reading,
  { personnel, elsewhere, now }: Pick<Picture, 'personnel' | 'now'> & Elsewhere,
): Site {
  const membership = membershipOf(reading)
  const accounts: KnownAccount[] = []
  const machines: KnownMachine[] = []
  const groups: KnownGroup[] = []
  const byId = new Map<string, KnownAccount>()
  const site: Site = {
    reading,
    membership,
    accounts,
    machines,
    groups,
    tells: (attribute) => reading.tells.has(attribute) || elsewhere.has(attribute),
    accountOf: (id) => byId.get(id),
  }
  const canJoin = personnel !== undefined && reading.tells.has('employeeId')
  for (const it of reading.accounts) {
    const employment = canJoin ? employmentOfAccount(it, personnel) : undefined
    const classification = classify(it, employment)
    const personal = isPersonal(classification)
    const known: KnownAccount = {
      ...principalOf(it, site, now),
      classification,
      isPersonal: personal,
      isSecond: personal && isSecondAccount(it),
      employment,
    }
    accounts.push(known)
    byId.set(it.id, known)
  }
  for (const [index, it] of reading.groups.entries()) groups.push({ it, index, site })
  for (const it of reading.machines) machines.push(principalOf(it, site, now))
  return site
}

function principalOf<P extends Principal>(it: P, site: Site, now: number): Known<P> {
  return {
    it,
    site,
    activity: activityOf(it.lastUse, now),
    ways: site.membership.waysOf(it.id),
  }
}

interface Elsewhere {
  /** What another source tells for all of them. */
  readonly elsewhere: ReadonlySet<AttributeName>
}

function placeOf({ department, role }: Pick<Baseline, 'department' | 'role'>): string {
  return JSON.stringify([department, role])
}
