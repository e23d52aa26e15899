// Kerberos: what may be guessed from the tickets that a directory issues.
import { dayText, daysSince } from '#audit/moments'
import type { KnownAccount } from '#audit/picture'
import { relativeIdOf } from '#audit/security-identifier'
import { type Check, check, judged, unless, unsaid, windows } from './check.ts'

const directoryAdministration = 'directory administration'

export const ticketChecks: readonly Check[] = [
  check({
    id: 'weak-cipher',
    title: 'An account may use DES, which anybody can break',
    theme: 'credentials',
    severity: 'medium',
    about: 'account',
    needs: ['accountFlags'],
    systems: windows,
    fix: 'Clear the flag and the two DES bits, then change the password.',
    owner: directoryAdministration,
    undo: 'Set them again.',
    retest: 'Audit again: neither flag nor bits are set.',
    avoids:
      'An attribute that is not set is not zero: then the domain decides, and it is fine here.',
    judge: ({ it }) =>
      judged([
        it.flags.desOnly === true ? 'only DES is permitted' : undefined,
        ((it.encryptionTypes ?? 0) & 0x3) === 0 ? undefined : 'DES is among the permitted ciphers',
      ]),
  }),
  check({
    id: 'service-without-aes',
    title: 'A service is issued tickets with RC4 only',
    theme: 'credentials',
    severity: 'medium',
    about: 'account',
    needs: ['enabled', 'servicePrincipals', 'encryptionTypes'],
    systems: windows,
    fix: 'Permit AES 128 and 256 and change the password, so that the keys are made.',
    owner: 'the owner of the service',
    undo: 'Put the former value back.',
    retest: 'Audit again: the AES bits are set.',
    avoids: 'An attribute that is not set is no decision of anybody: then the domain decides.',
    judge: ({ it }) => {
      if (it.enabled !== true || !isService(it) || isTicketKey(it)) return undefined
      const { encryptionTypes } = it
      return unless(
        encryptionTypes !== undefined && encryptionTypes !== 0 && (encryptionTypes & 0x18) === 0,
        `permitted ciphers ${encryptionTypes ?? 0}, AES not among them`,
      )
    },
  }),
  check({
    id: 'pre-authentication-off',
    title: 'Anyone may ask for something encrypted with an account’s password',
    theme: 'credentials',
    severity: 'high',
    about: 'account',
    needs: ['enabled', 'accountFlags'],
    systems: windows,
    fix: 'Switch Kerberos pre-authentication on, then change the password.',
    owner: directoryAdministration,
    undo: 'Switch it off again.',
    retest: 'Audit again: the flag is gone.',
    avoids: 'A disabled account answers nobody.',
    judge: ({ it }) =>
      it.enabled === true
        ? unless(it.flags.preAuthenticationOff === true, 'Kerberos pre-authentication is off')
        : undefined,
  }),
  check({
    id: 'guessable-service-ticket',
    title: 'A service runs with a password that people chose, and anyone may try it offline',
    theme: 'credentials',
    severity: 'high',
    about: 'account',
    needs: ['enabled', 'servicePrincipals'],
    systems: windows,
    fix: 'Move the service to an account whose password the directory makes and rotates.',
    owner: 'the owner of the service',
    undo: 'Give the service name back to the former account.',
    retest: 'Audit again: no service name on the account.',
    avoids:
      'Machines and managed accounts have long random passwords, and the account of the ticket service has another finding.',
    judge: ({ it }) => {
      if (it.enabled !== true || isTicketKey(it) || it.kind === 'managed-service') return undefined
      return unless(isService(it), `runs \`${it.servicePrincipals?.[0] ?? ''}\``)
    },
  }),
  check({
    id: 'ticket-key-old',
    title: 'The key of all tickets is older than 180 days',
    theme: 'credentials',
    severity: 'high',
    about: 'account',
    needs: ['passwordChanged'],
    systems: windows,
    fix: 'Change the password of `krbtgt` twice, ten hours apart at least, so that replicas follow.',
    owner: directoryAdministration,
    undo: 'Not possible: tickets of before end by themselves.',
    retest: 'Audit again: the password is younger.',
    avoids:
      'Found by its number, because the name may be translated; that it is disabled is as it should be.',
    judge: ({ it }, { now }) => {
      if (!isTicketKey(it)) return undefined
      if (typeof it.passwordChangedAt !== 'number') return unsaid('passwordChanged')
      const age = daysSince(it.passwordChangedAt, now)
      return unless(age > 180, `set ${dayText(it.passwordChangedAt)}, ${age} days ago`)
    },
  }),
]

function isTicketKey({ sid, name }: KnownAccount['it']): boolean {
  return relativeIdOf(sid ?? '') === 502 || /^krbtgt(?:_\d+)?$/i.test(name)
}

function isService({ servicePrincipals }: KnownAccount['it']): boolean {
  return servicePrincipals !== undefined && servicePrincipals.length > 0
}
