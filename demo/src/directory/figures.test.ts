import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generateOrganisation } from '#organisation/organisation'
import { findings } from './figures.ts'
import type { FaultKind, PlantedFault } from './ground-truth.ts'

const now = Date.UTC(2026, 2, 17, 9, 30)

for (const seed of ['alder-valley', 'another']) {
  const { directory, personnel, groundTruth } = generateOrganisation({ seed, now })
  const found = findings(directory, personnel, now)

  test(`an audit of the directory \`${seed}\` finds the seven promised figures`, () => {
    assert.equal(found.orphanedAccounts.length, 214)
    assert.equal(found.servicesWithoutExpiry.length, 89)
    assert.equal(found.domainAdministrators.length, 43)
    assert.equal(found.sharedAccounts.length, 31)
    assert.equal(100 * (1 - found.notEnrolled.length / found.named.length), 61)
    assert.equal(100 * (1 - found.applicationsWithoutSso.length / found.applications.length), 38)
    assert.equal(found.staleMemberships.length, 1_840)
  })

  test(`an audit of the directory \`${seed}\` finds exactly what was planted`, () => {
    const expectSet = (kind: FaultKind, key: (fault: PlantedFault) => string, actual: string[]) => {
      const planted = groundTruth.faults.filter((it) => it.kind === kind).map(key)
      assert.deepEqual(actual.toSorted(), planted.toSorted(), kind)
    }
    const account = (fault: PlantedFault): string => ('account' in fault ? fault.account : '')
    expectSet('orphaned-account', account, [...found.orphanedAccounts])
    expectSet('service-without-expiry', account, [...found.servicesWithoutExpiry])
    expectSet('domain-administrator', account, [...found.domainAdministrators])
    expectSet('shared-account', account, [...found.sharedAccounts])
    expectSet('not-enrolled', account, [...found.notEnrolled])
    expectSet(
      'application-without-sso',
      (fault) => ('application' in fault ? fault.application : ''),
      [...found.applicationsWithoutSso],
    )
    expectSet(
      'stale-membership',
      (fault) => ('group' in fault ? `${fault.account} in ${fault.group}` : ''),
      found.staleMemberships.map((it) => `${it.account} in ${it.group}`),
    )
  })

  test(`the directory \`${seed}\` is consistent in itself`, () => {
    const ids = directory.accounts.map(({ id }) => id)
    assert.equal(new Set(ids).size, ids.length)
    const guids = directory.accounts.map(({ guid }) => guid)
    assert.equal(new Set(guids).size, guids.length)
    const relative = [...directory.accounts, ...directory.groups].map((it) => it.relativeId)
    assert.equal(new Set(relative).size, relative.length)
    const groups = new Set(directory.groups.map(({ id }) => id))
    for (const { id, memberships, createdAt } of directory.accounts) {
      assert.equal(new Set(memberships.map(({ group }) => group)).size, memberships.length, id)
      for (const { group, addedAt } of memberships) {
        assert.ok(groups.has(group), `${id} in ${group}`)
        assert.ok(addedAt <= now, `${id} joined ${group} in the future`)
      }
      assert.ok(createdAt <= now, id)
    }
  })
}

test('an audit is not fooled by decoys: each figure has something that only looks like it', () => {
  const { directory } = generateOrganisation({ seed: 'alder-valley', now })
  const { accounts, applications } = directory
  assert.ok(accounts.some((it) => it.kind === 'service' && it.passwordNeverExpires && it.expiresAt))
  assert.ok(accounts.some((it) => it.kind === 'service' && it.passwordNeverExpires && !it.enabled))
  assert.ok(accounts.some((it) => !it.enabled && it.memberships[0]?.group === 'Domain Admins'))
  assert.ok(accounts.some((it) => it.kind === 'shared' && it.custodians.length === 1))
  assert.ok(accounts.some((it) => it.kind === 'shared' && !it.enabled))
  assert.ok(accounts.some(({ methods }) => methods[0]?.state === 'pending'))
  assert.ok(applications.some((it) => it.signIn === 'saml' && it.localPasswords))
})
