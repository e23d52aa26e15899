// The seven headline figures, from their definitions and nothing else. This is the check on the
// generator, so it shares no code with it: it reads the directory and the personnel events as an
// auditor would, and `README.md` has the same definitions in words.
import type { PersonnelEvent } from '#organisation/personnel'
import type { Account, Directory, DirectoryGroup, Membership } from './directory.ts'

/** What an audit finds, by account, application, or account and group. */
export interface Findings {
  readonly orphanedAccounts: readonly string[]
  readonly servicesWithoutExpiry: readonly string[]
  readonly domainAdministrators: readonly string[]
  readonly sharedAccounts: readonly string[]
  readonly named: readonly string[]
  readonly notEnrolled: readonly string[]
  readonly applications: readonly string[]
  readonly applicationsWithoutSso: readonly string[]
  readonly staleMemberships: readonly { readonly account: string; readonly group: string }[]
}

/** The findings at a moment, in milliseconds since the epoch. */
export function findings(
  directory: Directory,
  personnel: readonly PersonnelEvent[],
  now: number,
): Findings {
  const employment = employmentAt(personnel, now)
  const enabled = directory.accounts.filter((it) => it.enabled)
  const named = enabled.filter(isNamed)
  const rulers = groupsWithin(directory.groups, 'Domain Admins')
  return {
    orphanedAccounts: ids(
      named.filter(({ employeeNumber }) => employment.get(employeeNumber ?? '') !== 'present'),
    ),
    servicesWithoutExpiry: ids(
      enabled.filter(
        (it) =>
          it.kind === 'service' &&
          it.passwordNeverExpires &&
          !it.passwordManaged &&
          it.expiresAt === undefined,
      ),
    ),
    domainAdministrators: ids(
      enabled.filter(({ primaryGroup, memberships }) =>
        [primaryGroup, ...memberships.map(({ group }) => group)].some((it) => rulers.has(it)),
      ),
    ),
    sharedAccounts: ids(enabled.filter(isShared)),
    named: ids(named),
    notEnrolled: ids(
      named.filter(({ methods }) => !methods.some(({ state }) => state === 'active')),
    ),
    applications: directory.applications.map(({ id }) => id),
    applicationsWithoutSso: directory.applications
      .filter(
        ({ signIn, localPasswords }) =>
          localPasswords || (signIn !== 'saml' && signIn !== 'openid-connect'),
      )
      .map(({ id }) => id),
    staleMemberships: directory.accounts.flatMap((account) =>
      staleMemberships(account, directory, personnel, employment, now).map(({ group }) => ({
        account: account.id,
        group,
      })),
    ),
  }
}

type Employment = 'expected' | 'present' | 'left'

function employmentAt(
  personnel: readonly PersonnelEvent[],
  now: number,
): ReadonlyMap<string, Employment> {
  const state = new Map<string, Employment>()
  for (const event of personnel) {
    if (event.kind === 'joiner') {
      const ended = (event.endsAt ?? Infinity) <= now
      state.set(event.employeeNumber, ended ? 'left' : event.at > now ? 'expected' : 'present')
    } else if (event.kind === 'leaver' && event.at <= now) {
      state.set(event.employeeNumber, 'left')
    }
  }
  return state
}

function isShared({ kind, custodians }: Account): boolean {
  return kind !== 'service' && custodians.length >= 2
}

function isNamed(account: Account): boolean {
  const person =
    account.kind === 'employee' || account.kind === 'contractor' || account.kind === 'partner'
  return person && !isShared(account)
}

/** The group and every group within it, at any depth; cycles end. */
function groupsWithin(groups: readonly DirectoryGroup[], top: string): ReadonlySet<string> {
  const found = new Set([top])
  for (let size = 0; size !== found.size;) {
    size = found.size
    for (const { id, memberships } of groups) {
      if (memberships.some(({ group }) => found.has(group))) found.add(id)
    }
  }
  return found
}

function staleMemberships(
  account: Account,
  { baselines }: Directory,
  personnel: readonly PersonnelEvent[],
  employment: ReadonlyMap<string, Employment>,
  now: number,
): readonly Membership[] {
  const { employeeNumber, memberships } = account
  if (!account.enabled || employment.get(employeeNumber ?? '') === 'left') return memberships
  if (memberships.length === 0) return []
  const moves = personnel.filter(
    (event) => event.kind === 'mover' && event.employeeNumber === employeeNumber && event.at <= now,
  )
  const last = moves.at(-1)
  if (last?.kind !== 'mover') return []
  const given = baselines.find(
    ({ department, role }) => department === last.to.department && role === last.to.role,
  )
  return memberships.filter(
    ({ group, addedAt }) => addedAt < last.at && !given?.groups.includes(group),
  )
}

function ids(accounts: readonly Account[]): readonly string[] {
  return accounts.map(({ id }) => id)
}
