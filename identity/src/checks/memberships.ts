// Groups: who should not be in them any more, and groups that nobody looks after.
import type { KnownAccount, Picture } from '#audit/picture'
import { dayText } from '#audit/moments'
import type { Group } from '#model'
import { type Check, check, judged, unless, unsaid } from './check.ts'
import { named } from './lifecycle.ts'

const depthMax = 3

export const membershipChecks: readonly Check[] = [
  check({
    id: 'membership-of-former-role',
    title: 'A membership is older than the person’s present role, and not part of it',
    theme: 'memberships',
    severity: 'high',
    about: 'account',
    needs: ['members', 'membershipTimes', 'personnel', 'employeeId', 'baselines'],
    fix: 'Take the person out, unless their manager can say what it is for.',
    owner: 'the manager of the person',
    undo: 'Add the person to the group again.',
    retest: 'Audit again with the same personnel records.',
    avoids:
      'What the new role gives may be older than the move, and a membership whose date nobody knows is not told.',
    judge: (known, picture) => {
      if (known.it.enabled !== true || known.employment?.state !== 'present') return undefined
      const { movedAt } = known.employment.record
      if (movedAt === undefined || movedAt > picture.now) return undefined
      const groups = formerRoleGroups(known, picture)
      if (groups === undefined) return unsaid('baselines')
      return unless(
        groups.length > 0,
        `moved ${dayText(movedAt)}, still in ${named(groups.map(({ name }) => name))}`,
      )
    },
  }),
  check({
    id: 'leaver-in-groups',
    title: 'Somebody who has left is still in groups',
    theme: 'memberships',
    severity: 'high',
    about: 'account',
    needs: ['enabled', 'members', 'personnel', 'employeeId'],
    fix: 'Take the person out of all groups when the account is disabled.',
    owner: 'identity administration',
    undo: 'Add the account to the groups that the evidence names.',
    retest: 'Audit again with the same personnel records.',
    avoids: 'A disabled account counts as disabled, not here, so that nothing counts twice.',
    judge: ({ it, site, employment }) => {
      if (it.enabled !== true || employment?.state !== 'left') return undefined
      const groups = site.membership.groupsOf(it.id)
      return unless(groups.length > 0, `in ${named(groups.map(({ name }) => name))}`)
    },
  }),
  check({
    id: 'group-without-owner',
    title: 'A group has no owner, or one who is gone',
    theme: 'memberships',
    severity: 'medium',
    about: 'group',
    needs: ['groupOwner'],
    fix: 'Name an owner who can say who belongs in it.',
    owner: 'identity administration',
    undo: 'Clear the owner.',
    retest: 'Audit again: the owner is an enabled account.',
    avoids:
      'The groups that come with a domain, and an owner from elsewhere who was not read, are left alone.',
    judge: ({ it, site }) => {
      if (isBuiltIn(it)) return undefined
      const { owners = [], ownersUnresolved = [] } = it
      if (owners.length === 0) return ownersUnresolved.length > 0 ? undefined : ['no owner']
      const known = owners.map((id) => site.accountOf(id)?.it)
      if (known.some((account) => account === undefined || account.enabled !== false)) return 'fine'
      return [`owner ${named(known.map((account) => account?.name ?? ''))} is disabled`]
    },
  }),
  check({
    id: 'empty-group',
    title: 'Nobody is in a group',
    theme: 'memberships',
    severity: 'low',
    about: 'group',
    needs: ['members', 'primaryGroup'],
    fix: 'Delete it, when nothing refers to it any more.',
    owner: 'the owner of the group',
    undo: 'Restore it from the recycle bin; a new one has another identifier.',
    retest: 'Audit again: it is gone, or has members.',
    avoids:
      'Members by primary group and from other domains count, and the groups that come with a domain may be empty.',
    judge: ({ it, site }) =>
      isBuiltIn(it)
        ? undefined
        : unless(!site.membership.isPopulated(it), 'no members of any kind'),
  }),
  check({
    id: 'groups-in-a-circle',
    title: 'Groups contain each other',
    theme: 'memberships',
    severity: 'low',
    about: 'directory',
    needs: ['members'],
    fix: 'Take one of them out of the other.',
    owner: 'directory administration',
    undo: 'Put it back.',
    retest: 'Audit again: no circle.',
    avoids: 'A group that is reached by two ways is no circle.',
    judge: ({ site }) =>
      judged(
        site.membership.nesting.cycles.map((cycle) =>
          named(cycle.map((index) => site.reading.groups[index]?.name ?? '')),
        ),
      ),
  }),
  check({
    id: 'deep-nesting',
    title: 'Groups lie so deep within each other that nobody sees who is in them',
    theme: 'memberships',
    severity: 'low',
    about: 'group',
    needs: ['members'],
    fix: 'Flatten the groups: people in roles, roles in permissions.',
    owner: 'directory administration',
    undo: 'Put the groups back.',
    retest: 'Audit again: three levels at most.',
    avoids: 'Only the outermost group of a chain is named; a circle counts as one level.',
    judge: ({ index, site }) => {
      const { nesting, isSubgroup } = site.membership
      const depth = nesting.depths[index] ?? 0
      if (depth === 0 || isSubgroup.has(index)) return undefined
      return unless(depth > depthMax, `${depth} levels of groups within it`)
    },
  }),
]

/** Groups from before the move that the new role does not give; undefined where nobody can tell. */
export function formerRoleGroups(
  { it, site, employment }: KnownAccount,
  picture: Picture,
): readonly Group[] | undefined {
  if (employment?.state !== 'present' || employment.record.movedAt === undefined) return []
  const { movedAt } = employment.record
  if (movedAt > picture.now) return []
  const given = picture.baselineOf(employment.record)
  if (given === undefined) return undefined
  return site.membership.groupsOf(it.id).filter((group) => {
    const addedAt = group.memberships?.get(it.id)?.addedAt
    return addedAt !== undefined && addedAt < movedAt && !given.has(group.name)
  })
}

function isBuiltIn({ sid, distinguishedName }: Group): boolean {
  const rid = sid === undefined ? undefined : /-(\d+)$/.exec(sid)?.[1]
  return (
    (rid !== undefined && Number(rid) < 1_000) ||
    /,CN=(?:Builtin|Users),DC=/i.test(distinguishedName ?? '')
  )
}
