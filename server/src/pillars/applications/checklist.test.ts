import assert from 'node:assert/strict'
import { describe, it, test } from 'node:test'
import { applicationChecks } from '@countersign/contract/api/inventory'
import type { Application, Person } from '@countersign/contract/documents'
import { checklist, type Found } from './checklist.ts'

const now = Date.UTC(2026, 5, 30, 12)
const ada: Person = { id: 'ada', name: 'Ada', class: 'employee', active: true, groups: [] }
const payroll: Application = {
  id: 'payroll',
  name: 'Payroll',
  owner: 'ada',
  tier: 1,
  hosts: ['payroll.example.org'],
  upstream: 'http://10.0.0.5:8080',
  upstreamIdentity: { reliesOn: 'assertion' },
  kind: 'web',
  groups: [],
}
const ready: Found = {
  application: payroll,
  owner: ada,
  sharing: [],
  reach: { kind: 'accepts' },
  health: { kind: 'unasked' },
  admittance: {
    people: 3,
    programs: 0,
    asked: 9,
    isCutShort: false,
    anyone: false,
    permits: [{ id: 'payroll-staff', review: '2026-06-30' }],
  },
  keysUrl: 'http://payroll.example.org:7400/.countersign/jwks.json',
  now,
}
const { owner: _owner, ...ownerless } = payroll
const { upstreamIdentity: _identity, ...unsaid } = payroll

/** What spoils a check, and the words in which it is said. */
const faults: readonly (readonly [string, Partial<Found>, RegExp])[] = [
  ['owner', { application: ownerless, owner: undefined }, /nobody owns it/],
  ['owner', { owner: undefined }, /owner `ada` is not/],
  ['owner', { owner: { ...ada, active: false } }, /no longer/],
  ['owner', { owner: { ...ada, endsAt: now } }, /no longer/],
  ['host', { sharing: [{ application: 'wiki', host: 'payroll.example.org' }] }, /host of `wiki`/],
  ['host', { application: { ...payroll, hosts: [] } }, /has no host/],
  ['upstream', { reach: undefined }, /has no address/],
  ['upstream', { reach: { kind: 'silent', why: 'ECONNREFUSED' } }, /ECONNREFUSED/],
  [
    'health',
    {
      application: { ...payroll, upstreamHealth: { path: '/healthz', everySeconds: 10 } },
      health: {
        kind: 'fails',
        gateway: 'front',
        failing: { application: 'payroll', since: now, why: 'it answered 503' },
      },
    },
    /`\/healthz` is not answered as it should be \(it answered 503\), says the gateway front/,
  ],
  ['people', { admittance: { ...ready.admittance, people: 0 } }, /nobody of 9 gets in/],
  ['anyone', { admittance: { ...ready.admittance, anyone: true } }, /nobody said/],
  ['anyone', { application: { ...payroll, openToAnyone: true } }, /are refused/],
  ['review', { admittance: { ...ready.admittance, permits: [{ id: 'p' }] } }, /no date of review/],
  ['review', { now: Date.UTC(2026, 6, 1) }, /was to be reviewed by `2026-06-30`/],
  [
    'review',
    { admittance: { ...ready.admittance, permits: [{ id: 'p', review: 'soon' }] } },
    /reviewed by `soon`/,
  ],
  ['review', { admittance: { ...ready.admittance, permits: [] } }, /nothing to review/],
  ['identity', { application: unsaid }, /nobody said what it believes/],
  [
    'identity',
    { application: { ...payroll, upstreamIdentity: { reliesOn: 'headers' } } },
    /asks for none/,
  ],
]

describe('an application before it is published', () => {
  it('is ready when every check passed', () => {
    const checks = checklist(ready)
    assert.deepEqual(
      checks.map(({ check, passed }) => [check, passed]),
      applicationChecks.map((check) => [check, true]),
    )
    assert.ok(checks.every(({ next }) => next === undefined))
  })

  for (const [check, fault, words] of faults) {
    it(`is not ready, for its ${check}: ${words.source}`, () => {
      const failed = checklist({ ...ready, ...fault }).filter(({ passed }) => !passed)
      assert.deepEqual(
        failed.map(({ check: name }) => name),
        [check],
      )
      assert.match(failed[0]?.finding ?? '', words)
      assert.ok((failed[0]?.next ?? '').length > 10)
    })
  }

  it('is told where it finds the keys, as visitors reach it', () => {
    const line = checklist({ ...ready, application: unsaid }).find(({ passed }) => !passed)
    assert.ok(line?.next?.includes('`http://payroll.example.org:7400/.countersign/jwks.json`'))
  })

  it('may be meant for anyone, if that is said', () => {
    const checks = checklist({
      ...ready,
      application: { ...payroll, openToAnyone: true },
      admittance: { ...ready.admittance, anyone: true },
    })
    assert.ok(checks.every(({ passed }) => passed))
  })
})

test('what is reached through tunnels has nobody to tell who is there', () => {
  const shell: Application = { ...unsaid, kind: 'tcp', upstream: 'tcp://10.0.0.5:22' }
  assert.ok(checklist({ ...ready, application: shell }).every(({ passed }) => passed))
})
