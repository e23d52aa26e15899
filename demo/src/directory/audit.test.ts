// The audit against the directory whose faults are known: it finds each planted fault in the seven
// figures, and nothing else.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { audit } from '@countersign/identity/audit/audit'
import type { PersonnelRecord } from '@countersign/identity/cloud-model'
import type { Account, AuthenticationMethod, Group } from '@countersign/identity/model'
import { type AttributeName, finishReading, type Reading } from '@countersign/identity/reading'
import { generateOrganisation } from '#organisation/organisation'
import type { PersonnelEvent } from '#organisation/personnel'
import type { Directory, EnrolledMethod } from './directory.ts'
import type { FaultKind, PlantedFault } from './ground-truth.ts'

const now = Date.UTC(2026, 2, 17, 9, 30)
const domainSid = 'S-1-5-21-1004-2004-3004'

const tells: readonly AttributeName[] = [
  'enabled',
  'created',
  'expiry',
  'lastUse',
  'passwordChanged',
  'passwordNeverExpires',
  'sid',
  'primaryGroup',
  'mail',
  'employeeId',
  'employeeType',
  'description',
  'custodians',
  'methods',
  'members',
  'membershipTimes',
  'applications',
  'signOn',
  'localPasswords',
  'personnel',
  'baselines',
]

for (const seed of ['alder-valley', 'another']) {
  const { directory, personnel, groundTruth } = generateOrganisation({ seed, now })
  const report = audit([readingOf(directory, personnel)], { now })
  const planted = (kind: FaultKind, key: (fault: PlantedFault) => string): string[] =>
    groundTruth.faults
      .filter((it) => it.kind === kind)
      .map(key)
      .toSorted()
  const account = (fault: PlantedFault): string => ('account' in fault ? fault.account : '')

  const rows = [
    ['orphaned-accounts', planted('orphaned-account', account)],
    ['services-without-expiry', planted('service-without-expiry', account)],
    ['rulers', planted('domain-administrator', account)],
    ['shared-accounts', planted('shared-account', account)],
    [
      'stale-memberships',
      planted('stale-membership', (it) => ('group' in it ? `${it.account} in ${it.group}` : '')),
    ],
  ] as const
  for (const [id, expected] of rows) {
    test(`the audit of \`${seed}\` lists as ${id} what was planted and nothing else`, () => {
      const figure = report.figures.find((it) => it.id === id)
      assert.ok(figure?.state === 'known')
      assert.deepEqual(figure.listed.toSorted(), expected)
    })
  }

  test(`the audit of \`${seed}\` finds who has no second factor, and no one else`, () => {
    const found = report.findings.filter(({ check }) => check === 'no-second-factor')
    const names = found.map(({ subject }) => subject.name)
    assert.deepEqual(names.toSorted(), planted('not-enrolled', account))
    const figure = report.figures.find(({ id }) => id === 'second-factor')
    assert.ok(figure?.state === 'known')
    assert.deepEqual([figure.count, figure.of], [854, 1_400])
  })

  test(`the audit of \`${seed}\` finds the applications without single sign-on`, () => {
    const found = report.findings.filter(({ check }) => check === 'application-without-sso')
    assert.deepEqual(
      found.map(({ subject }) => subject.key).toSorted(),
      planted('application-without-sso', (it) => ('application' in it ? it.application : '')),
    )
  })

  test(`every account of \`${seed}\` has a class`, () => {
    const { accountsRead, accountsClassified, byClass } = report.totals
    assert.equal(accountsRead, directory.accounts.length)
    assert.equal(accountsClassified, accountsRead)
    assert.equal(
      Object.values(byClass).reduce((sum, count) => sum + count, 0),
      accountsRead,
    )
  })
}

function readingOf(directory: Directory, personnel: readonly PersonnelEvent[]): Reading {
  const groupNumber = new Map(directory.groups.map((it) => [it.id, it.relativeId]))
  const groups = new Map(
    directory.groups.map((it) => [
      it.id,
      { it, members: [] as string[], added: new Map<string, { addedAt: number }>() },
    ]),
  )
  for (const { id, memberships } of [...directory.accounts, ...directory.groups]) {
    for (const { group, addedAt } of memberships) {
      groups.get(group)?.members.push(id)
      groups.get(group)?.added.set(id, { addedAt })
    }
  }
  return finishReading({
    system: 'accounts',
    name: directory.domain,
    readAt: now,
    tells: new Set(tells),
    accounts: directory.accounts.map((it): Account => ({
      id: it.id,
      name: it.id,
      displayName: it.name,
      distinguishedName: it.distinguishedName,
      sid: `${domainSid}-${it.relativeId}`,
      kind: it.passwordManaged ? 'managed-service' : 'user',
      enabled: it.enabled,
      createdAt: it.createdAt,
      expiresAt: it.expiresAt ?? 'never',
      lastUse:
        it.lastSignIn.kind === 'never'
          ? { kind: 'never', evidence: ['lastSignIn'] }
          : { ...it.lastSignIn, evidence: ['lastSignIn'] },
      passwordChangedAt: it.passwordChangedAt,
      flags: { passwordNeverExpires: it.passwordNeverExpires },
      employeeType: it.kind,
      ...(it.employeeNumber === undefined ? {} : { employeeId: it.employeeNumber }),
      ...(it.email === undefined ? {} : { mail: it.email }),
      primaryGroupRid: groupNumber.get(it.primaryGroup) ?? 0,
      primaryGroup: it.primaryGroup,
      custodians: it.custodians,
      methods: it.methods.map(methodOf),
      secrets: [],
    })),
    groups: [...groups.values()].map(({ it, members, added }): Group => ({
      id: it.id,
      name: it.name,
      distinguishedName: it.distinguishedName,
      // The old groups of operators are of every machine, not of the domain.
      sid:
        it.relativeId >= 544 && it.relativeId < 600
          ? `S-1-5-32-${it.relativeId}`
          : `${domainSid}-${it.relativeId}`,
      members,
      membersUnresolved: [],
      memberships: added,
      secrets: [],
    })),
    applications: directory.applications.map((it) => ({
      id: it.id,
      name: it.name,
      signOn: it.signIn,
      localPasswords: it.localPasswords,
    })),
    baselines: directory.baselines,
    personnel: recordsOf(personnel),
  })
}

function methodOf({ kind, state, registeredAt }: EnrolledMethod): AuthenticationMethod {
  return { kind, state, registeredAt }
}

function recordsOf(events: readonly PersonnelEvent[]): PersonnelRecord[] {
  const records = new Map<string, PersonnelRecord>()
  for (const event of events) {
    const key = event.employeeNumber
    if (event.kind === 'joiner') {
      const { endsAt, to, at } = event
      records.set(key, {
        key,
        kind: event.class,
        startsAt: at,
        ...to,
        ...(endsAt === undefined ? {} : { endsAt, left: endsAt <= now }),
      })
    } else if (event.at <= now) {
      const record = records.get(key) ?? { key }
      records.set(
        key,
        event.kind === 'mover'
          ? { ...record, ...event.to, movedAt: event.at }
          : { ...record, left: true, endsAt: event.at },
      )
    }
  }
  return [...records.values()]
}
