// What one source said, and what it is able to say at all. An attribute that an entry lacks means
// "has none" only when the source tells that attribute; otherwise the answer is "cannot tell".
import type {
  Application,
  Baseline,
  PermittedMethod,
  PersonnelRecord,
  Role,
  RoleAssignment,
  SignInRule,
} from './cloud-model.ts'
import type {
  AccessEdge,
  Account,
  CertificateTemplate,
  DomainSettings,
  Group,
  Machine,
  Trust,
} from './model.ts'

/** Everything a source may or may not tell, in the words a person is asked for it with. */
export const attributes = {
  enabled: 'whether an account is enabled',
  created: 'when an entry was made',
  disabledAt: 'when an account was disabled (replication or audit data)',
  expiry: 'when an account expires',
  lastUse: 'the last sign-in',
  passwordChanged: 'when a password was set',
  passwordNeverExpires: 'whether a password expires',
  accountFlags: '`userAccountControl`',
  servicePrincipals: '`servicePrincipalName`',
  delegation: '`msDS-AllowedToDelegateTo`',
  resourceDelegation: '`msDS-AllowedToActOnBehalfOfOtherIdentity`',
  encryptionTypes: '`msDS-SupportedEncryptionTypes`',
  sid: 'security identifiers (`objectSid`)',
  sidHistory: '`sIDHistory`',
  adminCount: '`adminCount`',
  primaryGroup: '`primaryGroupID`',
  keyCredentials: '`msDS-KeyCredentialLink`',
  alternateMappings: '`altSecurityIdentities`',
  certificates: '`userCertificate`',
  mail: 'mail addresses',
  mailbox: 'licences or mailboxes',
  employeeId: 'the personnel key (`employeeID`, `employeeNumber`)',
  employeeType: 'the kind of person (`employeeType`, `userType`)',
  department: 'the department',
  title: 'the role or title',
  manager: 'the manager',
  leaveDate: 'the date of leaving',
  description: 'descriptions and notes',
  workstations: '`userWorkstations`',
  resultantPolicy: '`msDS-ResultantPSO`',
  managedPasswordReaders: '`msDS-GroupMSAMembership`',
  custodians: 'who keeps the password of an account',
  synced: 'whether an account comes from a directory on the premises',
  guestState: 'whether a guest accepted the invitation',
  methods: 'enrolled authentication methods',
  mfaRegistered: 'whether a second factor is registered',
  members: 'members of groups',
  membershipTimes: 'when members were added (`msDS-ReplValueMetaData` or audit data)',
  groupOwner: 'owners of groups',
  owner: 'owners of accounts (`managedBy`)',
  operatingSystem: 'operating systems',
  localPassword: 'the expiry of managed local passwords',
  passwordPolicy: 'the password policy of the domain',
  machineQuota: '`ms-DS-MachineAccountQuota`',
  signInLag: '`msDS-LogonTimeSyncInterval`',
  smartCardRolling: '`msDS-ExpirePasswordsOnSmartCardOnlyAccounts`',
  trusts: 'trusts with other domains',
  templates: 'certificate templates',
  access: 'access lists (`nTSecurityDescriptor`)',
  roles: 'roles and who holds them',
  roleEligibility: 'eligible assignments of roles',
  roleManagement: 'how an assignment of a role came about and when it ends',
  rolePolicy: 'what activating a role demands',
  tenantSettings: 'settings of the tenant',
  applications: 'applications',
  applicationCredentials: 'credentials of applications and their expiry',
  applicationOwners: 'owners of applications',
  applicationPermissions: 'permissions of applications',
  applicationUse: 'when applications were used',
  signOn: 'how people sign in to applications',
  localPasswords: 'applications that keep passwords of their own',
  signInRules: 'rules for sign-in',
  permittedMethods: 'methods that the directory permits',
  personnel: 'personnel records',
  baselines: 'what each role gives',
} as const satisfies Record<string, string>

export type AttributeName = keyof typeof attributes

export type SourceSystem =
  | 'active-directory'
  | 'ldap'
  | 'entra'
  | 'okta'
  | 'bloodhound'
  | 'personnel'
  | 'accounts'

/** Something in the source that could not be taken in, so that totals still reconcile. */
export interface Remark {
  /** File and line, DN or page. */
  readonly where: string
  readonly what: string
}

/** How many entries the source held, and what became of them. */
interface Totals {
  readonly entries: number
  readonly accounts: number
  readonly machines: number
  readonly groups: number
  readonly applications: number
  readonly personnel: number
  /** Entries of no kind that matters here: units, containers, policies. */
  readonly other: number
  /** Entries left out, each with a remark. */
  readonly leftOut: number
}

/** Where to continue next time, for sources that can tell what changed. */
export type Bookmark =
  | { readonly kind: 'usn'; readonly server: string; readonly highest: string }
  | { readonly kind: 'modified'; readonly until: string }

export interface Reading {
  readonly system: SourceSystem
  /** As given: a file, a folder or a URL without credentials. */
  readonly name: string
  readonly readAt: number
  readonly tells: ReadonlySet<AttributeName>
  readonly accounts: readonly Account[]
  readonly groups: readonly Group[]
  readonly machines: readonly Machine[]
  readonly domains: readonly DomainSettings[]
  readonly trusts: readonly Trust[]
  readonly templates: readonly CertificateTemplate[]
  readonly access: readonly AccessEdge[]
  readonly roles: readonly Role[]
  readonly assignments: readonly RoleAssignment[]
  readonly applications: readonly Application[]
  readonly signInRules: readonly SignInRule[]
  readonly permittedMethods: readonly PermittedMethod[]
  readonly personnel: readonly PersonnelRecord[]
  readonly baselines: readonly Baseline[]
  readonly totals: Totals
  readonly remarks: readonly Remark[]
  readonly bookmark?: Bookmark
}

/** What a source gathers; `finishReading` counts the rest. */
export type ReadingParts = Partial<Omit<Reading, 'totals'>> &
  Pick<Reading, 'system' | 'name' | 'readAt' | 'tells'>

/** A whole reading from what a source gathered. `other` and `leftOut` count its remaining entries. */
export function finishReading(
  parts: ReadingParts,
  { other = 0, leftOut = 0 }: { readonly other?: number; readonly leftOut?: number } = {},
): Reading {
  const { accounts = [], groups = [], machines = [], applications = [], personnel = [] } = parts
  const counted = [accounts, groups, machines, applications, personnel]
  return {
    domains: [],
    trusts: [],
    templates: [],
    access: [],
    roles: [],
    assignments: [],
    signInRules: [],
    permittedMethods: [],
    baselines: [],
    remarks: [],
    ...parts,
    accounts,
    groups,
    machines,
    applications,
    personnel,
    totals: {
      entries: counted.reduce((sum, list) => sum + list.length, other + leftOut),
      accounts: accounts.length,
      machines: machines.length,
      groups: groups.length,
      applications: applications.length,
      personnel: personnel.length,
      other,
      leftOut,
    },
  }
}
