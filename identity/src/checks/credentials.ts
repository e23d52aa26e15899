// Passwords and keys: how old they are, whether they end, and where they lie about.
import { dayMs, dayText, daysSince } from '#audit/moments'
import type { KnownAccount } from '#audit/picture'
import { relativeIdOf } from '#audit/security-identifier'
import { type Check, check, judged, unless, unsaid, windows } from './check.ts'

const directoryAdministration = 'directory administration'

export const credentialChecks: readonly Check[] = [
  check({
    id: 'password-never-expires',
    title: 'The password of an enabled person never expires',
    theme: 'credentials',
    severity: 'medium',
    about: 'account',
    needs: ['enabled', 'passwordNeverExpires'],
    fix: 'Let it expire as the policy says, or move the person to a passkey or smart card.',
    owner: directoryAdministration,
    undo: 'Set the flag again.',
    retest: 'Audit again: the flag is gone.',
    avoids:
      'Who signs in with a smart card has no use for a password that ages; services have findings of their own; a mailbox that the mail server rotates is left alone.',
    judge: ({ it, isPersonal, site }, { now }) => {
      if (it.enabled !== true || !isPersonal) return undefined
      if (it.flags.passwordNeverExpires !== true) return 'fine'
      if (it.flags.smartCardRequired === true || isRotatedProbe(it, now)) return 'fine'
      const methods = site.tells('methods') ? (it.methods ?? []) : []
      const isStrong = methods.some(
        ({ kind, state }) => state === 'active' && (kind === 'passkey' || kind === 'certificate'),
      )
      return unless(!isStrong, 'its password never expires')
    },
  }),
  check({
    id: 'service-without-expiry',
    title: 'A service has a password that never expires, on an account that never ends',
    theme: 'credentials',
    severity: 'high',
    about: 'account',
    needs: ['enabled', 'passwordNeverExpires', 'expiry'],
    fix: 'Move it to an account whose password the directory rotates, or set a date of rotation.',
    owner: 'the owner of the service',
    undo: 'Set the flag again.',
    retest: 'Audit again: it is managed, expires, or ends.',
    avoids:
      'An account that ends, one that is switched off, and one whose password the directory rotates are fine.',
    judge: ({ it, classification, site }, { now }) => {
      if (it.enabled !== true || classification.class !== 'service') return undefined
      if (it.kind === 'managed-service' || isRotatedProbe(it, now)) return 'fine'
      const isEnding = typeof it.expiresAt === 'number'
      if (it.flags.passwordNeverExpires === undefined && !site.tells('passwordNeverExpires')) {
        return unsaid('passwordNeverExpires')
      }
      return unless(
        it.flags.passwordNeverExpires === true && !isEnding,
        `a service (${classification.evidence})${setAt(it.passwordChangedAt)}`,
      )
    },
  }),
  check({
    id: 'password-not-required',
    title: 'The length policy does not hold for an enabled account',
    theme: 'credentials',
    severity: 'high',
    about: 'account',
    needs: ['enabled', 'accountFlags'],
    systems: windows,
    fix: 'Clear the flag “password not required” and set a new password.',
    owner: directoryAdministration,
    undo: 'Set the flag again.',
    retest: 'Audit again: the flag is gone.',
    avoids:
      'The flag waives the policy; it does not prove an empty password. Accounts that are disabled, as the guest account is, are left alone.',
    judge: ({ it }) =>
      it.enabled === true
        ? unless(it.flags.passwordNotRequired === true, 'a password may be empty or short')
        : undefined,
  }),
  check({
    id: 'reversible-password',
    title: 'A password is stored so that it can be read back',
    theme: 'credentials',
    severity: 'high',
    about: 'account',
    needs: ['accountFlags'],
    systems: windows,
    fix: 'Clear the flag, then have the password changed: until then the old form stays.',
    owner: directoryAdministration,
    undo: 'Set the flag again.',
    retest: 'Audit again: the flag is gone and the password is younger.',
    avoids: 'Also disabled accounts count, because what can be read back may be used elsewhere.',
    judge: ({ it }) => unless(it.flags.reversibleEncryption === true, 'reversible encryption'),
  }),
  check({
    id: 'old-password',
    title: 'A password is older than a year, or than half a year for an administrator',
    theme: 'credentials',
    severity: 'medium',
    about: 'account',
    needs: ['enabled', 'passwordChanged'],
    fix: 'Have it changed, or move the account to a credential that is rotated by itself.',
    owner: 'the owner of the account',
    undo: 'Not possible, and not needed.',
    retest: 'Audit again: the password is younger.',
    avoids:
      'A password that must be changed at the next sign-in has no age, and who can only use a smart card has no password to age.',
    judge: ({ it, classification, ways }, { now }) => {
      if (it.enabled !== true || it.kind === 'managed-service') return undefined
      if (classification.class === 'built-in' && relativeIdOf(it.sid ?? '') === 502)
        return undefined
      if (it.flags.smartCardRequired === true || it.passwordChangedAt === 'must-change') {
        return 'fine'
      }
      if (it.passwordChangedAt === undefined) return unsaid('passwordChanged')
      const limitDays = ways.length > 0 ? 180 : 365
      const age = daysSince(it.passwordChangedAt, now)
      return unless(
        age > limitDays,
        `set ${dayText(it.passwordChangedAt)}, ${age} days ago; ${limitDays} are the limit`,
      )
    },
  }),
  check({
    id: 'secret-in-attribute',
    title: 'Something that looks like a credential stands where others can read it',
    theme: 'credentials',
    severity: 'critical',
    about: 'account',
    needs: ['description'],
    fix: 'Change the credential first, then clear the attribute: copies exist.',
    owner: 'the owner of the account',
    undo: 'Not possible: it was public.',
    retest: 'Audit again: the attribute is clear, and the password is younger.',
    avoids:
      'Words about passwords, as “reset the password at the desk”, are no credential. What was found is not kept.',
    judge: ({ it }) =>
      judged(it.secrets.map(({ attribute, looksLike }) => `a ${looksLike} in \`${attribute}\``)),
  }),
  check({
    id: 'group-secret-in-attribute',
    title: 'Something that looks like a credential stands in the notes of a group',
    theme: 'credentials',
    severity: 'critical',
    about: 'group',
    needs: ['description'],
    fix: 'Change the credential first, then clear the attribute: copies exist.',
    owner: 'the owner of the group',
    undo: 'Not possible: it was public.',
    retest: 'Audit again: the attribute is clear.',
    avoids: 'Words about passwords are no credential. What was found is not kept.',
    judge: ({ it }) =>
      judged(it.secrets.map(({ attribute, looksLike }) => `a ${looksLike} in \`${attribute}\``)),
  }),
  check({
    id: 'smart-card-secret-old',
    title: 'Who must use a smart card has a hidden password that never changes',
    theme: 'credentials',
    severity: 'medium',
    about: 'account',
    needs: ['enabled', 'accountFlags', 'passwordChanged', 'smartCardRolling'],
    systems: windows,
    fix: 'Let the domain renew such secrets by itself, or switch the flag off and on.',
    owner: directoryAdministration,
    undo: 'Switch the renewal off.',
    retest: 'Audit again: the secret is younger than a year, or the domain renews it.',
    avoids: 'Where the domain renews the secrets, their age is no fault.',
    judge: ({ it, site }, { now }) => {
      if (it.enabled !== true || it.flags.smartCardRequired !== true) return undefined
      if (site.reading.domains.some((domain) => domain.smartCardSecretsRoll === true)) return 'fine'
      if (typeof it.passwordChangedAt !== 'number') return unsaid('passwordChanged')
      const age = daysSince(it.passwordChangedAt, now)
      return unless(age > 365, `made ${dayText(it.passwordChangedAt)}, ${age} days ago`)
    },
  }),
  check({
    id: 'default-account-used',
    title: 'An account that comes with every domain is in use',
    theme: 'credentials',
    severity: 'high',
    about: 'account',
    needs: ['enabled', 'sid'],
    systems: windows,
    fix: 'Disable the guest account; keep the first administrator for the day when nothing else works.',
    owner: directoryAdministration,
    undo: 'Enable it again.',
    retest: 'Audit again: disabled, or unused for 90 days.',
    avoids: 'Found by their numbers, because names are translated and changed.',
    judge: ({ it, activity }) => {
      const rid = relativeIdOf(it.sid ?? '')
      if (rid === 501) return unless(it.enabled === true, 'the guest account is enabled')
      if (rid !== 500) return undefined
      if (it.enabled === false || activity.state === 'never') return 'fine'
      if (activity.state === 'cannot-tell') return unsaid('lastUse')
      return unless(
        activity.state === 'active',
        `the first administrator, last sign-in ${activity.text}`,
      )
    },
  }),
  check({
    id: 'unexpected-key',
    title: 'A key that signs in lies on an account that no person uses',
    theme: 'credentials',
    severity: 'high',
    about: 'account',
    needs: ['keyCredentials'],
    systems: windows,
    fix: 'Find out who added it; remove it unless they can say why.',
    owner: 'security operations',
    undo: 'Add the key again.',
    retest: 'Audit again: no key.',
    avoids: 'People who sign in to Windows with a device have such keys, and that is well.',
    judge: ({ it, isPersonal }) =>
      isPersonal
        ? undefined
        : unless((it.keyCredentials ?? 0) > 0, `${it.keyCredentials ?? 0} keys`),
  }),
  check({
    id: 'certificate-mapping',
    title: 'A certificate that was named by hand signs in as an administrator',
    theme: 'credentials',
    severity: 'medium',
    about: 'account',
    needs: ['alternateMappings', 'members'],
    systems: windows,
    fix: 'Remove the mapping, or map by the issuer and serial number.',
    owner: directoryAdministration,
    undo: 'Add the mapping again.',
    retest: 'Audit again: no mapping.',
    avoids:
      'A mapping of an ordinary account is how some smart cards work; only administrators are named.',
    judge: ({ it, ways }) =>
      ways.length === 0
        ? undefined
        : unless((it.alternateMappings?.length ?? 0) > 0, 'has alternative security identities'),
  }),
]

/** A probe of the mail server, which changes its password itself. */
function isRotatedProbe({ name, passwordChangedAt }: KnownAccount['it'], now: number): boolean {
  return (
    /^HealthMailbox[0-9a-z]+$/i.test(name) &&
    typeof passwordChangedAt === 'number' &&
    passwordChangedAt > now - 40 * dayMs
  )
}

function setAt(at: number | 'must-change' | undefined): string {
  return typeof at === 'number' ? `, password set ${dayText(at)}` : ''
}
