// What an account is: inferred, because directories rarely say it outright, and with the reasons, so
// that its owner can object. The rules stand in order; the first that speaks decides.
import type { Account } from '#model'
import type { Confidence } from './audit-report.ts'
import type { Employment } from './employment.ts'
import { relativeIdOf } from './security-identifier.ts'

export const classes = [
  'employee',
  'contractor',
  'partner',
  'service',
  'machine',
  'shared',
  'api-key',
  'built-in',
] as const
export type Class = (typeof classes)[number]

export interface Classification {
  readonly class: Class
  readonly confidence: Confidence
  readonly evidence: string
}

/** Accounts of a person count once; the second account for administration is a person's too. */
export function isPersonal({ class: name }: Classification): boolean {
  return name === 'employee' || name === 'contractor' || name === 'partner'
}

/** The class of an account. `employment` is absent where there are no personnel records. */
export function classify(account: Account, employment: Employment | undefined): Classification {
  for (const rule of rules) {
    const found = rule(account, employment)
    if (found !== undefined) return found
  }
  return { class: 'employee', confidence: 'low', evidence: 'nothing says that it is anything else' }
}

/** Whether it is an account beside somebody's everyday one, made for administration. */
export function isSecondAccount({ name, employeeType, distinguishedName }: Account): boolean {
  return (
    /^admin/i.test(employeeType ?? '') ||
    /^(?:adm|admin|a|da|t[012]|priv)[-_.]\w|[-_.](?:adm|admin|da|t[012]|priv)$/i.test(
      localPart(name),
    ) ||
    /,ou=(?:admins?|administrators?|tier ?[012][^,]*),/i.test(distinguishedName ?? '')
  )
}

type Rule = (account: Account, employment: Employment | undefined) => Classification | undefined

const rules: readonly Rule[] = [
  ({ sid, name }) => {
    const rid = sid === undefined ? undefined : relativeIdOf(sid)
    if (rid !== undefined && rid >= 500 && rid <= 504) {
      return sure('built-in', `relative identifier ${rid}`)
    }
    if (!/^(?:administrator|guest|krbtgt(?:_\d+)?|defaultaccount|wdagutilityaccount)$/i.test(name))
      return undefined
    return sid === undefined || /^krbtgt_/i.test(name)
      ? likely('built-in', `the name \`${name}\``)
      : undefined
  },
  ({ kind }) => {
    switch (kind) {
      case 'managed-service':
        return sure('service', 'its password is rotated by the directory')
      case 'guest':
        return sure('partner', 'a guest')
      case 'foreign':
        return likely('partner', 'a principal of another domain')
      case 'contact':
        return guess('partner', 'a contact without a sign-in')
      case 'computer':
      case 'domain-controller':
      case 'device':
        return sure('machine', `a ${kind}`)
      case 'user':
      case 'person':
        return undefined
    }
  },
  ({ employeeType }) =>
    /\b(?:service|svc|system|application|robot|bot)\b/i.test(employeeType ?? '')
      ? sure('service', `kind \`${employeeType ?? ''}\``)
      : undefined,
  ({ custodians }) =>
    custodians !== undefined && custodians.length >= 2
      ? sure('shared', `${custodians.length} people keep its password`)
      : undefined,
  ({ employeeType }) => {
    if (employeeType === undefined) return undefined
    const found = kinds.find(([, pattern]) => pattern.test(employeeType))
    return found && sure(found[0], `kind \`${employeeType}\``)
  },
  (_, employment) => {
    if (employment?.state !== 'present') return undefined
    return sure(employment.record.kind ?? 'employee', `personnel record of \`${employment.key}\``)
  },
  ({ name }) =>
    /(?:^|[-_. ])api[-_. ]?(?:key|token|client)/i.test(name)
      ? likely('api-key', `the name \`${name}\``)
      : undefined,
  ({ employeeId }) =>
    employeeId === undefined ? undefined : likely('employee', 'it carries a personnel key'),
  ({ servicePrincipals }) =>
    servicePrincipals !== undefined && servicePrincipals.length > 0
      ? likely('service', `it runs \`${servicePrincipals[0] ?? ''}\``)
      : undefined,
  ({ name, distinguishedName }) => {
    if (
      /^(?:svc|service|sa|srv|app|sql|task|batch|bkp|backup)[-_.]|[-_.](?:svc|service|srv)$/i.test(
        localPart(name),
      )
    )
      return likely('service', `the name \`${name}\``)
    return /,ou=[^,]*(?:service|svc)[^,]*,/i.test(distinguishedName ?? '')
      ? likely('service', 'it lies among service accounts')
      : undefined
  },
  ({ name, distinguishedName }) => {
    if (/,ou=[^,]*(?:shared|kiosk|generic|rooms?|resource)[^,]*,/i.test(distinguishedName ?? ''))
      return likely('shared', 'it lies among shared accounts')
    return genericName.test(localPart(name)) ? guess('shared', `the name \`${name}\``) : undefined
  },
  ({ flags, mail, kind, displayName }) =>
    flags.passwordNeverExpires === true &&
    mail === undefined &&
    kind !== 'person' &&
    !/\S\s+\S/.test(displayName ?? '')
      ? guess('service', 'its password never expires, and it has neither mail nor a full name')
      : undefined,
  ({ mail }) => (mail === undefined ? undefined : guess('employee', 'it has a mail address')),
]

const kinds: readonly (readonly [Class, RegExp])[] = [
  ['contractor', /contract|temp|agency|freelanc|consult|extern/i],
  ['partner', /partner|guest|supplier|vendor|customer|volunteer/i],
  ['shared', /shared|room|resource|equipment|mailbox|kiosk|function|generic/i],
  ['employee', /employee|staff|worker|^admin|intern|student|faculty/i],
]

const genericName =
  /^(?:reception|front[-_.]?desk|kiosk|scanner|scan|info|office|training|trainer|shared|helpdesk|ward|lab|meeting|room|test|temp|guestdesk|nurse|shift|counter|till|pos|workshop|warehouse)[-_.]?(?:user|account|desk|pc|room)?[-_.]?\d*$/i

function localPart(name: string): string {
  return name.split('@', 1)[0] ?? name
}

function sure(name: Class, evidence: string): Classification {
  return { class: name, confidence: 'high', evidence }
}

function likely(name: Class, evidence: string): Classification {
  return { class: name, confidence: 'medium', evidence }
}

function guess(name: Class, evidence: string): Classification {
  return { class: name, confidence: 'low', evidence }
}
