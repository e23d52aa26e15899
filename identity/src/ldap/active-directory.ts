// Entries of Active Directory. What an attribute means is not always what it looks like: see the
// notes at each.
import { given } from '#given'
import type { SourceKind, SuspectedSecret } from '#model'
import { passwordLooks, suspectedSecret } from '#suspected-secret'
import { accountFlags, isDomainController, isEnabled } from './account-control.ts'
import type { Draft } from './draft.ts'
import { asText, type Entry, integer, text, texts } from './entry.ts'
import { guidOf, sidOf } from './identifiers.ts'
import { attributeChangedAt, memberTimes } from './replication-data.ts'
import { fileTime, generalizedTime } from './times.ts'

/** Whether an entry is one of Active Directory. */
export function isOfActiveDirectory({ values }: Entry): boolean {
  return values.has('objectsid') || values.has('objectguid') || values.has('useraccountcontrol')
}

/** An account, machine or group; undefined for an entry of another kind. */
export function activeDirectoryDraft(
  entry: Entry,
  classes: ReadonlySet<string>,
): Draft | undefined {
  if (classes.has('group')) return groupDraft(entry)
  const kind = kindOf(entry, classes)
  if (kind === undefined) return undefined
  const control = integer(entry, 'useraccountcontrol')
  const { secrets, description } = readableTexts(entry)
  const enabled = control === undefined ? undefined : isEnabled(control)
  const principal = {
    ...identity(entry),
    displayName: text(entry, 'displayname'),
    principalName: text(entry, 'userprincipalname'),
    kind,
    enabled,
    deleted: text(entry, 'isdeleted') === 'TRUE' ? true : undefined,
    disabledAt: enabled === false ? attributeChangedAt(entry, 'userAccountControl') : undefined,
    expiresAt: fileTime(text(entry, 'accountexpires')),
    passwordChangedAt: passwordChanged(text(entry, 'pwdlastset')),
    flags: accountFlags(control, integer(entry, 'msds-user-account-control-computed')),
    servicePrincipals: texts(entry, 'serviceprincipalname'),
    delegatesTo: texts(entry, 'msds-allowedtodelegateto'),
    encryptionTypes: integer(entry, 'msds-supportedencryptiontypes'),
    sidHistory: entry.values.get('sidhistory')?.map((value) => sidOf(value) ?? 'S-1-0-0'),
    adminCount: integer(entry, 'admincount'),
    primaryGroupRid: integer(entry, 'primarygroupid'),
    keyCredentials: entry.values.get('msds-keycredentiallink')?.length,
    alternateMappings: texts(entry, 'altsecurityidentities'),
    description,
    secrets,
  }
  const references = {
    manager: text(entry, 'manager'),
    owner: text(entry, 'managedby'),
    memberOf: texts(entry, 'memberof'),
  }
  const stamps = {
    replicated: fileTime(text(entry, 'lastlogontimestamp')),
    local: fileTime(text(entry, 'lastlogon')),
  }
  if (kind === 'computer' || kind === 'domain-controller') {
    const machine = given({
      ...principal,
      operatingSystem: text(entry, 'operatingsystem'),
      operatingSystemVersion: text(entry, 'operatingsystemversion'),
      localPasswordExpiresAt: localPasswordExpiry(entry),
    })
    return { kind: 'machine', entry: machine, references, stamps }
  }
  const account = given({
    ...principal,
    mail: text(entry, 'mail'),
    hasMailbox: entry.values.has('msexchmailboxguid') ? true : undefined,
    employeeId: text(entry, 'employeeid') ?? text(entry, 'employeenumber'),
    employeeType: text(entry, 'employeetype'),
    department: text(entry, 'department'),
    title: text(entry, 'title'),
    workstations: text(entry, 'userworkstations')?.split(',').filter(Boolean),
    resultantPolicy: text(entry, 'msds-resultantpso'),
  })
  return { kind: 'account', entry: account, references, stamps }
}

function groupDraft(entry: Entry): Draft {
  const kind = integer(entry, 'grouptype')
  const { secrets, description } = readableTexts(entry)
  return {
    kind: 'group',
    entry: given({
      ...identity(entry),
      // The highest bit of the type makes it a group that grants access.
      security: kind === undefined ? undefined : (kind & 0x8000_0000) !== 0,
      adminCount: integer(entry, 'admincount'),
      description,
      secrets,
    }),
    references: { owner: text(entry, 'managedby'), memberOf: texts(entry, 'memberof') },
    members: texts(entry, 'member') ?? [],
    memberNames: [],
    times: memberTimes(entry),
  }
}

function identity(entry: Entry) {
  const sid = sidOf(entry.values.get('objectsid')?.[0])
  return {
    id: guidOf(entry.values.get('objectguid')?.[0]) ?? sid ?? entry.dn,
    name: text(entry, 'samaccountname') ?? text(entry, 'cn') ?? entry.dn,
    distinguishedName: entry.dn,
    sid,
    createdAt: generalizedTime(text(entry, 'whencreated')),
    changedAt: generalizedTime(text(entry, 'whenchanged')),
  }
}

/** A managed service account is of the class `computer` too, and a computer of the class `user`. */
function kindOf(entry: Entry, classes: ReadonlySet<string>): SourceKind | undefined {
  if (managedClasses.some((name) => classes.has(name))) return 'managed-service'
  if (classes.has('computer')) {
    const readOnlyOrNot = [516, 521].includes(integer(entry, 'primarygroupid') ?? 0)
    const control = integer(entry, 'useraccountcontrol') ?? 0
    return readOnlyOrNot || isDomainController(control) ? 'domain-controller' : 'computer'
  }
  if (classes.has('user')) return 'user'
  if (classes.has('inetorgperson')) return 'person'
  if (classes.has('foreignsecurityprincipal')) return 'foreign'
  if (classes.has('contact')) return 'contact'
  // An export without classes still shows what signs in.
  if (classes.size > 0 || !entry.values.has('useraccountcontrol')) return undefined
  return text(entry, 'samaccountname')?.endsWith('$') ? 'computer' : 'user'
}

const managedClasses = [
  'msds-groupmanagedserviceaccount',
  'msds-managedserviceaccount',
  'msds-delegatedmanagedserviceaccount',
]

/** 0 does not mean never here: it means that the next sign-in must set a new one. */
function passwordChanged(value: string | undefined): number | 'must-change' | undefined {
  const at = fileTime(value)
  return at === 'never' ? 'must-change' : at
}

function localPasswordExpiry(entry: Entry): number | undefined {
  const at = fileTime(
    text(entry, 'mslaps-passwordexpirationtime') ?? text(entry, 'ms-mcs-admpwdexpirationtime'),
  )
  return at === 'never' ? undefined : at
}

const notes = ['description', 'info', 'comment'] as const
const passwords = ['userpassword', 'unixuserpassword', 'unicodepwd'] as const

function readableTexts(entry: Entry): {
  readonly secrets: readonly SuspectedSecret[]
  readonly description: string | undefined
} {
  const secrets: SuspectedSecret[] = []
  let description: string | undefined
  for (const attribute of notes) {
    const value = text(entry, attribute)
    const looksLike = value === undefined ? undefined : suspectedSecret(value)
    if (looksLike !== undefined) secrets.push({ attribute, looksLike })
    else if (attribute === 'description') description = value
  }
  for (const attribute of passwords) {
    const value = entry.values.get(attribute)?.[0]
    if (value !== undefined) secrets.push({ attribute, looksLike: passwordLooks(asText(value)) })
  }
  return { secrets: secrets.length === 0 ? none : secrets, description }
}

const none: readonly SuspectedSecret[] = []
