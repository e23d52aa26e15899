// Each check finds one planted fault, and lets something innocent pass that only looks like it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { audit } from '#audit/audit'
import type { PersonnelRecord } from '#cloud-model'
import type { Account } from '#model'
import {
  account,
  day,
  group,
  machine,
  now,
  type Parts,
  reading,
  seen,
  sid,
} from './reading.fake.ts'
import { checks } from './table.ts'

interface Case {
  readonly fault: Parts
  readonly innocent: Parts
}

const one = (members: Partial<Account>): Parts => ({ accounts: [account(1_100, members)] })
const svc = (members: Partial<Account>): Parts => {
  const { employeeId: _key, ...base } = account(1_100)
  return { accounts: [{ ...base, employeeType: 'service', ...members }] }
}
const inGroup = (members: Partial<Account>, rid = 1_200): Parts => ({
  ...one(members),
  groups: [group(rid, [sid(1_100)])],
})
const ruler = (members: Partial<Account>): Parts => inGroup(members, 512)
const person = (more: object): readonly PersonnelRecord[] => [
  { key: 'E1100', startsAt: now - 900 * day, ...more },
  { key: 'E9000' },
]
const app = (more: object): Parts => ({ applications: [{ id: 'a', name: 'Payroll', ...more }] })
const cloud = (
  state: 'active' | 'eligible',
  more: object = {},
  weight: 'highest' | 'high' = 'high',
): Parts => ({
  system: 'entra',
  accounts: [account(1_100), account(1_101), account(1_102)],
  roles: [
    { id: 'r', name: 'Role', weight },
    { id: 'top', name: 'Top', weight: 'highest' },
  ],
  assignments: [{ role: 'r', holder: sid(1_100), state, endsAt: 'never', ...more }],
})
const tops = (count: number): Parts => ({
  system: 'entra',
  accounts: Array.from({ length: 12 }, (_, index) => account(1_100 + index)),
  roles: [
    { id: 'top', name: 'Top', weight: 'highest' },
    { id: 'small', name: 'Small', weight: 'high' },
  ],
  assignments: Array.from({ length: 12 }, (_, index) => ({
    role: index < count ? 'top' : 'small',
    holder: sid(1_100 + index),
    state: 'eligible' as const,
  })),
})
const controller = machine(1_001, { name: 'DC1$', kind: 'domain-controller', primaryGroupRid: 516 })
const domainOf = (more: object): Parts => ({ domains: [{ name: 'example.org', ...more }] })
const trust = (more: object): Parts => ({
  trusts: [{ domain: 'other.example', direction: 'both', kind: 'external', ...more }],
})
const template = (more: object): Parts => ({
  templates: [
    {
      id: 't',
      name: 'Web',
      published: true,
      requesterNamesSubject: true,
      clientAuthentication: true,
      approvalRequired: false,
      ...more,
    },
  ],
  access: [{ holder: sid(513), right: 'enrol', target: 't', targetKind: 'certificate-template' }],
})
const manyRulers = (count: number): Parts => ({
  accounts: Array.from({ length: count }, (_, index) => account(1_100 + index)),
  groups: [
    group(
      512,
      Array.from({ length: count }, (_, index) => sid(1_100 + index)),
    ),
  ],
})

const cases: Readonly<Record<string, Case>> = {
  'dormant-person': { fault: one({ lastUse: seen(120) }), innocent: one({ lastUse: seen(80) }) },
  'never-signed-in': {
    fault: one({ lastUse: { kind: 'never', evidence: ['lastLogon'] } }),
    innocent: one({
      lastUse: { kind: 'never', evidence: ['lastLogon'] },
      createdAt: now - 5 * day,
    }),
  },
  'orphaned-account': {
    fault: { ...one({}), personnel: [{ key: 'E9000' }] },
    innocent: { ...one({ employeeId: 'e1100 ' }), personnel: person({}) },
  },
  'leaver-enabled': {
    fault: { ...one({}), personnel: person({ endsAt: now - 3 * day }) },
    // The last day is today, written as a date.
    innocent: { ...one({}), personnel: person({ endsAt: Date.UTC(2026, 2, 17) }) },
  },
  'arrival-enabled-early': {
    fault: { ...one({}), personnel: person({ startsAt: now + 30 * day }) },
    innocent: { ...one({}), personnel: person({ startsAt: now + 3 * day }) },
  },
  'external-without-end': {
    fault: one({ employeeType: 'contractor' }),
    innocent: {
      ...one({ employeeType: 'contractor' }),
      personnel: person({ endsAt: now + 30 * day }),
    },
  },
  'expired-in-groups': {
    fault: inGroup({ expiresAt: now - day }),
    innocent: inGroup({ expiresAt: now + day }),
  },
  'disabled-in-groups': {
    fault: inGroup({ enabled: false }),
    innocent: {
      accounts: [account(501, { name: 'Gast', enabled: false })],
      groups: [group(1_200, [sid(501)])],
    },
  },
  'disabled-beyond-retention': {
    fault: one({ enabled: false, disabledAt: now - 400 * day }),
    innocent: one({ enabled: false, disabledAt: now - 20 * day, changedAt: now - 400 * day }),
  },
  'guest-never-accepted': {
    fault: one({ kind: 'guest', guestState: 'pending' }),
    innocent: one({ kind: 'guest', guestState: 'pending', createdAt: now - 5 * day }),
  },
  'manager-gone': {
    fault: {
      accounts: [account(1_100, { manager: sid(1_101) }), account(1_101, { enabled: false })],
    },
    innocent: {
      accounts: [account(1_100), account(1_101, { enabled: false, manager: sid(1_102) })],
    },
  },
  'conflict-object': {
    fault: one({ distinguishedName: 'CN=Ann\\0ACNF:0f3b,OU=People,DC=example,DC=org' }),
    innocent: one({ name: 'cnf.miller', distinguishedName: 'CN=CNF Miller,DC=example,DC=org' }),
  },
  'membership-of-former-role': {
    fault: moved(now - 200 * day, []),
    innocent: moved(now - 200 * day, ['Group 1200']),
  },
  'leaver-in-groups': {
    fault: { ...inGroup({}), personnel: person({ left: true }) },
    // Came back: the old record ended before the new one began.
    innocent: {
      ...inGroup({}),
      personnel: [...person({ left: true }), ...person({})],
    },
  },
  'group-without-owner': {
    fault: { groups: [group(1_200, [sid(9_000)], { owners: [] })] },
    innocent: { groups: [group(513, [sid(9_000)], { owners: [] })] },
  },
  'empty-group': {
    fault: { groups: [group(1_200, [])] },
    innocent: {
      accounts: [account(1_100, { primaryGroupRid: 1_200 })],
      groups: [group(1_200, [])],
    },
  },
  'groups-in-a-circle': {
    fault: { groups: [group(1_200, [sid(1_201)]), group(1_201, [sid(1_200)])] },
    innocent: {
      groups: [
        group(1_200, [sid(1_201), sid(1_202)]),
        group(1_201, [sid(1_203)]),
        group(1_202, [sid(1_203)]),
        group(1_203, [sid(9_000)]),
      ],
    },
  },
  'deep-nesting': { fault: chain(5), innocent: chain(4) },
  'password-never-expires': {
    fault: one({ flags: { passwordNeverExpires: true }, methods: [] }),
    innocent: one({ flags: { passwordNeverExpires: true, smartCardRequired: true } }),
  },
  'service-without-expiry': {
    fault: svc({ flags: { passwordNeverExpires: true } }),
    innocent: svc({ flags: { passwordNeverExpires: true }, expiresAt: now + 90 * day }),
  },
  'password-not-required': {
    fault: one({ flags: { passwordNotRequired: true } }),
    innocent: one({ enabled: false, flags: { passwordNotRequired: true } }),
  },
  'reversible-password': {
    fault: one({ flags: { reversibleEncryption: true } }),
    innocent: one({ flags: { reversibleEncryption: false } }),
  },
  'old-password': {
    fault: one({ passwordChangedAt: now - 400 * day }),
    innocent: one({ passwordChangedAt: 'must-change' }),
  },
  'secret-in-attribute': {
    fault: one({ secrets: [{ attribute: 'description', looksLike: 'password' }] }),
    innocent: one({ description: 'resets passwords at the desk' }),
  },
  'group-secret-in-attribute': {
    fault: {
      groups: [
        group(1_200, [sid(9_000)], { secrets: [{ attribute: 'info', looksLike: 'token' }] }),
      ],
    },
    innocent: { groups: [group(1_200, [sid(9_000)], { description: 'may reset passwords' })] },
  },
  'weak-cipher': { fault: one({ encryptionTypes: 3 }), innocent: one({ encryptionTypes: 24 }) },
  'service-without-aes': {
    fault: svc({ servicePrincipals: ['http/a'], encryptionTypes: 4 }),
    innocent: svc({ servicePrincipals: ['http/a'] }),
  },
  'pre-authentication-off': {
    fault: one({ flags: { preAuthenticationOff: true } }),
    innocent: one({ enabled: false, flags: { preAuthenticationOff: true } }),
  },
  'guessable-service-ticket': {
    fault: svc({ servicePrincipals: ['http/a'] }),
    innocent: svc({ kind: 'managed-service', servicePrincipals: ['http/a'] }),
  },
  'ticket-key-old': {
    fault: { accounts: [account(502, { enabled: false, passwordChangedAt: now - 300 * day })] },
    innocent: { accounts: [account(502, { enabled: false, passwordChangedAt: now - 100 * day })] },
  },
  'smart-card-secret-old': {
    fault: one({ flags: { smartCardRequired: true }, passwordChangedAt: now - 500 * day }),
    innocent: {
      ...one({ flags: { smartCardRequired: true }, passwordChangedAt: now - 500 * day }),
      ...domainOf({ smartCardSecretsRoll: true }),
    },
  },
  'default-account-used': {
    fault: { accounts: [account(500, { name: 'Chef' })] },
    innocent: { accounts: [account(1_500, { name: 'Administrator' })] },
  },
  'unexpected-key': { fault: svc({ keyCredentials: 1 }), innocent: one({ keyCredentials: 2 }) },
  'certificate-mapping': {
    fault: ruler({ alternateMappings: ['X509:<I>CA<S>A'] }),
    innocent: one({ alternateMappings: ['X509:<I>CA<S>A'] }),
  },
  'too-many-rulers': { fault: manyRulers(7), innocent: manyRulers(6) },
  'cloud-ruler-count': { fault: tops(9), innocent: tops(8) },
  'hidden-ruler': {
    fault: { ...one({}), groups: [group(512, [sid(1_200)]), group(1_200, [sid(1_100), sid(512)])] },
    innocent: ruler({}),
  },
  'admin-mark-left': {
    fault: one({ adminCount: 1 }),
    innocent: {
      accounts: [account(1_100, { adminCount: 1, primaryGroupRid: 512 })],
      groups: [group(512, [])],
    },
  },
  'ruler-unprotected': {
    fault: { ...one({}), groups: [group(512, [sid(1_100)]), group(525, [])] },
    innocent: { ...svc({}), groups: [group(512, [sid(1_100)]), group(525, [])] },
  },
  'ruler-delegatable': {
    fault: ruler({}),
    innocent: { ...one({}), groups: [group(512, [sid(1_100)]), group(525, [sid(1_100)])] },
  },
  'ruler-dormant': { fault: ruler({ lastUse: seen(120) }), innocent: one({ lastUse: seen(120) }) },
  'ruler-password-never-expires': {
    fault: ruler({ flags: { passwordNeverExpires: true } }),
    innocent: ruler({ flags: { passwordNeverExpires: true, smartCardRequired: true } }),
  },
  'ruler-with-mail': {
    fault: ruler({ hasMailbox: true }),
    innocent: ruler({ mail: 'notices@example.org' }),
  },
  'operators-populated': {
    fault: operators(548),
    innocent: operators(545),
  },
  'schema-admins-populated': {
    fault: inGroup({}, 518),
    innocent: inGroup({ enabled: false }, 518),
  },
  'synced-cloud-ruler': {
    fault: synced(true),
    innocent: synced(false),
  },
  'ruler-share': { fault: tops(7), innocent: tops(6) },
  'permanent-role': { fault: cloud('active'), innocent: cloud('eligible') },
  'role-past-management': {
    fault: cloud('active', { throughManagement: false }),
    innocent: cloud('active', { throughManagement: true }),
  },
  'unlimited-delegation': {
    fault: svc({ flags: { trustedForDelegation: true } }),
    innocent: svc({ enabled: false, flags: { trustedForDelegation: true } }),
  },
  'unlimited-delegation-of-machine': {
    fault: { machines: [machine(1_002, { flags: { trustedForDelegation: true } })] },
    innocent: { machines: [{ ...controller, flags: { trustedForDelegation: true } }] },
  },
  'delegation-to-ruler': {
    fault: { ...svc({ delegatesTo: ['ldap/dc1.example.org:389'] }), machines: [controller] },
    innocent: { ...svc({ delegatesTo: ['http/files.example.org'] }), machines: [controller] },
  },
  'delegation-of-machine-to-ruler': {
    fault: { machines: [controller, machine(1_002, { delegatesTo: ['cifs/DC1'] })] },
    innocent: { machines: [controller, machine(1_002, { delegatesTo: ['cifs/DC10'] })] },
  },
  'acted-for-at-controller': {
    fault: { machines: [{ ...controller, actedForBy: [sid(1_100)] }] },
    innocent: { machines: [machine(1_002, { actedForBy: [sid(1_100)] })] },
  },
  'former-identifier': {
    fault: one({ sidHistory: ['S-1-5-21-9-9-9-512'] }),
    innocent: one({ sidHistory: [] }),
  },
  'control-over-rulers': { fault: control(1_100), innocent: control(512) },
  'service-without-owner': {
    fault: { accounts: [without(account(1_100, { employeeType: 'service' }))] },
    innocent: {
      accounts: [
        { ...without(account(1_100, { employeeType: 'service' })), ownerUnresolved: 'CN=Ann' },
      ],
    },
  },
  'service-could-be-managed': {
    fault: svc({ servicePrincipals: ['http/a'], passwordChangedAt: now - 200 * day }),
    innocent: svc({
      kind: 'managed-service',
      servicePrincipals: ['http/a'],
      passwordChangedAt: now - 200 * day,
    }),
  },
  'managed-password-open': {
    fault: svc({ kind: 'managed-service', managedPasswordReaders: [sid(515)] }),
    innocent: svc({ kind: 'managed-service', managedPasswordReaders: [sid(1_200)] }),
  },
  'application-secret-old': {
    fault: app({ credentials: [{ id: '1', kind: 'password', endsAt: now - day }] }),
    innocent: app({
      credentials: [
        { id: '1', kind: 'password', startsAt: now - 300 * day, endsAt: now + 20 * day },
        { id: '2', kind: 'password', startsAt: now - 5 * day, endsAt: now + 300 * day },
      ],
    }),
  },
  'application-without-owner': {
    fault: app({ permissions: ['Mail.Read'] }),
    innocent: app({ permissions: [] }),
  },
  'application-powerful': {
    fault: { system: 'entra', ...app({ permissions: ['RoleManagement.ReadWrite.Directory'] }) },
    innocent: { system: 'entra', ...app({ permissions: ['Directory.Read.All'] }) },
  },
  'application-unused': {
    fault: app({ lastUsedAt: now - 200 * day }),
    innocent: app({ neverUsed: true, createdAt: now - 5 * day }),
  },
  'dormant-machine': {
    fault: {
      machines: [machine(1_002, { lastUse: seen(200), passwordChangedAt: now - 200 * day })],
    },
    innocent: { machines: [machine(1_002, { lastUse: seen(200) })] },
  },
  'dormant-domain-controller': {
    fault: { machines: [{ ...controller, lastUse: seen(70) }] },
    innocent: { machines: [{ ...controller, lastUse: seen(50) }] },
  },
  'obsolete-system': {
    fault: { machines: [machine(1_002, { operatingSystem: 'Windows Server 2008 R2 Standard' })] },
    innocent: { machines: [machine(1_002, { operatingSystem: 'Windows Server 2022' })] },
  },
  'local-administrator-unmanaged': {
    fault: { machines: [machine(1_002, { localPasswordExpiresAt: now - 60 * day })] },
    innocent: { machines: [{ ...controller, operatingSystem: 'Windows Server 2022' }] },
  },
  'cloud-sign-on-key-old': {
    fault: {
      machines: [machine(1_002, { name: 'AZUREADSSOACC$', passwordChangedAt: now - 90 * day })],
    },
    innocent: { machines: [machine(1_002, { passwordChangedAt: now - 90 * day })] },
  },
  'no-second-factor': {
    fault: one({ methods: [{ kind: 'authenticator', state: 'pending' }] }),
    innocent: svc({ methods: [] }),
  },
  'factor-phishable': {
    fault: ruler({ methods: [{ kind: 'authenticator', state: 'active' }] }),
    innocent: ruler({
      methods: [
        { kind: 'text-message', state: 'active' },
        { kind: 'passkey', state: 'active' },
      ],
    }),
  },
  'factor-weak': {
    fault: one({ methods: [{ kind: 'text-message', state: 'active' }] }),
    innocent: one({
      methods: [
        { kind: 'text-message', state: 'active' },
        { kind: 'authenticator', state: 'active' },
      ],
    }),
  },
  'weak-methods-permitted': {
    fault: { system: 'entra', permittedMethods: [{ kind: 'sms', weak: true }] },
    innocent: { system: 'entra', permittedMethods: [{ kind: 'fido2', weak: false }] },
  },
  'second-factor-not-demanded': {
    fault: { system: 'entra', signInRules: [signInRule('report-only')] },
    innocent: { system: 'entra', signInRules: [signInRule('on')] },
  },
  'shared-account': {
    fault: one({ custodians: ['E1', 'E2'] }),
    innocent: one({ employeeType: 'room', custodians: ['E1'] }),
  },
  'application-without-sso': {
    fault: app({ signOn: 'saml', localPasswords: true }),
    innocent: app({ signOn: 'none', localPasswords: true }),
  },
  'emergency-account-unfit': {
    fault: emergency({ enabled: false }),
    innocent: emergency({ lastUse: { kind: 'never', evidence: ['signInActivity'] } }),
  },
  'weak-password-policy': {
    fault: domainOf({ minimumPasswordLength: 6, lockoutThreshold: 10 }),
    innocent: domainOf({
      minimumPasswordLength: 14,
      lockoutThreshold: 10,
      complexityRequired: false,
    }),
  },
  'anyone-joins-machines': {
    fault: domainOf({ machineQuota: 10 }),
    innocent: domainOf({ machineQuota: 0 }),
  },
  'open-tenant': {
    fault: { system: 'entra', ...domainOf({ guestsSeeEverything: true }) },
    innocent: { system: 'entra', ...domainOf({ guestsSeeEverything: false }) },
  },
  'open-legacy-access': { fault: legacy('S-1-5-7'), innocent: legacy('S-1-5-11') },
  'trust-unfiltered': {
    fault: trust({ sidFiltering: false }),
    innocent: trust({ kind: 'within-forest', sidFiltering: false }),
  },
  'certificate-for-anybody': {
    fault: template({}),
    innocent: template({ approvalRequired: true }),
  },
  'unusual-primary-group': {
    fault: one({ primaryGroupRid: 512 }),
    innocent: svc({ kind: 'managed-service', primaryGroupRid: 515 }),
  },
}

test('every check has a case', () => {
  assert.deepEqual(Object.keys(cases).toSorted(), checks.map(({ id }) => id).toSorted())
})

for (const [id, { fault, innocent }] of Object.entries(cases)) {
  test(`\`${id}\` finds what was planted, once`, () => {
    const { findings, checks: results } = audit([reading(fault)], { now })
    const found = findings.filter((it) => it.check === id)
    const state = results.find((it) => it.id === id)
    assert.equal(found.length, 1, JSON.stringify(state))
    assert.ok((found[0]?.evidence.length ?? 0) > 0)
  })

  test(`\`${id}\` lets pass what only looks like it`, () => {
    const { findings } = audit([reading(innocent)], { now })
    assert.deepEqual(
      findings.filter((it) => it.check === id),
      [],
    )
  })
}

for (const { id, title, fix, owner, undo, retest, avoids } of checks) {
  test(`\`${id}\` says what to do, who does it, how to undo it and how to test again`, () => {
    for (const words of [title, fix, owner, undo, retest, avoids]) assert.match(words, /^\S.{3,}/)
    assert.match(id, /^[a-z]+(?:-[a-z]+)*$/)
  })
}

for (const { id, needs, systems } of checks) {
  if (needs.length === 0) continue
  test(`\`${id}\` cannot tell where the source says nothing that it needs`, () => {
    const part = { ...cases[id]?.fault, untold: needs, system: systems?.[0] ?? 'active-directory' }
    const result = audit([reading(part)], { now }).checks.find((it) => it.id === id)
    assert.equal(result?.state, 'cannot-tell')
    assert.equal(result?.missing.length, needs.length)
  })
}

function moved(addedAt: number, given: readonly string[]): Parts {
  return {
    ...one({}),
    groups: [group(1_200, [sid(1_100)], { memberships: new Map([[sid(1_100), { addedAt }]]) })],
    personnel: person({ department: 'wards', role: 'nurse', movedAt: now - 100 * day }),
    baselines: [{ department: 'wards', role: 'nurse', groups: given }],
  }
}

/** `count` groups, each in the next, with somebody in the innermost. */
function chain(count: number): Parts {
  return {
    groups: Array.from({ length: count }, (_, index) =>
      group(1_200 + index, [index === count - 1 ? sid(9_000) : sid(1_201 + index)]),
    ),
  }
}

function operators(rid: number): Parts {
  const id = `S-1-5-32-${rid}`
  return { ...one({}), groups: [group(rid, [sid(1_100)], { id, sid: id })] }
}

function synced(isRuling: boolean): Parts {
  return {
    system: 'entra',
    accounts: [account(1_100, { synced: true })],
    roles: [{ id: 'r', name: 'Role', weight: isRuling ? 'high' : 'ordinary' }],
    assignments: [{ role: 'r', holder: sid(1_100), state: 'active' }],
  }
}

function control(rid: number): Parts {
  return {
    ...one({}),
    groups: [group(512, [])],
    access: [{ holder: sid(rid), right: 'everything', target: sid(512), targetKind: 'group' }],
  }
}

function without(given: Account): Account {
  const { owner: _owner, manager: _manager, ...rest } = given
  return rest
}

function signInRule(state: 'on' | 'report-only') {
  return {
    id: 'r',
    name: 'Everyone',
    state,
    demands: 'second-factor',
    includes: 'everyone',
    excludes: [],
    allApplications: true,
    onlyLegacyClients: false,
  } as const
}

function emergency(members: Partial<Account>): Parts {
  return {
    system: 'entra',
    accounts: [
      account(1_100, {
        name: 'breakglass1',
        synced: false,
        lastUse: seen(200),
        ...members,
      }),
    ],
    roles: [{ id: 'top', name: 'Top', weight: 'highest' }],
    assignments: [{ role: 'top', holder: sid(1_100), state: 'active', endsAt: 'never' }],
  }
}

function legacy(member: string): Parts {
  const id = 'S-1-5-32-554'
  return { groups: [group(554, [], { id, sid: id, membersUnresolved: [member] })] }
}
