// Which attributes of the model a directory told. Many are absent from an entry because it has none,
// so their absence everywhere says something only when everything was asked for.
import type { AttributeName } from '#reading'

interface Row {
  readonly says: AttributeName
  /** Attributes of LDAP that say it, in lower case. */
  readonly by: readonly string[]
  /**
   * `entry`: entries have it as a rule, so it was told when it was seen. `optional`: an entry
   * without it has none, if everything was asked for. `asked`: it comes only to who asks for it.
   */
  readonly when: 'entry' | 'optional' | 'asked'
  /** Only Active Directory has it. */
  readonly only?: 'active-directory'
}

const rows: readonly Row[] = [
  entry('enabled', 'useraccountcontrol', 'nsaccountlock', 'pwdaccountlockedtime', 'entryuuid'),
  entry('created', 'whencreated', 'createtimestamp'),
  entry('passwordChanged', 'pwdlastset', 'pwdchangedtime', 'shadowlastchange'),
  entry('passwordNeverExpires', 'useraccountcontrol'),
  entry('accountFlags', 'useraccountcontrol'),
  entry('expiry', 'accountexpires', 'shadowexpire', 'pwdendtime'),
  entry(
    'lastUse',
    'lastlogontimestamp',
    'lastlogon',
    'authtimestamp',
    'pwdlastsuccess',
    'lastlogintime',
  ),
  entry('sid', 'objectsid'),
  entry('primaryGroup', 'primarygroupid'),
  entry('operatingSystem', 'operatingsystem'),
  entry('passwordPolicy', 'minpwdlength'),
  entry('machineQuota', 'ms-ds-machineaccountquota'),
  entry('signInLag', 'msds-logontimesyncinterval'),
  entry('smartCardRolling', 'msds-expirepasswordsonsmartcardonlyaccounts'),
  entry('templates', 'mspki-certificate-name-flag'),
  optional('members', 'member', 'uniquemember', 'memberuid', 'memberof'),
  optional('mail', 'mail'),
  optional('employeeId', 'employeeid', 'employeenumber'),
  optional('employeeType', 'employeetype'),
  optional('department', 'department', 'departmentnumber'),
  optional('title', 'title'),
  optional('manager', 'manager'),
  optional('owner', 'managedby', 'owner'),
  optional('groupOwner', 'managedby', 'owner'),
  optional('description', 'description'),
  only('servicePrincipals', 'serviceprincipalname'),
  only('delegation', 'msds-allowedtodelegateto'),
  only('resourceDelegation', 'msds-allowedtoactonbehalfofotheridentity'),
  only('encryptionTypes', 'msds-supportedencryptiontypes'),
  only('sidHistory', 'sidhistory'),
  only('adminCount', 'admincount'),
  only('keyCredentials', 'msds-keycredentiallink'),
  only('alternateMappings', 'altsecurityidentities'),
  only('certificates', 'usercertificate'),
  only('workstations', 'userworkstations'),
  only('trusts', 'trustattributes'),
  asked('resultantPolicy', 'msds-resultantpso'),
  asked('managedPasswordReaders', 'msds-groupmsamembership'),
  asked('membershipTimes', 'msds-replvaluemetadata'),
  asked('disabledAt', 'msds-replattributemetadata'),
  asked('access', 'ntsecuritydescriptor'),
  asked('localPassword', 'mslaps-passwordexpirationtime', 'ms-mcs-admpwdexpirationtime'),
  asked('mailbox', 'msexchmailboxguid'),
]

/** What is told by a source in which these attributes occurred. `everything`: all was asked for. */
export function toldBy(
  seen: ReadonlySet<string>,
  {
    everything,
    activeDirectory,
  }: { readonly everything: boolean; readonly activeDirectory: boolean },
): ReadonlySet<AttributeName> {
  return new Set(
    rows
      .filter(
        (row) =>
          row.by.some((name) => seen.has(name)) ||
          (everything && row.when === 'optional' && (row.only === undefined || activeDirectory)),
      )
      .map(({ says }) => says),
  )
}

/** Attributes that an export has only when nobody picked attributes by hand. */
export function looksWhole(seen: ReadonlySet<string>): boolean {
  return (seen.has('instancetype') && seen.has('usnchanged')) || seen.has('entrycsn')
}

/** Every attribute that any row rests on. */
export const tellingAttributes: readonly string[] = [...new Set(rows.flatMap(({ by }) => by))]

function entry(says: AttributeName, ...by: readonly string[]): Row {
  return { says, by, when: 'entry' }
}

function optional(says: AttributeName, ...by: readonly string[]): Row {
  return { says, by, when: 'optional' }
}

function only(says: AttributeName, ...by: readonly string[]): Row {
  return { says, by, when: 'optional', only: 'active-directory' }
}

function asked(says: AttributeName, ...by: readonly string[]): Row {
  return { says, by, when: 'asked' }
}
