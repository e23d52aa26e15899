// The directory's groups, grown over the years: by department, role and application, projects
// nobody closed, and the groups that rule the domain, with nesting that hides who rules.
import { applicationRows } from '#organisation/applications'
import { departments, externals } from '#organisation/departments'
import { type RoleId, roleIds, roles } from '#organisation/roles'
import type { Baseline, DirectoryGroup, Membership } from './directory.ts'

/** Groups with a well-known relative identifier. */
const builtIn = [
  ['Domain Admins', 512],
  ['Domain Users', 513],
  ['Domain Guests', 514],
  ['Schema Admins', 518],
  ['Enterprise Admins', 519],
  ['Protected Users', 525],
  ['Account Operators', 548],
  ['Server Operators', 549],
  ['Backup Operators', 551],
] as const

export const domainAdmins = 'Domain Admins'
export const domainUsers = 'Domain Users'
export const domainGuests = 'Domain Guests'

/** Groups that lead to `Domain Admins` without saying so, with the group each is a member of. */
const hiddenPaths = {
  'Tier 0 Operators': domainAdmins,
  'Legacy Migration 2016': 'Tier 0 Operators',
  'Backup Software': domainAdmins,
} as const
export type HiddenPath = keyof typeof hiddenPaths

// Two groups that are members of each other: a cycle an audit has to survive.
const cycle = ['Merger Team North', 'Merger Team South'] as const

const projectWords = {
  first: ['New Wing', 'Paperless', 'Theatre 9', 'Winter Plan', 'Merger', 'Green Estate'],
  second: ['Board', 'Core Team', 'Readers', 'Suppliers', 'Testers', 'Archive', 'Finance', 'Pilot'],
}

/** Projects and mail lists: groups one is added to by hand. */
export const projectGroups: readonly string[] = projectWords.first.flatMap((first) =>
  projectWords.second.map((second) => `Project ${first} ${second}`),
)

/** All groups of the domain. */
export function directoryGroups(domain: string, createdAt: number): DirectoryGroup[] {
  const names: readonly string[] = [
    'All Staff',
    'All Contractors',
    'All Partners',
    ...departments.map(({ id }) => departmentGroup(id)),
    ...roleIds.map((id) => roleGroup(id)),
    ...applicationRows.map(({ id }) => applicationGroup(id)),
    ...projectGroups,
    ...Object.keys(hiddenPaths),
    ...cycle,
  ]
  const parents: Readonly<Record<string, string>> = {
    ...hiddenPaths,
    [cycle[0]]: cycle[1],
    [cycle[1]]: cycle[0],
  }
  return [
    ...builtIn.map(([name, relativeId]) => ({ name, relativeId })),
    ...names.map((name, index) => ({ name, relativeId: 1_100 + index })),
  ].map(({ name, relativeId }) => {
    const parent = parents[name]
    const memberships: Membership[] =
      parent === undefined ? [] : [{ group: parent, addedAt: createdAt, addedBy: 'Administrator' }]
    return {
      id: name,
      distinguishedName: `CN=${name},OU=Groups,${domainComponents(domain)}`,
      relativeId,
      name,
      memberships,
    }
  })
}

/** What each role in each department gives. */
export function baselines(): Baseline[] {
  const places = [
    ...departments.flatMap(({ id, staff }) =>
      (Object.keys(staff) as RoleId[]).map((role) => ({ department: id, role })),
    ),
    ...externals
      .filter((it) => it.class === 'partner')
      .map(({ department, role }) => ({ department, role })),
  ]
  return places.map(({ department, role }) => ({
    department,
    role,
    groups: baselineGroups(department, role),
  }))
}

/** The groups of one role in one department. */
export function baselineGroups(department: string, role: RoleId): readonly string[] {
  const external = roles[role].rhythm === 'visiting'
  const applications = applicationRows
    .filter(({ id, tier }) => tier <= 2 && Object.hasOwn(roles[role].uses, id))
    .map(({ id }) => applicationGroup(id))
  return external
    ? ['All Partners', roleGroup(role), ...applications]
    : ['All Staff', departmentGroup(department), roleGroup(role), ...applications]
}

/** `DC=ad,DC=example` for `ad.example`. */
export function domainComponents(domain: string): string {
  return domain
    .split('.')
    .map((label) => `DC=${label}`)
    .join(',')
}

function departmentGroup(id: string): string {
  return `Department ${id}`
}

function roleGroup(id: RoleId): string {
  return `Role ${roles[id].name}`
}

function applicationGroup(id: string): string {
  return `Users of ${id}`
}
