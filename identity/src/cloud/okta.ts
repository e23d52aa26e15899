// Exports of Okta's API: users, their factors, groups with members, and applications. A sign-in
// counted here is one to Okta, not the use of an application.
import type { Application, SignOn } from '#cloud-model'
import type { SourceDocument } from '#files/documents.file'
import { type Fields, isFields, listOf, momentOf, textOf, textsOf } from '#files/fields'
import { given } from '#given'
import type { Account, AuthenticationMethod, Group, LastUse, Lifecycle } from '#model'
import { type AttributeName, finishReading, type Reading } from '#reading'
import { suspectedSecret } from '#suspected-secret'
import { type ListKind, pickLists } from './pick.ts'

type ListName = 'users' | 'factors' | 'groups' | 'apps'

const kinds: readonly ListKind<ListName>[] = [
  { name: 'factors', files: ['factors', 'userfactors'], members: ['factorType'] },
  { name: 'apps', files: ['apps', 'applications'], members: ['signOnMode'] },
  { name: 'groups', files: ['groups'], members: ['objectClass', 'lastMembershipUpdated'] },
  { name: 'users', files: ['users'], members: ['status', 'profile'] },
]

/** Whether a document is an answer of Okta about users. */
export function isOkta(content: unknown): boolean {
  const [first] = listOf(content)
  return isFields(first?.['profile']) && textOf(first['profile']['login']) !== undefined
}

/** The reading of an export. */
export function readOkta(
  name: string,
  documents: readonly SourceDocument[],
  readAt: number,
): Reading {
  const lists = pickLists(documents, kinds)
  const users = lists.get('users') ?? []
  const factors = Map.groupBy(lists.get('factors') ?? [], (it) => textOf(it['userId']) ?? '')
  const known = new Set(users.map(idOf))
  const groups = (lists.get('groups') ?? []).map((it) => groupOf(it, known))
  return finishReading({
    system: 'okta',
    name,
    readAt,
    tells: tellsOf(lists),
    accounts: users.map((it) =>
      accountOf(it, lists.has('factors') ? (factors.get(idOf(it)) ?? []) : undefined, known),
    ),
    groups,
    applications: (lists.get('apps') ?? []).map(applicationOf),
  })
}

/** The state in our words, and whether somebody can sign in in it. */
const states: Readonly<Record<string, readonly [Lifecycle, boolean]>> = {
  STAGED: ['staged', false],
  PROVISIONED: ['pending', true],
  ACTIVE: ['active', true],
  RECOVERY: ['active', true],
  PASSWORD_EXPIRED: ['active', true],
  LOCKED_OUT: ['locked', true],
  SUSPENDED: ['suspended', false],
  DEPROVISIONED: ['deprovisioned', false],
}

function accountOf(
  user: Fields,
  factors: readonly Fields[] | undefined,
  known: ReadonlySet<string>,
): Account {
  const profile = isFields(user['profile']) ? user['profile'] : {}
  const status = textOf(user['status']) ?? ''
  const [lifecycle, enabled] = states[status] ?? []
  const manager = textOf(profile['managerId'])
  return given({
    id: idOf(user),
    name: textOf(profile['login']) ?? idOf(user),
    displayName: textOf(profile['displayName']) ?? fullName(profile),
    kind: 'user',
    enabled,
    lifecycle,
    createdAt: momentOf(user['created']),
    changedAt: momentOf(user['lastUpdated']),
    disabledAt:
      enabled === false && status !== 'STAGED' ? momentOf(user['statusChanged']) : undefined,
    lastUse: lastUseOf(user),
    passwordChangedAt: momentOf(user['passwordChanged']),
    flags: {},
    mail: textOf(profile['email']),
    employeeId: textOf(profile['employeeNumber']),
    employeeType: textOf(profile['userType']),
    department: textOf(profile['department']),
    title: textOf(profile['title']),
    manager: manager !== undefined && known.has(manager) ? manager : undefined,
    managerUnresolved: manager !== undefined && !known.has(manager) ? manager : undefined,
    methods: factors?.map(methodOf),
    // A profile may have any attribute that somebody added.
    secrets: Object.entries(profile).flatMap(([attribute, value]) => {
      const looksLike = typeof value === 'string' ? suspectedSecret(value) : undefined
      return looksLike === undefined ? [] : [{ attribute, looksLike }]
    }),
  } as const)
}

function lastUseOf(user: Fields): LastUse {
  if (!Object.hasOwn(user, 'lastLogin')) {
    return { kind: 'unknown', because: 'the export has no `lastLogin`' }
  }
  const at = momentOf(user['lastLogin'])
  const evidence = ['lastLogin']
  return at === undefined
    ? { kind: 'never', evidence }
    : { kind: 'between', notBefore: at, notAfter: at, evidence }
}

const methodKinds: Readonly<Record<string, AuthenticationMethod['kind']>> = {
  webauthn: 'passkey',
  signed_nonce: 'device-bound-key',
  push: 'authenticator',
  'token:software:totp': 'one-time-code',
  'token:hotp': 'one-time-code',
  token: 'hardware-token',
  'token:hardware': 'hardware-token',
  sms: 'text-message',
  call: 'voice-call',
  email: 'email',
  question: 'question',
}

function methodOf(factor: Fields): AuthenticationMethod {
  return given({
    kind: methodKinds[textOf(factor['factorType']) ?? ''] ?? 'other',
    state: textOf(factor['status']) === 'ACTIVE' ? 'active' : 'pending',
    registeredAt: momentOf(factor['created']),
  } as const)
}

function groupOf(group: Fields, known: ReadonlySet<string>): Group {
  const profile = isFields(group['profile']) ? group['profile'] : {}
  const members = [
    ...(textsOf(group['members']) ?? []),
    ...listOf(group['members'] ?? group['users']).map(idOf),
  ]
  return given({
    id: idOf(group),
    name: textOf(profile['name']) ?? idOf(group),
    createdAt: momentOf(group['created']),
    membershipChangedAt: momentOf(group['lastMembershipUpdated']),
    members: [...new Set(members.filter((it) => known.has(it)))],
    membersUnresolved: [...new Set(members.filter((it) => !known.has(it)))],
    secrets: [],
  })
}

const signOns: Readonly<Record<string, SignOn>> = {
  SAML_2_0: 'saml',
  SAML_1_1: 'saml',
  OPENID_CONNECT: 'openid-connect',
  WS_FEDERATION: 'ws-federation',
  BROWSER_PLUGIN: 'password-kept-here',
  AUTO_LOGIN: 'password-kept-here',
  SECURE_PASSWORD_STORE: 'password-kept-here',
  BASIC_AUTH: 'password-kept-here',
  BOOKMARK: 'link',
}

function applicationOf(app: Fields): Application {
  return given({
    id: idOf(app),
    name: textOf(app['label']) ?? textOf(app['name']) ?? idOf(app),
    enabled: app['status'] === undefined ? undefined : app['status'] === 'ACTIVE',
    createdAt: momentOf(app['created']),
    signOn: signOns[textOf(app['signOnMode']) ?? ''],
  })
}

const profileTells: readonly (readonly [AttributeName, string])[] = [
  ['mail', 'email'],
  ['employeeId', 'employeeNumber'],
  ['employeeType', 'userType'],
  ['department', 'department'],
  ['title', 'title'],
  ['manager', 'managerId'],
]
const userTells: readonly (readonly [AttributeName, string])[] = [
  ['enabled', 'status'],
  ['created', 'created'],
  ['lastUse', 'lastLogin'],
  ['passwordChanged', 'passwordChanged'],
  ['disabledAt', 'statusChanged'],
]

function tellsOf(lists: ReadonlyMap<ListName, readonly Fields[]>): ReadonlySet<AttributeName> {
  const users = lists.get('users') ?? []
  const profiles = users.map((it) => (isFields(it['profile']) ? it['profile'] : {}))
  const anyHas = (items: readonly Fields[], member: string): boolean =>
    items.some((it) => Object.hasOwn(it, member))
  const tells = new Set<AttributeName>(['description'])
  for (const [says, member] of userTells) if (anyHas(users, member)) tells.add(says)
  for (const [says, member] of profileTells) if (anyHas(profiles, member)) tells.add(says)
  if (lists.has('factors')) tells.add('methods')
  if (anyHas(lists.get('groups') ?? [], 'members') || anyHas(lists.get('groups') ?? [], 'users')) {
    tells.add('members')
  }
  if (lists.has('apps')) tells.add('applications').add('signOn')
  return tells
}

function idOf(item: Fields): string {
  return textOf(item['id']) ?? 'unknown'
}

function fullName(profile: Fields): string | undefined {
  const parts = [textOf(profile['firstName']), textOf(profile['lastName'])].filter(Boolean)
  return parts.length === 0 ? undefined : parts.join(' ')
}
