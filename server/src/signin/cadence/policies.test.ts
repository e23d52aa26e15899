import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Authoring } from '@countersign/authoring/authoring'
import { type Cadence, cadencePolicyId, defaultCadence } from '@countersign/contract/cadence'
import type { Authentication, Person } from '@countersign/contract/documents'
import type { Tier } from '@countersign/contract/document-shapes'
import { uid } from '@countersign/contract/entities'
import { Estate } from '@countersign/contract/estate'
import type { Subject } from '@countersign/contract/request'
import { vocabulary } from '@countersign/contract/vocabulary'
import { readSet, nextRelease } from '#policies/release'
import type { Exclusion } from './exclusion.ts'
import { cadenceFile } from './policies.ts'

const now = Date.parse('2026-03-02T12:00:00Z')
const minuteMs = 60_000
const ids = { now: () => now, randomBytes: (count: number) => new Uint8Array(count) }

const authoring = new Authoring()
after(() => authoring.close())

const ada: Person = { id: 'ada', name: 'Ada', class: 'employee', active: true, groups: ['ward'] }

const estateWith = async (cadence: Cadence, exclusions: readonly Exclusion[] = []) => {
  const permit = {
    name: 'all.cedar',
    text: '@id("all") permit (principal, action, resource);',
  }
  const policies = await readSet([cadenceFile(cadence, exclusions), permit], ({ name, text }) =>
    authoring.parsePolicies(text, { file: name, schema: vocabulary }),
  )
  const release = nextRelease(policies, undefined, { author: 'test', at: now, ids })
  return Estate.from({
    sequence: 1,
    at: now,
    documents: [
      { kind: 'group', document: { id: 'ward', name: 'Ward', groups: [] } },
      { kind: 'person', document: ada },
      ...[0, 1, 2, 3].map((tier) => ({
        kind: 'application' as const,
        document: {
          id: `tier-${tier}`,
          name: `Tier ${tier}`,
          tier: tier as Tier,
          hosts: [`tier-${tier}.localhost`],
          kind: 'web' as const,
          groups: [],
        },
      })),
      {
        kind: 'application',
        document: {
          id: 'countersign',
          name: 'Countersign',
          tier: 0,
          hosts: ['countersign.localhost'],
          kind: 'web',
          groups: [],
        },
      },
      { kind: 'release', document: release },
    ],
  })
}

const ask = (
  estate: Estate,
  application: string,
  ageMs: number,
  method: Authentication['method'] = 'passkey',
) => {
  const observedAt = now - ageMs
  const subject: Subject = {
    kind: 'person',
    device: undefined,
    session: {
      id: 'ses_1',
      person: 'ada',
      startedAt: observedAt,
      endsAt: now + minuteMs,
      authentication: {
        method,
        phishingResistant: method === 'passkey',
        observedAt,
        provenance: 'attested',
      },
    },
  }
  const question = {
    subject,
    action: 'access',
    resource: uid('application', application),
    circumstances: {
      protocol: 'http',
      method: 'GET',
      host: `${application}.localhost`,
      path: '/',
      address: '192.0.2.1',
    },
    now,
  } as const
  const judgement = estate.judge(question)
  return {
    verdict: judgement.verdict,
    because: judgement.decision.effective.determining,
    explanation: estate.explain(judgement, 'access', question.resource),
  }
}

describe('the cadence that holds by default', () => {
  let estate: Estate
  before(async () => {
    estate = await estateWith(defaultCadence)
  })

  const cases = [
    ['tier-0', 15, 'passkey', 'allow'],
    ['tier-0', 16, 'passkey', 'step-up'],
    ['tier-0', 1, 'otp', 'step-up'],
    ['tier-1', 4 * 60, 'otp', 'allow'],
    ['tier-1', 4 * 60 + 1, 'passkey', 'step-up'],
    ['tier-2', 12 * 60, 'password', 'allow'],
    ['tier-2', 12 * 60 + 1, 'passkey', 'step-up'],
    ['tier-3', 12 * 60, 'password', 'allow'],
    ['countersign', 11 * 60, 'otp', 'allow'],
  ] as const
  for (const [application, minutes, method, verdict] of cases) {
    test(`${application}, ${method} of ${minutes} minutes ago: ${verdict}`, () => {
      assert.equal(ask(estate, application, minutes * minuteMs, method).verdict, verdict)
    })
  }

  test('says which tier asks, and how old the sign-in was', () => {
    const { because, explanation } = ask(estate, 'tier-1', 5 * 60 * minuteMs)
    assert.deepEqual(because, [cadencePolicyId('recent', 1)])
    const policy = estate.release?.policies.find(({ id }) => id === because[0])
    assert.equal(policy?.annotations['title'], 'Tier 1 asks for a sign-in of the last 4 hours')
    const seen = explanation[0]?.observed.find(({ path }) => path.endsWith('ageSeconds'))
    assert.equal(seen?.value, '18000')
  })

  test('follows an application to another tier at once', () => {
    const before = ask(estate, 'tier-2', 5 * 60 * minuteMs)
    assert.equal(before.verdict, 'allow')
    const document = estate.get('application', 'tier-2')
    assert.ok(document)
    const item = { kind: 'application', document: { ...document, tier: 1 as Tier } } as const
    estate.apply({ from: 1, to: 2, changes: [{ op: 'put', item }] })
    assert.equal(ask(estate, 'tier-2', 5 * 60 * minuteMs).verdict, 'step-up')
  })
})

describe('an exclusion', () => {
  const strict: Cadence = {
    ...defaultCadence,
    tiers: [
      defaultCadence.tiers[0],
      { maxAgeSeconds: 4 * 3600, minStrength: 3 },
      { maxAgeSeconds: 12 * 3600, minStrength: 2 },
      defaultCadence.tiers[3],
    ],
  }
  const exclusion = (endsAt: number, kind: 'person' | 'group' = 'person'): Exclusion => ({
    id: 'mfx_1',
    subject: { kind, id: kind === 'person' ? 'ada' : 'ward' },
    owner: 'bob',
    reason: 'her key is broken',
    since: now - minuteMs,
    endsAt,
  })
  const withOne = (it: Exclusion) => estateWith(strict, [it])

  test('lifts what a tier asks of strength, for a person and for a group', async () => {
    assert.equal(ask(await estateWith(strict), 'tier-1', 0, 'otp').verdict, 'step-up')
    for (const kind of ['person', 'group'] as const) {
      const estate = await withOne(exclusion(now + minuteMs, kind))
      assert.equal(ask(estate, 'tier-1', 0, 'otp').verdict, 'allow')
      assert.equal(ask(estate, 'tier-2', 0, 'password').verdict, 'allow')
    }
  })

  test('ends by itself at its moment, with nobody there to remove it', async () => {
    assert.equal(ask(await withOne(exclusion(now)), 'tier-1', 0, 'otp').verdict, 'step-up')
  })

  test('lifts nothing at tier 0, and no age anywhere', async () => {
    const estate = await withOne(exclusion(now + minuteMs))
    assert.equal(ask(estate, 'tier-0', 0, 'otp').verdict, 'step-up')
    assert.equal(ask(estate, 'tier-1', 5 * 3600_000, 'otp').verdict, 'step-up')
  })
})
