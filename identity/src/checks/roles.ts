// Roles of cloud directories: how they were given, and for how long.
import type { Role, RoleAssignment } from '#cloud-model'
import type { Site } from '#audit/picture'
import { type Check, check, clouds, judged, unless } from './check.ts'
import { firstWay, rules } from './privilege.ts'

const owner = 'the head of directory administration'
const retest = 'Audit again with the same source.'

export const roleChecks: readonly Check[] = [
  check({
    id: 'synced-cloud-ruler',
    title: 'An account from the premises holds a role that rules the cloud',
    theme: 'privilege',
    severity: 'critical',
    about: 'account',
    needs: ['synced', 'roles', 'enabled'],
    systems: clouds,
    fix: 'Make an account in the cloud alone for the role, and take it from this one.',
    owner,
    undo: 'Assign the role again.',
    retest,
    avoids: 'An ordinary role of such an account is fine.',
    judge: ({ it, ways }) =>
      it.enabled === true && ways.length > 0
        ? unless(it.synced === true, firstWay(ways))
        : undefined,
  }),
  check({
    id: 'ruler-share',
    title: 'More hold the highest role than all smaller powerful ones',
    theme: 'privilege',
    severity: 'medium',
    about: 'directory',
    needs: ['roles', 'enabled'],
    systems: clouds,
    fix: 'Give each the smallest role that does their work.',
    owner,
    undo: 'Assign the role again.',
    retest,
    avoids: 'A person with both counts once, among the highest.',
    judge: ({ site }) => {
      const holders = site.accounts.filter(({ it, ways }) => it.enabled === true && ways.length > 0)
      const highest = holders.filter(rules).length
      const others = holders.length - highest
      return unless(highest > others, `${highest} hold the highest role, ${others} a smaller one`)
    },
  }),
  check({
    id: 'permanent-role',
    title: 'A powerful role is held for good instead of for the hour',
    theme: 'privilege',
    severity: 'high',
    about: 'account',
    needs: ['roles', 'roleManagement'],
    systems: clouds,
    fix: 'Make the assignment eligible, with an end.',
    owner,
    undo: 'Assign it for good again.',
    retest,
    avoids:
      'Two accounts for emergencies are meant to hold theirs for good: where they are known by name, they are left alone.',
    judge: ({ it, site }) => {
      const powerful = powerfulRolesOf(site, it.id)
      if (powerful.length === 0 || isForEmergencies(it.name)) return undefined
      return judged(
        powerful
          .filter(
            ({ state, endsAt }) =>
              state === 'active' && (endsAt === 'never' || endsAt === undefined),
          )
          .map(({ named }) => `\`${named.name}\`, active and without an end`),
      )
    },
  }),
  check({
    id: 'role-past-management',
    title: 'A powerful role was given past privileged access management',
    theme: 'privilege',
    severity: 'critical',
    about: 'account',
    needs: ['roles', 'roleManagement'],
    systems: clouds,
    fix: 'Find out who gave it; remove it, and give it the proper way where it is needed.',
    owner: 'security operations',
    undo: 'Assign the role through management.',
    retest,
    avoids: 'Accounts for emergencies hold theirs outside it on purpose.',
    judge: ({ it, site }) => {
      const powerful = powerfulRolesOf(site, it.id)
      if (powerful.length === 0 || isForEmergencies(it.name)) return undefined
      return judged(
        powerful
          .filter(({ throughManagement }) => throughManagement === false)
          .map(({ named }) => `\`${named.name}\`, assigned directly`),
      )
    },
  }),
]

function isForEmergencies(name: string): boolean {
  return /break[-_. ]?glass|emergency/i.test(name)
}

interface Held extends RoleAssignment {
  readonly named: Role
}

const heldBySite = new WeakMap<Site, ReadonlyMap<string, readonly Held[]>>()

/** The powerful roles of each direct holder, worked out once per source. */
function powerfulRolesOf(site: Site, holder: string): readonly Held[] {
  let held = heldBySite.get(site)
  if (held === undefined) {
    const roles = new Map(site.reading.roles.map((role) => [role.id, role]))
    const powerful = site.reading.assignments.flatMap((assignment) => {
      const named = roles.get(assignment.role)
      return named === undefined || named.weight === 'ordinary' ? [] : [{ ...assignment, named }]
    })
    held = Map.groupBy(powerful, (it) => it.holder)
    heldBySite.set(site, held)
  }
  return held.get(holder) ?? []
}
