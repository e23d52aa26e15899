// Decisions for tests.
import type { DecisionRecord } from '@countersign/contract/decision'

export const noonMs: number = Date.UTC(2026, 2, 1, 9, 0, 0)

/** A refusal at payroll, with everything such a record holds; `changes` make it another one. */
export function refusal(changes: Partial<DecisionRecord> = {}): DecisionRecord {
  return {
    id: 'dec_01kaqvj8t9f3m5w7x9z1b3d5g7',
    at: noonMs,
    gateway: 'gw_one',
    principal: { type: 'Person', id: 'ada' },
    principalName: 'Ada Lovelace',
    action: 'access',
    resource: { type: 'Application', id: 'payroll' },
    resourceName: 'Payroll',
    verdict: 'deny',
    effective: { effect: 'deny', determining: [], errors: [] },
    wouldBe: { effect: 'deny', determining: [], errors: [] },
    explanation: [
      {
        policy: 'payroll-hr',
        effect: 'permit',
        outcome: 'failed',
        condition: 'principal in Group::"hr"',
        observed: [{ path: 'principal', value: 'Person::"ada"' }],
      },
    ],
    context: {
      network: { address: { __extn: { fn: 'ip', arg: '127.0.0.1' } } },
      request: { protocol: 'http', method: 'GET', host: 'payroll.localhost', path: '/salaries' },
      time: {
        now: { __extn: { fn: 'datetime', arg: '2026-03-01T09:00:00.000Z' } },
        weekday: 7,
        hour: 9,
      },
      session: { ageSeconds: 7200 },
      authentication: {
        method: 'passkey',
        strength: 3,
        phishingResistant: true,
        ageSeconds: 180,
        provenance: 'attested',
      },
      device: {
        id: { __entity: { type: 'Device', id: 'laptop-7' } },
        diskEncryption: { value: true, ageSeconds: 3600, provenance: 'reported' },
      },
    },
    session: 'ses_one',
    release: 'rel_three',
    sequence: 12,
    tookNs: 21_400,
    ...changes,
  }
}
