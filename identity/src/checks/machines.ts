// Services, applications and machines: who answers for them, and what they may do in others' names.
import { dayMs, dayText, daysSince } from '#audit/moments'
import { relativeIdOf } from '#audit/security-identifier'
import type { KnownMachine } from '#audit/picture'
import { named } from './lifecycle.ts'
import { type Check, check, clouds, judged, unless, unsaid, windows } from './check.ts'

const retest = 'Audit again with the same source.'
const owner = 'the owner of the service'
const platform = 'the owners of the machines'

export const machineChecks: readonly Check[] = [
  check({
    id: 'service-without-owner',
    title: 'Nobody answers for a service account',
    theme: 'machines',
    severity: 'high',
    about: 'account',
    needs: ['enabled', 'owner'],
    fix: 'Ask who uses it, and write the owner and the purpose down.',
    owner: 'identity administration',
    undo: 'Clear the owner.',
    retest,
    avoids:
      'That it is a service is inferred, so the evidence says why; an owner who was not read is not taken to be gone. Nothing acts on it.',
    judge: ({ it, classification, site }) => {
      const { class: name, confidence, evidence } = classification
      if (it.enabled !== true || (name !== 'service' && name !== 'api-key')) return undefined
      const owners = [it.owner, it.manager].filter((id) => id !== undefined)
      const why = `a ${name} (${evidence}, confidence ${confidence})`
      if (owners.length === 0) {
        const isElsewhere = (it.ownerUnresolved ?? it.managerUnresolved) !== undefined
        return unless(!isElsewhere && (it.custodians?.length ?? 0) === 0, `${why} without an owner`)
      }
      const gone = owners.filter((id) => site.accountOf(id)?.it.enabled === false)
      return unless(gone.length === owners.length, `${why}, whose owner is disabled`)
    },
  }),
  check({
    id: 'service-could-be-managed',
    title: 'A service uses a password where the directory could rotate it',
    theme: 'machines',
    severity: 'medium',
    about: 'account',
    needs: ['enabled', 'servicePrincipals', 'passwordChanged'],
    systems: windows,
    fix: 'Make a group managed service account and move the service to it.',
    owner,
    undo: 'Give the service its former account again.',
    retest,
    avoids:
      'A person’s account that happens to run something is another finding; managed accounts are fine.',
    judge: ({ it, classification }, { now }) => {
      if (it.enabled !== true || classification.class !== 'service') return undefined
      if ((it.servicePrincipals?.length ?? 0) === 0) return undefined
      if (it.kind === 'managed-service') return 'fine'
      if (typeof it.passwordChangedAt !== 'number') return unsaid('passwordChanged')
      const age = daysSince(it.passwordChangedAt, now)
      return unless(
        age > 60,
        `password set ${dayText(it.passwordChangedAt)}, not rotated for ${age} days`,
      )
    },
  }),
  check({
    id: 'managed-password-open',
    title: 'Many may read the password that the directory makes for a service',
    theme: 'machines',
    severity: 'high',
    about: 'account',
    needs: ['managedPasswordReaders'],
    systems: windows,
    fix: 'Let only the machines that run the service read it.',
    owner,
    undo: 'Put the former readers back.',
    retest,
    avoids: 'Groups of machines are the usual and right way; only groups of everybody count.',
    judge: ({ it, site }) => {
      if (it.kind !== 'managed-service') return undefined
      const open = (it.managedPasswordReaders ?? []).filter((id) => {
        const group = site.reading.groups.find((one) => one.id === id || one.sid === id)
        return isEverybody(group?.sid ?? id)
      })
      return unless(open.length > 0, `readable by ${named(open)}`)
    },
  }),
  check({
    id: 'application-secret-old',
    title: 'A credential of an application has run out, never runs out, or has companions',
    theme: 'machines',
    severity: 'high',
    about: 'application',
    needs: ['applicationCredentials'],
    fix: 'Keep one credential, with an end within a year; better, use a managed identity.',
    owner: 'the owner of the application',
    undo: 'Add a credential again.',
    retest,
    avoids:
      'Two at once during a change of at most 30 days are how one changes; the platform’s own are left alone.',
    judge: ({ it }, { now }) => {
      if (it.managedIdentity === true || it.enabled === false || it.credentials === undefined) {
        return undefined
      }
      const live = it.credentials.filter(({ endsAt }) => typeof endsAt !== 'number' || endsAt > now)
      const overlapping = live.filter(
        ({ startsAt }) => startsAt === undefined || startsAt < now - 30 * dayMs,
      )
      const ended = it.credentials.length - live.length
      return judged([
        ended > 0 ? `${ended} have run out` : undefined,
        live.some(({ endsAt }) => endsAt === 'never' || (endsAt ?? 0) > now + 731 * dayMs)
          ? 'one is good for more than two years'
          : undefined,
        overlapping.length > 1 ? `${overlapping.length} are valid side by side` : undefined,
      ])
    },
  }),
  check({
    id: 'application-without-owner',
    title: 'Nobody answers for an application that signs in by itself',
    theme: 'machines',
    severity: 'medium',
    about: 'application',
    needs: ['applicationOwners'],
    fix: 'Name two owners.',
    owner: 'identity administration',
    undo: 'Remove the owners.',
    retest,
    avoids: 'Only applications with a credential or a permission of their own count.',
    judge: ({ it }) => {
      if (it.managedIdentity === true || it.enabled === false) return undefined
      const acts = (it.credentials?.length ?? 0) + (it.permissions?.length ?? 0) > 0
      return acts ? unless((it.owners?.length ?? 0) === 0, 'no owner') : undefined
    },
  }),
  check({
    id: 'application-powerful',
    title: 'An application may give itself any right',
    theme: 'machines',
    severity: 'high',
    about: 'application',
    needs: ['applicationPermissions'],
    systems: clouds,
    fix: 'Take the permission away, or keep the application as one keeps an administrator.',
    owner: 'the owner of the application',
    undo: 'Grant the permission again.',
    retest,
    avoids: 'Reading rights and rights on behalf of a signed-in person are not counted.',
    judge: ({ it }) => {
      if (it.enabled === false) return undefined
      const found = (it.permissions ?? []).filter((name) => powerfulPermissions.has(name))
      return unless(found.length > 0, named(found))
    },
  }),
  check({
    id: 'application-unused',
    title: 'An application that has not been used for 90 days can still sign in',
    theme: 'machines',
    severity: 'medium',
    about: 'application',
    needs: ['applicationUse'],
    fix: 'Disable it, and delete it after a month of silence.',
    owner: 'the owner of the application',
    undo: 'Enable it again.',
    retest,
    avoids: 'One made this month, and one whose use nobody records, are left alone.',
    judge: ({ it }, { now }) => {
      if (it.enabled === false || (it.createdAt ?? 0) > now - 30 * dayMs) return undefined
      if (it.neverUsed === true) return ['never used']
      if (it.lastUsedAt === undefined) return unsaid('applicationUse')
      return unless(it.lastUsedAt < now - 90 * dayMs, `last used ${dayText(it.lastUsedAt)}`)
    },
  }),
  check({
    id: 'dormant-machine',
    title: 'An enabled machine has not been seen for 90 days',
    theme: 'machines',
    severity: 'medium',
    about: 'machine',
    needs: ['enabled', 'lastUse'],
    fix: 'Disable it, and delete it after a month of silence.',
    owner: platform,
    undo: 'Enable it again.',
    retest,
    avoids:
      'A cluster or an appliance may sign in without changing its password, so either sign of life counts.',
    judge: ({ it, activity }, { now }) => {
      if (it.enabled !== true || it.kind === 'domain-controller') return undefined
      if (isDisguisedCluster(it, now)) return 'fine'
      if (activity.state === 'never') return 'fine'
      if (activity.state === 'cannot-tell') return unsaid('lastUse')
      return unless(activity.state === 'dormant', `last sign-in ${activity.text}`)
    },
  }),
  check({
    id: 'dormant-domain-controller',
    title: 'A domain controller has not been seen for 45 days',
    theme: 'machines',
    severity: 'high',
    about: 'machine',
    needs: ['enabled', 'lastUse'],
    systems: windows,
    fix: 'Find out whether it still runs; if not, remove it from the domain and clean its metadata up.',
    owner: 'directory administration',
    undo: 'Promote a new one.',
    retest,
    avoids: 'A stamp may be 14 days late, so only the end of the interval counts.',
    judge: ({ it }, { now }) => {
      if (it.kind !== 'domain-controller' || it.enabled !== true) return undefined
      if (it.lastUse.kind !== 'between') {
        return it.lastUse.kind === 'never' ? ['never seen'] : unsaid('lastUse')
      }
      return unless(
        it.lastUse.notAfter < now - 45 * dayMs,
        `last seen ${dayText(it.lastUse.notAfter)} at the latest`,
      )
    },
  }),
  check({
    id: 'obsolete-system',
    title: 'A machine runs a system that is no longer mended',
    theme: 'machines',
    severity: 'medium',
    about: 'machine',
    needs: ['enabled', 'operatingSystem'],
    fix: 'Replace or upgrade it; until then, put it in a segment of its own.',
    owner: platform,
    undo: 'None.',
    retest,
    avoids: 'A disabled machine, and one not seen for 90 days, is another finding.',
    judge: ({ it, activity }) => {
      if (it.enabled !== true || activity.state === 'dormant') return undefined
      if (it.operatingSystem === undefined) return unsaid('operatingSystem')
      return unless(obsolete.test(it.operatingSystem), it.operatingSystem)
    },
  }),
  check({
    id: 'local-administrator-unmanaged',
    title: 'The password of a machine’s local administrator is not rotated',
    theme: 'machines',
    severity: 'high',
    about: 'machine',
    needs: ['enabled', 'localPassword'],
    systems: ['active-directory', 'bloodhound'],
    fix: 'Let the directory manage it (LAPS).',
    owner: platform,
    undo: 'Stop managing it.',
    retest,
    avoids:
      'Domain controllers have none, and neither have machines that do not run Windows. The password is not read.',
    judge: ({ it, activity }, { now }) => {
      if (it.enabled !== true || it.kind !== 'computer' || activity.state === 'dormant')
        return undefined
      if (it.operatingSystem !== undefined && !/windows/i.test(it.operatingSystem)) return undefined
      const expiresAt = it.localPasswordExpiresAt
      if (expiresAt === undefined) return ['no managed password']
      return unless(
        expiresAt < now - 30 * dayMs,
        `the managed password should have changed ${dayText(expiresAt)}`,
      )
    },
  }),
  check({
    id: 'cloud-sign-on-key-old',
    title: 'The key that signs people from the premises in to the cloud is older than 30 days',
    theme: 'machines',
    severity: 'medium',
    about: 'machine',
    needs: ['passwordChanged'],
    systems: windows,
    fix: 'Roll the key over, twice with a day between; better, switch seamless sign-on off.',
    owner: 'directory administration',
    undo: 'None.',
    retest,
    avoids: 'No machine changes this password by itself, so other machines’ ages say nothing.',
    judge: ({ it }, { now }) => {
      if (!/^AZUREADSSOACC\$?$/i.test(it.name)) return undefined
      if (typeof it.passwordChangedAt !== 'number') return unsaid('passwordChanged')
      const age = daysSince(it.passwordChangedAt, now)
      return unless(age > 30, `set ${dayText(it.passwordChangedAt)}, ${age} days ago`)
    },
  }),
]

const powerfulPermissions: ReadonlySet<string> = new Set([
  'RoleManagement.ReadWrite.Directory',
  'AppRoleAssignment.ReadWrite.All',
  'Application.ReadWrite.All',
  'Directory.ReadWrite.All',
  'GroupMember.ReadWrite.All',
  'User.ReadWrite.All',
  'UserAuthenticationMethod.ReadWrite.All',
  'PrivilegedAccess.ReadWrite.AzureADGroup',
  'okta.roles.manage',
])

const obsolete =
  /windows (?:nt|2000|xp|vista|7|8(?:\.1)?)\b|windows server(?:®)? (?:2003|2008|2012)|centos.* [5-8]\b|red ?hat.* [4-6]\b/i

function isDisguisedCluster({ passwordChangedAt }: KnownMachine['it'], now: number): boolean {
  return typeof passwordChangedAt === 'number' && passwordChangedAt > now - 90 * dayMs
}

// Everyone, Authenticated Users, Anonymous, and the groups of all users and all machines.
function isEverybody(id: string): boolean {
  const rid = relativeIdOf(id)
  return /(?:^|-)S-1-(?:1-0|5-11|5-7)$/i.test(id) || rid === 513 || rid === 514 || rid === 515
}
