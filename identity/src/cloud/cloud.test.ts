import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isEntra, readEntra } from './entra.ts'
import { isOkta, readOkta } from './okta.ts'

const now = Date.UTC(2026, 2, 17)

const entra = [
  {
    name: 'export/users.json',
    content: {
      value: [
        {
          id: 'u1',
          userPrincipalName: 'ann@example.com',
          accountEnabled: true,
          userType: 'Member',
          createdDateTime: '2020-01-01T00:00:00Z',
          passwordPolicies: 'DisablePasswordExpiration, DisableStrongPassword',
          onPremisesSyncEnabled: true,
          signInActivity: { lastSuccessfulSignInDateTime: '2026-03-01T00:00:00Z' },
        },
        {
          id: 'u2',
          userPrincipalName: 'guest@example.com',
          userType: 'Guest',
          externalUserState: 'PendingAcceptance',
          createdDateTime: '2021-01-01T00:00:00Z',
          onPremisesSyncEnabled: null,
          signInActivity: { lastSignInDateTime: '2025-01-01T00:00:00Z' },
        },
        { id: 'u3', userPrincipalName: 'new@example.com', signInActivity: null },
      ],
    },
  },
  {
    name: 'export/userRegistrationDetails.json',
    content: [
      { id: 'u1', isMfaRegistered: true, methodsRegistered: ['fido2SecurityKey', 'mobilePhone'] },
    ],
  },
  {
    name: 'export/something.json',
    content: [
      {
        id: 'g1',
        displayName: 'Staff',
        securityEnabled: true,
        members: [{ id: 'u1' }, { id: 'gone' }],
        owners: [],
      },
    ],
  },
  {
    name: 'export/roleDefinitions.json',
    content: [
      {
        id: 'r1',
        displayName: 'Global Administrator',
        templateId: '62e90394-69f5-4237-9190-012177145e10',
        rolePermissions: [],
      },
    ],
  },
  {
    name: 'export/roleAssignmentScheduleInstances.json',
    content: [
      {
        id: 'a1',
        roleDefinitionId: 'r1',
        principalId: 'u1',
        assignmentType: 'Assigned',
        startDateTime: null,
        endDateTime: null,
      },
    ],
  },
  {
    name: 'export/roleEligibilityScheduleInstances.json',
    content: [
      {
        id: 'a2',
        roleDefinitionId: 'r1',
        principalId: 'g1',
        startDateTime: '2025-01-01T00:00:00Z',
        endDateTime: '2026-12-31T00:00:00Z',
      },
    ],
  },
  {
    name: 'export/servicePrincipals.json',
    content: [
      {
        id: 's1',
        appId: 'x',
        displayName: 'Payroll',
        preferredSingleSignOnMode: 'saml',
        servicePrincipalType: 'Application',
        passwordCredentials: [{ keyId: 'k1', endDateTime: '2026-01-01T00:00:00Z' }],
      },
    ],
  },
]

test('an export of Entra ID is read list by list', () => {
  assert.ok(entra.some(({ content }) => isEntra(content)))
  const reading = readEntra('export', entra, now)
  const [ann, guest, fresh] = reading.accounts
  assert.equal(ann?.flags.passwordNeverExpires, true)
  assert.equal(ann?.synced, true)
  assert.equal(guest?.synced, false)
  assert.equal(guest?.guestState, 'pending')
  assert.deepEqual(
    ann?.methods?.map(({ kind }) => kind),
    ['passkey', 'text-message'],
  )
  assert.equal(guest?.methods, undefined)
  assert.deepEqual(reading.groups[0]?.members, ['u1'])
  assert.deepEqual(reading.groups[0]?.membersUnresolved, ['gone'])
  assert.deepEqual(reading.groups[0]?.owners, [])
  assert.equal(reading.applications[0]?.credentials?.[0]?.endsAt, Date.UTC(2026, 0, 1))
  assert.equal(fresh?.enabled, undefined)
  assert.equal(reading.totals.entries, 5)
})

test('an attempt to sign in may have failed, so it only says until when', () => {
  const [ann, guest, fresh] = readEntra('export', entra, now).accounts
  const at = Date.UTC(2026, 2, 1)
  assert.deepEqual(ann?.lastUse, {
    kind: 'between',
    notBefore: at,
    notAfter: at,
    evidence: ['lastSuccessfulSignInDateTime'],
  })
  assert.deepEqual(guest?.lastUse, {
    kind: 'between',
    notBefore: Date.UTC(2021, 0, 1),
    notAfter: Date.UTC(2025, 0, 1),
    evidence: ['lastSignInDateTime'],
  })
  assert.equal(fresh?.lastUse.kind, 'never')
})

test('roles say who holds them, for how long and how they came about', () => {
  const { roles, assignments, tells } = readEntra('export', entra, now)
  assert.equal(roles[0]?.weight, 'highest')
  assert.deepEqual(
    assignments.map(({ holder, state, endsAt, throughManagement }) => [
      holder,
      state,
      endsAt,
      throughManagement,
    ]),
    [
      ['u1', 'active', 'never', false],
      ['g1', 'eligible', Date.UTC(2026, 11, 31), true],
    ],
  )
  assert.ok(tells.has('roles') && tells.has('roleEligibility') && tells.has('roleManagement'))
  assert.equal(tells.has('leaveDate'), false)
})

const okta = [
  {
    name: 'users.json',
    content: [
      {
        id: '1',
        status: 'ACTIVE',
        lastLogin: null,
        profile: { login: 'ann', notes: 'pwd: Summer1!' },
      },
      {
        id: '2',
        status: 'DEPROVISIONED',
        statusChanged: '2025-05-01T00:00:00Z',
        lastLogin: '2025-04-01T00:00:00Z',
        profile: { login: 'bo', managerId: '1' },
      },
      { id: '3', status: 'LOCKED_OUT', profile: { login: 'cy' } },
    ],
  },
  {
    name: 'factors.ndjson',
    content: [
      { id: 'f1', userId: '1', factorType: 'webauthn', status: 'ACTIVE' },
      { id: 'f2', userId: '1', factorType: 'sms', status: 'PENDING_ACTIVATION' },
    ],
  },
  {
    name: 'groups.json',
    content: [
      {
        id: 'g',
        objectClass: [],
        profile: { name: 'Everyone' },
        lastMembershipUpdated: '2025-01-01T00:00:00Z',
        members: ['1', '9'],
      },
    ],
  },
  {
    name: 'apps.json',
    content: [{ id: 'a', label: 'Wiki', signOnMode: 'AUTO_LOGIN', status: 'ACTIVE' }],
  },
]

test('an export of Okta is read with its states, factors, groups and applications', () => {
  assert.ok(isOkta(okta[0]?.content))
  const reading = readOkta('export', okta, now)
  const [ann, bo, cy] = reading.accounts
  assert.deepEqual(
    [ann, bo, cy].map((it) => [it?.lifecycle, it?.enabled, it?.lastUse.kind]),
    [
      ['active', true, 'never'],
      ['deprovisioned', false, 'between'],
      ['locked', true, 'unknown'],
    ],
  )
  assert.equal(bo?.disabledAt, Date.UTC(2025, 4, 1))
  assert.equal(bo?.manager, '1')
  assert.deepEqual(ann?.methods, [
    { kind: 'passkey', state: 'active' },
    { kind: 'text-message', state: 'pending' },
  ])
  assert.deepEqual(bo?.methods, [])
  assert.deepEqual(ann?.secrets, [{ attribute: 'notes', looksLike: 'password' }])
  assert.doesNotMatch(JSON.stringify(reading), /Summer1/)
  assert.deepEqual(reading.groups[0]?.membersUnresolved, ['9'])
  assert.equal(reading.applications[0]?.signOn, 'password-kept-here')
})
