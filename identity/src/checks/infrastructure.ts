// Settings of domains, and trusts between them.
import { builtInIdOf, relativeIdOf } from '#audit/security-identifier'
import { type Check, check, judged, unless, unsaid, windows } from './check.ts'

const words = {
  theme: 'infrastructure',
  owner: 'directory administration',
  retest: 'Audit again with the same source.',
} as const

export const infrastructureChecks: readonly Check[] = [
  check({
    ...words,
    id: 'weak-password-policy',
    title: 'The policy permits passwords that are guessed',
    severity: 'medium',
    about: 'domain',
    needs: ['passwordPolicy'],
    fix: 'Demand 14 characters, lock after ten failures, and forbid known passwords.',
    undo: 'Put the former values back.',
    avoids: 'This is the policy of the domain; a finer one may hold for some accounts.',
    judge: ({ it }) => {
      const { minimumPasswordLength: length, lockoutThreshold, complexityRequired } = it
      if (length === undefined && lockoutThreshold === undefined) return unsaid('passwordPolicy')
      return judged([
        length !== undefined && length < 8 ? `${length} characters are enough` : undefined,
        lockoutThreshold === 0 ? 'guessing never locks an account' : undefined,
        complexityRequired === false && (length ?? 0) < 14
          ? 'any characters will do, and few of them'
          : undefined,
      ])
    },
  }),
  check({
    ...words,
    id: 'anyone-joins-machines',
    title: 'Everybody may add machines to the domain',
    severity: 'medium',
    about: 'domain',
    needs: ['machineQuota'],
    systems: windows,
    fix: 'Set `ms-DS-MachineAccountQuota` to 0 and let those who do it have the right.',
    undo: 'Put the former number back.',
    avoids: 'A number that was not read is not taken for the default.',
    judge: ({ it }) =>
      it.machineQuota === undefined
        ? unsaid('machineQuota')
        : unless(it.machineQuota > 0, `${it.machineQuota} machines each`),
  }),
  check({
    ...words,
    id: 'open-tenant',
    title: 'Everybody may register applications, or guests see everything',
    severity: 'medium',
    about: 'domain',
    needs: ['tenantSettings'],
    systems: ['entra'],
    fix: 'Keep both for those who need it.',
    undo: 'Permit it again.',
    avoids: 'A setting that was not read is not taken for the default.',
    judge: ({ it }) => {
      if (it.anyoneMayRegisterApplications === undefined && it.guestsSeeEverything === undefined) {
        return unsaid('tenantSettings')
      }
      return judged([
        it.anyoneMayRegisterApplications === true ? 'anyone may register applications' : undefined,
        it.guestsSeeEverything === true ? 'guests see as much as members' : undefined,
      ])
    },
  }),
  check({
    ...words,
    id: 'open-legacy-access',
    title: 'Strangers may read the directory as very old systems did',
    severity: 'medium',
    about: 'group',
    needs: ['members'],
    systems: windows,
    fix: 'Take “Anonymous” and “Everyone” out of the group.',
    undo: 'Put them back.',
    avoids: '“Authenticated Users” in it is how a domain is shipped, and is not named.',
    judge: ({ it }) => {
      if (builtInIdOf(it.sid ?? '') !== 554) return undefined
      const members = [...it.members, ...it.membersUnresolved]
      return judged([
        members.some((id) => /S-1-5-7(?:,|$)/i.test(id))
          ? 'anonymous callers are in it'
          : undefined,
        members.some((id) => /S-1-1-0(?:,|$)/i.test(id)) ? 'everyone is in it' : undefined,
      ])
    },
  }),
  check({
    ...words,
    id: 'trust-unfiltered',
    title: 'Another domain may say that its people are ours',
    severity: 'critical',
    about: 'trust',
    needs: ['trusts'],
    systems: windows,
    fix: 'Switch filtering of identifiers on, and the delegation of tickets off.',
    undo: 'Switch it off again.',
    avoids:
      'Within a forest there is no filter, and a trust in which only they trust us lets nobody in.',
    judge: ({ it }) => {
      if (
        it.kind === 'within-forest' ||
        it.direction === 'inbound' ||
        it.direction === 'disabled'
      ) {
        return undefined
      }
      if (it.sidFiltering === undefined && it.ticketDelegation === undefined) {
        return unsaid('trusts')
      }
      return judged([
        it.sidFiltering === false ? 'identifiers are not filtered' : undefined,
        it.ticketDelegation === true ? 'tickets may be delegated across it' : undefined,
      ])
    },
  }),
  check({
    ...words,
    id: 'certificate-for-anybody',
    title: 'Whoever asks is given a certificate in anybody’s name',
    severity: 'critical',
    about: 'template',
    needs: ['templates', 'access'],
    systems: windows,
    fix: 'Let the authority take the name from the directory, or have each request approved.',
    undo: 'Permit names in the request again.',
    avoids:
      'A template that nobody publishes, that needs approval, or that only administrators may use is fine.',
    judge: ({ it, site }) => {
      if (it.published === false || it.approvalRequired === true) return 'fine'
      const isNamed = it.requesterNamesSubject === true || it.requesterNamesAlternative === true
      if (!isNamed || it.clientAuthentication !== true) return 'fine'
      const open = site.reading.access.filter(
        ({ target, right, holder }) =>
          target === it.id &&
          (right === 'enrol' || right === 'everything' || right === 'all-extended') &&
          isEverybody(holder),
      )
      return unless(open.length > 0, 'everybody may ask, and may name the subject')
    },
  }),
  check({
    ...words,
    id: 'unusual-primary-group',
    title: 'An account has a primary group that hides where it belongs',
    severity: 'medium',
    about: 'account',
    needs: ['primaryGroup'],
    systems: windows,
    fix: 'Make Domain Users the primary group again.',
    undo: 'Set the former primary group.',
    avoids: 'Guests and managed accounts have one of their own.',
    judge: ({ it }) => {
      const rid = it.primaryGroupRid
      if (rid === undefined || it.kind === 'foreign' || it.kind === 'contact') return undefined
      const expected =
        it.kind === 'managed-service'
          ? [515, 513]
          : relativeIdOf(it.sid ?? '') === 501
            ? [514]
            : [513]
      return unless(!expected.includes(rid), `primary group ${rid}`)
    },
  }),
]

function isEverybody(id: string): boolean {
  const rid = relativeIdOf(id)
  return /(?:^|-)S-1-(?:1-0|5-11)$/i.test(id) || rid === 513 || rid === 515
}
