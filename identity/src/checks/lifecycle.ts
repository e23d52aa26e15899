// Accounts that should no longer be there, and accounts that nobody answers for.
import { isOver } from '#audit/employment'
import { dayMs, dayText, daysSince } from '#audit/moments'
import { type Check, check, judged, unless, unsaid } from './check.ts'

const retentionMs = 180 * dayMs

export const lifecycleChecks: readonly Check[] = [
  check({
    id: 'dormant-person',
    title: 'An enabled person has not been seen for 90 days',
    theme: 'lifecycle',
    severity: 'high',
    about: 'account',
    needs: ['enabled', 'lastUse'],
    fix: 'Ask the manager, then disable the account; delete it when the retention ends.',
    owner: 'the manager of the person',
    undo: 'Enable the account again; its memberships stay until it is deleted.',
    retest: 'Audit again: the account is disabled, or its last sign-in is younger.',
    avoids:
      'A replicated last sign-in runs up to 14 days late, so the verdict is on an interval; what lies across the line is not told, and who never signed in is another finding.',
    judge: ({ it, isPersonal, activity }) => {
      if (!isPersonal || it.enabled !== true || activity.state === 'never') return undefined
      if (activity.state === 'cannot-tell') return unsaid('lastUse')
      return unless(activity.state === 'dormant', `last sign-in ${activity.text}`)
    },
  }),
  check({
    id: 'never-signed-in',
    title: 'An enabled account has never been used, 30 days after it was made',
    theme: 'lifecycle',
    severity: 'medium',
    about: 'account',
    needs: ['enabled', 'lastUse', 'created'],
    fix: 'Ask who wanted it; disable it where nobody needs it.',
    owner: 'whoever asked for the account',
    undo: 'Enable it again.',
    retest: 'Audit again: it is disabled, or it was used.',
    avoids:
      'A source that does not say when an account was used is not taken to say never, and an account of this month is left alone.',
    judge: ({ it, activity, classification }, { now }) => {
      if (it.enabled !== true || classification.class === 'built-in') return undefined
      if (it.lastUse.kind === 'unknown') return unsaid('lastUse')
      if (activity.state !== 'never') return 'fine'
      if (it.createdAt === undefined) return unsaid('created')
      return unless(
        it.createdAt < now - 30 * dayMs,
        `made ${dayText(it.createdAt)} and never signed in`,
      )
    },
  }),
  check({
    id: 'orphaned-account',
    title: 'The account of a person belongs to nobody whom the personnel records know',
    theme: 'lifecycle',
    severity: 'high',
    about: 'account',
    needs: ['enabled', 'employeeId', 'personnel'],
    fix: 'Find out whose it is and write the personnel key down, or disable it.',
    owner: 'identity administration, with personnel',
    undo: 'Enable the account again, or clear the key.',
    retest: 'Audit again with the same personnel records.',
    avoids:
      'Joined by the personnel key alone, never by name or mail, and nothing is disabled because of it. Who has left is a finding of its own.',
    judge: ({ it, isPersonal, employment }) => {
      if (!isPersonal || it.enabled !== true || employment === undefined) return undefined
      if (employment.state === 'no-key') return ['no personnel key']
      return unless(
        employment.state === 'unknown',
        `personnel key \`${it.employeeId ?? ''}\` is not in the personnel records`,
      )
    },
  }),
  check({
    id: 'leaver-enabled',
    title: 'Somebody who has left still has an enabled account',
    theme: 'lifecycle',
    severity: 'critical',
    about: 'account',
    needs: ['enabled', 'employeeId', 'personnel'],
    fix: 'Disable the account now, end its sessions, and revoke its keys.',
    owner: 'identity administration',
    undo: 'Enable the account again, where the personnel records were wrong.',
    retest: 'Audit again with the same personnel records.',
    avoids:
      'The last day is a working day until it has passed in every time zone, and who came back is present.',
    judge: ({ it, employment }, { now }) => {
      if (it.enabled !== true || employment === undefined) return undefined
      if (employment.state === 'left') {
        const when = employment.at === undefined ? '' : ` on ${dayText(employment.at)}`
        return [`\`${employment.key}\` left${when}`]
      }
      const leaves = it.leavesAt
      if (leaves !== undefined && isOver(leaves, now)) return [`left on ${dayText(leaves)}`]
      return employment.state === 'no-key' ? undefined : 'fine'
    },
  }),
  check({
    id: 'arrival-enabled-early',
    title: 'An account is enabled long before its person arrives',
    theme: 'lifecycle',
    severity: 'low',
    about: 'account',
    needs: ['enabled', 'employeeId', 'personnel'],
    fix: 'Disable it until the first day.',
    owner: 'identity administration',
    undo: 'Enable it on the first day.',
    retest: 'Audit again with the same personnel records.',
    avoids: 'Who starts within a week may have an account prepared.',
    judge: ({ it, employment }, { now }) => {
      if (it.enabled !== true || employment === undefined) return undefined
      if (employment.state === 'no-key' || employment.state === 'unknown') return undefined
      if (employment.state !== 'expected') return 'fine'
      return unless(
        employment.at > now + 7 * dayMs,
        `\`${employment.key}\` starts on ${dayText(employment.at)}`,
      )
    },
  }),
  check({
    id: 'external-without-end',
    title: 'An account of somebody from outside never ends',
    theme: 'lifecycle',
    severity: 'high',
    about: 'account',
    needs: ['enabled', 'expiry'],
    fix: 'Set the end of the account to the end of the contract, and name a sponsor.',
    owner: 'the sponsor',
    undo: 'Take the end away again.',
    retest: 'Audit again: the account has an end.',
    avoids:
      'Every way in which a directory writes “never” counts, and an end that stands only in the personnel records counts as an end.',
    judge: ({ it, classification, employment }) => {
      const { class: name } = classification
      if (it.enabled !== true || (name !== 'contractor' && name !== 'partner')) return undefined
      const isEnding = employment?.state === 'present' && employment.record.endsAt !== undefined
      if (isEnding || it.leavesAt !== undefined) return 'fine'
      return unless(
        it.expiresAt === 'never' || it.expiresAt === undefined,
        `a ${name} (${classification.evidence}) whose account never ends`,
      )
    },
  }),
  check({
    id: 'expired-in-groups',
    title: 'An expired account is still enabled and still in groups',
    theme: 'memberships',
    severity: 'medium',
    about: 'account',
    needs: ['enabled', 'expiry', 'members'],
    fix: 'Take it out of its groups and disable it.',
    owner: 'identity administration',
    undo: 'Add it to the groups that the evidence names.',
    retest: 'Audit again: it has no memberships.',
    avoids:
      'An expired account cannot sign in, but its rights and service names stay; an account that expires later is fine.',
    judge: ({ it, site }, { now }) => {
      if (it.enabled !== true || typeof it.expiresAt !== 'number') return undefined
      if (it.expiresAt >= now) return 'fine'
      const groups = site.membership.groupsOf(it.id)
      return unless(
        groups.length > 0,
        `expired ${dayText(it.expiresAt)}, in ${named(groups.map(({ name }) => name))}`,
      )
    },
  }),
  check({
    id: 'disabled-in-groups',
    title: 'A disabled account is still in groups',
    theme: 'memberships',
    severity: 'medium',
    about: 'account',
    needs: ['enabled', 'members'],
    fix: 'Take it out of its groups; note them first if it may come back.',
    owner: 'identity administration',
    undo: 'Add it to the groups that the evidence names.',
    retest: 'Audit again: it has no memberships.',
    avoids:
      'Whoever enables it gives everything back at once. The accounts that come with a domain are as they are shipped, and are left alone.',
    judge: ({ it, site, classification }) => {
      if (it.enabled !== false || classification.class === 'built-in') return undefined
      const groups = site.membership.groupsOf(it.id)
      return unless(groups.length > 0, `in ${named(groups.map(({ name }) => name))}`)
    },
  }),
  check({
    id: 'disabled-beyond-retention',
    title: 'An account has been disabled for longer than 180 days',
    theme: 'lifecycle',
    severity: 'low',
    about: 'account',
    needs: ['enabled', 'disabledAt'],
    fix: 'Delete it, when nobody needs it as a record.',
    owner: 'identity administration',
    undo: 'Restore it from the recycle bin, while that keeps it.',
    retest: 'Audit again: it is gone.',
    avoids:
      'The time of the last change is not taken for the time of disabling, because anything changes it.',
    judge: ({ it, classification }, { now }) => {
      if (it.enabled !== false || classification.class === 'built-in') return undefined
      if (it.disabledAt === undefined) return unsaid('disabledAt')
      return unless(
        it.disabledAt < now - retentionMs,
        `disabled ${dayText(it.disabledAt)}, ${daysSince(it.disabledAt, now)} days ago`,
      )
    },
  }),
  check({
    id: 'guest-never-accepted',
    title: 'A guest was invited over 30 days ago and never accepted',
    theme: 'lifecycle',
    severity: 'medium',
    about: 'account',
    needs: ['guestState', 'created'],
    fix: 'Withdraw the invitation.',
    owner: 'whoever invited them',
    undo: 'Invite them again.',
    retest: 'Audit again: the guest is gone, or has accepted.',
    avoids: 'An invitation of this month may still be in the post.',
    judge: ({ it }, { now }) => {
      if (it.guestState === undefined) return undefined
      if (it.guestState === 'accepted') return 'fine'
      if (it.createdAt === undefined) return unsaid('created')
      return unless(it.createdAt < now - 30 * dayMs, `invited ${dayText(it.createdAt)}`)
    },
  }),
  check({
    id: 'manager-gone',
    title: 'The manager of an enabled account is gone',
    theme: 'lifecycle',
    severity: 'medium',
    about: 'account',
    needs: ['enabled', 'manager'],
    fix: 'Write down the present manager.',
    owner: 'personnel',
    undo: 'Put the former manager back.',
    retest: 'Audit again: the manager is an enabled account.',
    avoids:
      'A manager who is not part of what was read, as one of another domain, is not taken to be gone.',
    judge: ({ it, site }) => {
      if (it.enabled !== true || (it.manager ?? it.managerUnresolved) === undefined)
        return undefined
      const manager = it.manager === undefined ? undefined : site.accountOf(it.manager)
      if (manager?.it.enabled === undefined) return unsaid('manager')
      return unless(!manager.it.enabled, `manager \`${manager.it.name}\` is disabled`)
    },
  }),
  check({
    id: 'conflict-object',
    title: 'Two objects were made at once, and one is a leftover',
    theme: 'lifecycle',
    severity: 'low',
    about: 'account',
    needs: [],
    systems: ['active-directory', 'bloodhound'],
    fix: 'Compare both, keep the one that is used, and remove the other.',
    owner: 'directory administration',
    undo: 'Restore the object from the recycle bin.',
    retest: 'Audit again: the name is gone.',
    avoids: 'Only the mark of a replication conflict counts, not a name with the same letters.',
    judge: ({ it: { distinguishedName = '', name } }) =>
      judged([
        /(?:\\0A|\\n|\n)CNF:/i.test(distinguishedName)
          ? 'made twice during replication'
          : undefined,
        /^\$DUPLICATE-/i.test(name) ? 'renamed because its name was taken' : undefined,
      ]),
  }),
]

const namesMax = 8

/** Names in a row, and how many more. */
export function named(names: readonly string[]): string {
  const more = names.length - namesMax
  const shown = names.slice(0, namesMax).map((name) => `\`${name}\``)
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
