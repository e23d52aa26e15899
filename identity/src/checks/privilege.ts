// Who rules the directory, by which way, and whether their accounts are kept as such accounts must be.
import type { KnownAccount, Site } from '#audit/picture'
import { domainOf, relativeIdOf } from '#audit/security-identifier'
import { protectedUsersRid } from '#audit/privileged-groups'
import type { Way } from '#audit/membership'
import { named } from './lifecycle.ts'
import { type Check, check, clouds, judged, unless, unsaid, windows } from './check.ts'

/** As many as a directory needs, whatever its size. */
const rulersMax = 6
const cloudRulers = { min: 2, max: 8 } as const

const owner = 'the head of directory administration'
const retest = 'Audit again with the same source.'

export const privilegeChecks: readonly Check[] = [
  check({
    id: 'too-many-rulers',
    title: 'More accounts rule the domain than it needs',
    theme: 'privilege',
    severity: 'high',
    about: 'directory',
    needs: ['members', 'enabled'],
    systems: windows,
    fix: 'Give each the smaller right that they use, and take them out; keep six at most.',
    owner,
    undo: 'Add the account to the group that the evidence names.',
    retest,
    avoids:
      'Counted from the first account on, through groups within groups and primary groups; disabled accounts and those a person has twice are told apart.',
    judge: ({ site }) => {
      const rulers = site.accounts.filter(rules)
      return unless(
        rulers.length > rulersMax,
        `${rulers.length} enabled accounts; ${rulersMax} suffice: ${named(rulers.map(({ it }) => it.name))}`,
      )
    },
  }),
  check({
    id: 'cloud-ruler-count',
    title: 'Too few or too many hold the highest role',
    theme: 'privilege',
    severity: 'high',
    about: 'directory',
    needs: ['roles', 'enabled'],
    systems: clouds,
    fix: 'Keep two to eight, counting who can activate the role; give the others a smaller role.',
    owner,
    undo: 'Assign the role again.',
    retest,
    avoids: 'Who has the role through a group or only after activation counts, and counts once.',
    judge: ({ site }) => {
      const holders = site.accounts.filter(rules)
      const { min, max } = cloudRulers
      return unless(
        holders.length < min || holders.length > max,
        `${holders.length} accounts; ${min} to ${max} are right: ${named(holders.map(({ it }) => it.name))}`,
      )
    },
  }),
  check({
    id: 'hidden-ruler',
    title: 'An account rules the domain by a way that its list of groups does not show',
    theme: 'privilege',
    severity: 'high',
    about: 'account',
    needs: ['enabled', 'members'],
    fix: 'Take the inner group out, or make the account a direct member where it must be one.',
    owner,
    undo: 'Put the inner group back.',
    retest,
    avoids: 'A direct member is no secret; groups that contain each other do not lead astray.',
    judge: ({ it, ways }) => {
      const ruling = ways.filter(({ weight }) => weight === 'rules')
      if (it.enabled !== true || ruling.length === 0) return undefined
      const hidden = ruling.filter(({ isNested, byPrimaryGroup }) => isNested || byPrimaryGroup)
      return judged(hidden.map(wayText))
    },
  }),
  check({
    id: 'admin-mark-left',
    title: 'An account is marked as an administrator and is none any more',
    theme: 'privilege',
    severity: 'medium',
    about: 'account',
    needs: ['adminCount', 'members', 'primaryGroup'],
    systems: windows,
    fix: 'Clear the mark and let the account inherit its access list again.',
    owner,
    undo: 'Set the mark again.',
    retest,
    avoids:
      'Members at any depth and by primary group are still protected; the ticket service always is.',
    judge: ({ it, ways }) => {
      if (it.adminCount === undefined || it.adminCount === 0) return undefined
      const rid = relativeIdOf(it.sid ?? '')
      if (rid === 500 || rid === 502) return undefined
      return unless(!ways.some(({ isProtected }) => isProtected), '`adminCount` is set')
    },
  }),
  check({
    id: 'ruler-unprotected',
    title: 'An administrator is not among the protected users',
    theme: 'privilege',
    severity: 'medium',
    about: 'account',
    needs: ['enabled', 'members', 'sid'],
    systems: windows,
    fix: 'Add the account to Protected Users, after trying it with one.',
    owner,
    undo: 'Take it out again.',
    retest,
    avoids: 'Services and the account for emergencies would stop working there and are left alone.',
    judge: ({ it, site, ways, classification }) => {
      if (it.enabled !== true || !ways.some(isRuling)) return undefined
      if (classification.class === 'service' || classification.class === 'built-in')
        return undefined
      const guarded = guardedUsers(it, site)
      return guarded === undefined
        ? unsaid('members')
        : unless(!guarded.has(it.id), 'not in Protected Users')
    },
  }),
  check({
    id: 'ruler-delegatable',
    title: 'A server may act as an administrator',
    theme: 'privilege',
    severity: 'high',
    about: 'account',
    needs: ['enabled', 'members', 'accountFlags'],
    systems: windows,
    fix: 'Set “account is sensitive and cannot be delegated”.',
    owner,
    undo: 'Clear the flag.',
    retest,
    avoids: 'Members of Protected Users cannot be delegated either, and are fine.',
    judge: ({ it, site, ways }) => {
      if (it.enabled !== true || !ways.some(isRuling)) return undefined
      if (it.flags.sensitiveNotDelegatable === true) return 'fine'
      return unless(guardedUsers(it, site)?.has(it.id) !== true, 'may be delegated')
    },
  }),
  check({
    id: 'ruler-dormant',
    title: 'An administrator has not been seen for 90 days',
    theme: 'privilege',
    severity: 'high',
    about: 'account',
    needs: ['enabled', 'lastUse'],
    fix: 'Take the power away, then ask.',
    owner,
    undo: 'Add the account to the group that the evidence names.',
    retest,
    avoids:
      'The first administrator of a domain is meant to rest, and late stamps are allowed for.',
    judge: ({ it, ways, activity, classification }) => {
      if (it.enabled !== true || ways.length === 0 || classification.class === 'built-in') {
        return undefined
      }
      if (activity.state === 'cannot-tell') return unsaid('lastUse')
      return unless(activity.state !== 'active', `${firstWay(ways)}; last sign-in ${activity.text}`)
    },
  }),
  check({
    id: 'ruler-password-never-expires',
    title: 'The password of an administrator never expires',
    theme: 'privilege',
    severity: 'high',
    about: 'account',
    needs: ['enabled', 'members', 'passwordNeverExpires'],
    fix: 'Let it expire, or move the account to a smart card or passkey.',
    owner,
    undo: 'Set the flag again.',
    retest,
    avoids: 'Who can only use a smart card has no password to expire.',
    judge: ({ it, ways }) => {
      if (it.enabled !== true || !ways.some(isRuling) || it.kind === 'managed-service') {
        return undefined
      }
      const { passwordNeverExpires, smartCardRequired } = it.flags
      return unless(passwordNeverExpires === true && smartCardRequired !== true, firstWay(ways))
    },
  }),
  check({
    id: 'ruler-with-mail',
    title: 'An administrator reads mail with the same account',
    theme: 'privilege',
    severity: 'medium',
    about: 'account',
    needs: ['enabled', 'mailbox'],
    fix: 'Give the person a second account without a mailbox for administration.',
    owner,
    undo: 'Give the mailbox back.',
    retest,
    avoids: 'An address for notices is no mailbox.',
    judge: ({ it, ways, isPersonal }) =>
      it.enabled === true && isPersonal && ways.length > 0
        ? unless(it.hasMailbox === true, `${firstWay(ways)}, and has a mailbox`)
        : undefined,
  }),
  check({
    id: 'operators-populated',
    title: 'An account is in one of the old groups of operators, which can be turned into ruling',
    theme: 'privilege',
    severity: 'medium',
    about: 'account',
    needs: ['enabled', 'members'],
    systems: windows,
    fix: 'Give the rights that are used one by one, and take the account out.',
    owner,
    undo: 'Add it again.',
    retest,
    avoids: 'Found by numbers, at any depth; disabled members are another finding.',
    judge: ({ it, ways }) => {
      if (it.enabled !== true) return undefined
      const found = ways.filter(({ id }) => id.endsWith('-operators') || id === 'dns-admins')
      return found.length === 0 ? undefined : judged(found.map(wayText))
    },
  }),
  check({
    id: 'schema-admins-populated',
    title: 'Somebody may change the schema although nobody is changing it',
    theme: 'privilege',
    severity: 'medium',
    about: 'account',
    needs: ['enabled', 'members'],
    systems: windows,
    fix: 'Leave the group empty and add somebody only for the hour of a change.',
    owner,
    undo: 'Add the account again.',
    retest,
    avoids: 'The first administrator is in it as shipped and is left alone where it is disabled.',
    judge: ({ it, ways }) => {
      if (it.enabled !== true) return undefined
      const found = ways.filter(({ id }) => id === 'schema-admins')
      return found.length === 0 ? undefined : judged(found.map(wayText))
    },
  }),
]

/** Whether an account counts among the ones that rule. */
export function rules({ it, ways }: KnownAccount): boolean {
  return it.enabled === true && ways.some(isRuling)
}

/** The members of Protected Users in the domain of an account; undefined where it was not read. */
function guardedUsers(
  { sid = '' }: KnownAccount['it'],
  { membership }: Site,
): ReadonlySet<string> | undefined {
  const group = membership.groupWithSid(`${domainOf(sid) ?? ''}-${protectedUsersRid}`)
  return group && membership.membersWithin(group)
}

function isRuling({ weight }: Way): boolean {
  return weight === 'rules'
}

/** So many groups of a chain are named. */
const chainMax = 6

/** A way to power in words: `in \`Helpers\` in \`Domain Admins\``. */
function wayText({ path, isNested, to, byPrimaryGroup, isEligible }: Way): string {
  const names = isNested ? path() : [to]
  const shown = names.length > chainMax ? [...names.slice(0, chainMax - 1), '…', to] : names
  const through = shown.map((name) => `\`${name}\``).join(' in ')
  return `${byPrimaryGroup ? 'by primary group ' : 'in '}${through}${isEligible ? ', when activated' : ''}`
}

export function firstWay(ways: readonly Way[]): string {
  const [first] = ways.toSorted((left, right) =>
    left.weight === right.weight ? 0 : left.weight === 'rules' ? -1 : 1,
  )
  return first === undefined ? 'privileged' : wayText(first)
}
