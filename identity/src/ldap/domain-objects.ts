// What Active Directory keeps beside accounts and groups: the settings of a domain, its trusts, and
// the templates that certificates are issued from.
import { given } from '#given'
import type { CertificateTemplate, DomainSettings, Trust } from '#model'
import { type Entry, integer, text, texts, truth } from './entry.ts'
import { guidOf, sidOf } from './identifiers.ts'
import { interval } from './times.ts'

const dayMs = 86_400_000
const complexityBit = 0x1

/** The settings of a domain; undefined for its partitions, which have no identifier of their own. */
export function domainOf(entry: Entry): DomainSettings | undefined {
  const sid = sidOf(entry.values.get('objectsid')?.[0])
  if (sid === undefined) return undefined
  const properties = integer(entry, 'pwdproperties')
  const lagDays = integer(entry, 'msds-logontimesyncinterval')
  return given({
    name: entry.dn
      .split(',')
      .flatMap((part) => /^\s*dc=(.*)$/i.exec(part)?.[1] ?? [])
      .join('.'),
    distinguishedName: entry.dn,
    sid,
    minimumPasswordLength: integer(entry, 'minpwdlength'),
    lockoutThreshold: integer(entry, 'lockoutthreshold'),
    maximumPasswordAgeMs: interval(text(entry, 'maxpwdage')),
    complexityRequired: properties === undefined ? undefined : (properties & complexityBit) !== 0,
    passwordHistory: integer(entry, 'pwdhistorylength'),
    machineQuota: integer(entry, 'ms-ds-machineaccountquota'),
    signInLagMs: lagDays === undefined ? undefined : lagDays * dayMs,
    smartCardSecretsRoll: truth(entry, 'msds-expirepasswordsonsmartcardonlyaccounts'),
    functionalLevel: integer(entry, 'msds-behavior-version'),
  })
}

const directions = ['disabled', 'inbound', 'outbound', 'both'] as const
const realmType = 3
const trustBits = {
  quarantined: 0x4,
  forest: 0x8,
  withinForest: 0x20,
  treatAsExternal: 0x40,
  ticketDelegation: 0x800,
} as const

/** A trust (MS-ADTS §6.1.6.7.9). Within a forest nothing is filtered, by design. */
export function trustOf(entry: Entry): Trust {
  const bits = integer(entry, 'trustattributes')
  const has = (bit: number): boolean => ((bits ?? 0) & bit) !== 0
  const kind: Trust['kind'] = has(trustBits.withinForest)
    ? 'within-forest'
    : has(trustBits.forest)
      ? 'forest'
      : integer(entry, 'trusttype') === realmType
        ? 'realm'
        : 'external'
  const filters = kind === 'forest' ? !has(trustBits.treatAsExternal) : has(trustBits.quarantined)
  return given({
    domain: text(entry, 'trustpartner') ?? text(entry, 'cn') ?? entry.dn,
    direction: directions[integer(entry, 'trustdirection') ?? 0] ?? 'disabled',
    kind,
    sidFiltering: bits === undefined || kind === 'within-forest' ? undefined : filters,
    ticketDelegation: bits === undefined ? undefined : has(trustBits.ticketDelegation),
  })
}

/** Purposes that let a certificate sign somebody in: client, smart card, Kerberos, and any. */
const signInPurposes = new Set([
  '1.3.6.1.5.5.7.3.2',
  '1.3.6.1.4.1.311.20.2.2',
  '1.3.6.1.5.2.3.4',
  '2.5.29.37.0',
])
const subjectFromRequest = 0x1
const alternativeFromRequest = 0x1_0000
const managerApproval = 0x2

export function templateOf(entry: Entry): CertificateTemplate {
  const naming = integer(entry, 'mspki-certificate-name-flag')
  const enrolment = integer(entry, 'mspki-enrollment-flag')
  const purposes = [
    ...(texts(entry, 'pkiextendedkeyusage') ?? []),
    ...(texts(entry, 'mspki-certificate-application-policy') ?? []),
  ]
  return given({
    id: guidOf(entry.values.get('objectguid')?.[0]) ?? entry.dn,
    name: text(entry, 'cn') ?? entry.dn,
    requesterNamesSubject: naming === undefined ? undefined : (naming & subjectFromRequest) !== 0,
    requesterNamesAlternative:
      naming === undefined ? undefined : (naming & alternativeFromRequest) !== 0,
    // A template without any purpose is good for all of them.
    clientAuthentication:
      purposes.length === 0 || purposes.some((purpose) => signInPurposes.has(purpose)),
    approvalRequired: enrolment === undefined ? undefined : (enrolment & managerApproval) !== 0,
  })
}
