// Exports of Entra ID by Microsoft Graph: users with their sign-ins and registered methods, groups
// with members, roles with who holds them, and applications. Each list is a file; what is not
// exported is not told.
import type { Role, RoleAssignment } from '#cloud-model'
import type { SourceDocument } from '#files/documents.file'
import { type Fields, isFields, listOf, momentOf, textOf, textsOf, truthOf } from '#files/fields'
import { given } from '#given'
import type { Account, AuthenticationMethod, Group, LastUse } from '#model'
import { type AttributeName, finishReading, type Reading } from '#reading'
import { applicationOf } from './entra-application.ts'
import { type ListKind, pickLists } from './pick.ts'

type ListName =
  | 'users'
  | 'groups'
  | 'members'
  | 'registrations'
  | 'roles'
  | 'active'
  | 'eligible'
  | 'applications'

const kinds: readonly ListKind<ListName>[] = [
  { name: 'registrations', files: ['userregistrationdetails'], members: ['isMfaRegistered'] },
  {
    name: 'eligible',
    files: ['roleeligibilityscheduleinstances', 'roleeligibilityschedules'],
    members: ['roleEligibilityScheduleId'],
  },
  {
    name: 'active',
    files: ['roleassignments', 'roleassignmentscheduleinstances'],
    members: ['roleDefinitionId', 'principalId'],
  },
  { name: 'roles', files: ['roledefinitions'], members: ['rolePermissions'] },
  { name: 'applications', files: ['serviceprincipals', 'applications'], members: ['appId'] },
  { name: 'members', files: ['memberships', 'groupmembers'], members: ['groupId'] },
  { name: 'groups', files: ['groups'], members: ['securityEnabled'] },
  { name: 'users', files: ['users'], members: ['userPrincipalName'] },
]

/** Whether a document is an answer of Graph about users. */
export function isEntra(content: unknown): boolean {
  const list = isFields(content) ? content['value'] : content
  const first = listOf(list)[0]
  return textOf(first?.['userPrincipalName']) !== undefined && textOf(first?.['id']) !== undefined
}

/** The reading of an export. */
export function readEntra(
  name: string,
  documents: readonly SourceDocument[],
  readAt: number,
): Reading {
  const lists = pickLists(documents, kinds)
  const of = (list: ListName): readonly Fields[] => lists.get(list) ?? []
  const registrations = new Map(of('registrations').map((it) => [idOf(it), it]))
  const known = new Set([...of('users'), ...of('groups'), ...of('applications')].map(idOf))
  const further = Map.groupBy(of('members'), (it) => textOf(it['groupId']) ?? '')
  const assignments = [
    ...of('active').map((it) => assignmentOf(it, false)),
    ...of('eligible').map((it) => assignmentOf(it, true)),
  ]
  return finishReading({
    system: 'entra',
    name,
    readAt,
    tells: tellsOf(lists),
    accounts: of('users').map((it) => accountOf(it, registrations.get(idOf(it)), known)),
    groups: of('groups').map((it) => groupOf(it, further.get(idOf(it)) ?? [], known)),
    roles: of('roles').map(roleOf),
    assignments,
    applications: of('applications').map(applicationOf),
  })
}

function accountOf(
  user: Fields,
  registration: Fields | undefined,
  known: ReadonlySet<string>,
): Account {
  const manager = isFields(user['manager']) ? textOf(user['manager']['id']) : undefined
  const policies = textOf(user['passwordPolicies'])
  const state = textOf(user['externalUserState'])
  const methods = textsOf(registration?.['methodsRegistered'])
  return given({
    id: idOf(user),
    name: textOf(user['userPrincipalName']) ?? idOf(user),
    displayName: textOf(user['displayName']),
    principalName: textOf(user['userPrincipalName']),
    kind: user['userType'] === 'Guest' ? 'guest' : 'user',
    enabled: truthOf(user['accountEnabled']),
    createdAt: momentOf(user['createdDateTime']),
    lastUse: lastUseOf(user),
    passwordChangedAt: momentOf(user['lastPasswordChangeDateTime']),
    flags: Object.hasOwn(user, 'passwordPolicies')
      ? { passwordNeverExpires: policies?.includes('DisablePasswordExpiration') ?? false }
      : {},
    mail: textOf(user['mail']),
    employeeId: textOf(user['employeeId']),
    employeeType: textOf(user['employeeType']),
    department: textOf(user['department']),
    title: textOf(user['jobTitle']),
    manager: manager !== undefined && known.has(manager) ? manager : undefined,
    managerUnresolved: manager !== undefined && !known.has(manager) ? manager : undefined,
    leavesAt: momentOf(user['employeeLeaveDateTime']),
    synced: Object.hasOwn(user, 'onPremisesSyncEnabled')
      ? user['onPremisesSyncEnabled'] === true
      : undefined,
    guestState: state === undefined ? undefined : state === 'Accepted' ? 'accepted' : 'pending',
    hasMailbox: mailboxOf(user),
    methods: methods?.map((it) => ({ kind: methodKinds[it] ?? 'other', state: 'active' }) as const),
    mfaRegistered: truthOf(registration?.['isMfaRegistered']),
    secrets: [],
  } as const)
}

/**
 * The successful sign-in is exact, and kept only since December 2023. The others count attempts that
 * failed, so they say no more than that it was not used later.
 */
function lastUseOf(user: Fields): LastUse {
  if (!Object.hasOwn(user, 'signInActivity')) {
    return { kind: 'unknown', because: 'the export has no `signInActivity`' }
  }
  const activity = isFields(user['signInActivity']) ? user['signInActivity'] : {}
  const successful = momentOf(activity['lastSuccessfulSignInDateTime'])
  if (successful !== undefined) {
    const evidence = ['lastSuccessfulSignInDateTime']
    return { kind: 'between', notBefore: successful, notAfter: successful, evidence }
  }
  const attempts = ['lastSignInDateTime', 'lastNonInteractiveSignInDateTime'] as const
  const evidence = attempts.filter((it) => momentOf(activity[it]) !== undefined)
  if (evidence.length === 0) return { kind: 'never', evidence: ['signInActivity'] }
  const notAfter = Math.max(...evidence.map((it) => momentOf(activity[it]) ?? 0))
  // Nothing says that any attempt succeeded; it was made, so the account may be as old as it is.
  return { kind: 'between', notBefore: momentOf(user['createdDateTime']) ?? 0, notAfter, evidence }
}

function mailboxOf(user: Fields): boolean | undefined {
  if (!Array.isArray(user['assignedPlans'])) return undefined
  return listOf(user['assignedPlans']).some(
    (it) => it['service'] === 'exchange' && it['capabilityStatus'] === 'Enabled',
  )
}

const methodKinds: Readonly<Record<string, AuthenticationMethod['kind']>> = {
  fido2SecurityKey: 'passkey',
  passKeyDeviceBound: 'passkey',
  passKeyDeviceBoundAuthenticator: 'passkey',
  passKeyDeviceBoundWindowsHello: 'passkey',
  windowsHelloForBusiness: 'device-bound-key',
  x509Certificate: 'certificate',
  x509CertificateMultiFactor: 'certificate',
  microsoftAuthenticatorPush: 'authenticator',
  microsoftAuthenticatorPasswordless: 'authenticator',
  softwareOneTimePasscode: 'one-time-code',
  hardwareOneTimePasscode: 'hardware-token',
  mobilePhone: 'text-message',
  alternateMobilePhone: 'voice-call',
  officePhone: 'voice-call',
  email: 'email',
  securityQuestion: 'question',
}

function groupOf(group: Fields, further: readonly Fields[], known: ReadonlySet<string>): Group {
  const members = [
    ...listOf(group['members']).map(idOf),
    ...further.map((it) => textOf(it['memberId']) ?? idOf(it)),
  ]
  const owners = Array.isArray(group['owners']) ? listOf(group['owners']).map(idOf) : undefined
  return given({
    id: idOf(group),
    name: textOf(group['displayName']) ?? idOf(group),
    sid: textOf(group['securityIdentifier']),
    security: truthOf(group['securityEnabled']),
    createdAt: momentOf(group['createdDateTime']),
    description: textOf(group['description']),
    members: [...new Set(members.filter((it) => known.has(it)))],
    membersUnresolved: [...new Set(members.filter((it) => !known.has(it)))],
    owners: owners?.filter((it) => known.has(it)),
    roleAssignable: truthOf(group['isAssignableToRole']),
    secrets: [],
  })
}

const globalAdministrator = '62e90394-69f5-4237-9190-012177145e10'

function roleOf(role: Fields): Role {
  const templateId = textOf(role['templateId'])
  return given({
    id: idOf(role),
    name: textOf(role['displayName']) ?? idOf(role),
    templateId,
    weight:
      templateId === globalAdministrator
        ? 'highest'
        : truthOf(role['isPrivileged']) === true
          ? 'high'
          : 'ordinary',
  } as const)
}

function assignmentOf(assignment: Fields, isEligible: boolean): RoleAssignment {
  const activated = assignment['assignmentType'] === 'Activated'
  const managed = Object.hasOwn(assignment, 'assignmentType') || isEligible
  const ends = Object.hasOwn(assignment, 'endDateTime')
  return given({
    role: textOf(assignment['roleDefinitionId']) ?? 'unknown',
    holder: textOf(assignment['principalId']) ?? 'unknown',
    state: isEligible ? 'eligible' : activated ? 'activated' : 'active',
    startsAt: momentOf(assignment['startDateTime']),
    endsAt: ends ? (momentOf(assignment['endDateTime']) ?? 'never') : undefined,
    throughManagement: managed ? momentOf(assignment['startDateTime']) !== undefined : undefined,
    scope: textOf(assignment['directoryScopeId']),
  } as const)
}

const userTells: readonly (readonly [AttributeName, string])[] = [
  ['enabled', 'accountEnabled'],
  ['created', 'createdDateTime'],
  ['lastUse', 'signInActivity'],
  ['passwordChanged', 'lastPasswordChangeDateTime'],
  ['passwordNeverExpires', 'passwordPolicies'],
  ['mail', 'mail'],
  ['mailbox', 'assignedPlans'],
  ['employeeId', 'employeeId'],
  ['employeeType', 'userType'],
  ['department', 'department'],
  ['title', 'jobTitle'],
  ['manager', 'manager'],
  ['leaveDate', 'employeeLeaveDateTime'],
  ['synced', 'onPremisesSyncEnabled'],
  ['guestState', 'externalUserState'],
]
const otherTells: readonly (readonly [AttributeName, ListName, string])[] = [
  ['members', 'groups', 'members'],
  ['members', 'members', 'groupId'],
  ['groupOwner', 'groups', 'owners'],
  ['methods', 'registrations', 'methodsRegistered'],
  ['mfaRegistered', 'registrations', 'isMfaRegistered'],
  ['roleManagement', 'active', 'assignmentType'],
  ['applicationCredentials', 'applications', 'passwordCredentials'],
  ['applicationOwners', 'applications', 'owners'],
  ['signOn', 'applications', 'preferredSingleSignOnMode'],
]

function tellsOf(lists: ReadonlyMap<ListName, readonly Fields[]>): ReadonlySet<AttributeName> {
  const anyHas = (list: ListName, member: string): boolean =>
    lists.get(list)?.some((it) => Object.hasOwn(it, member)) ?? false
  const tells = new Set<AttributeName>()
  for (const [says, member] of userTells) if (anyHas('users', member)) tells.add(says)
  for (const [says, list, member] of otherTells) if (anyHas(list, member)) tells.add(says)
  if (lists.has('active') && lists.has('roles')) tells.add('roles')
  if (lists.has('eligible')) tells.add('roleEligibility')
  if (lists.has('applications')) tells.add('applications')
  return tells
}

function idOf(item: Fields): string {
  return textOf(item['id']) ?? 'unknown'
}
