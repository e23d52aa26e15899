import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Authoring } from '@countersign/authoring/authoring'
import type { Authentication, Device, Session } from '@countersign/contract/documents'
import type { Verdict } from '@countersign/contract/decision'
import { uid } from '@countersign/contract/entities'
import { Estate, isPresent, type Judgement } from '@countersign/contract/estate'
import type { Subject } from '@countersign/contract/request'
import { vocabulary } from '@countersign/contract/vocabulary'
import type { PolicySyntax } from '@countersign/policy/syntax'
import { applicationRows } from '#organisation/applications'
import { generateOrganisation } from '#organisation/organisation'
import { readPolicyFiles } from './policies.file.ts'
import { firstRelease } from './release.ts'

const now = Date.UTC(2026, 2, 17, 9, 30)
const organisation = generateOrganisation({ seed: 'alder-valley', now })

const actions = { web: 'access', api: 'invoke', tcp: 'connect' } as const

describe('the ready policies', () => {
  const authoring = new Authoring()
  const policies: PolicySyntax[] = []
  const complaints: string[] = []
  let estate: Estate

  before(async () => {
    for (const { name, text } of await readPolicyFiles()) {
      const parsed = await authoring.parsePolicies(text, { file: name, schema: vocabulary })
      policies.push(...parsed.policies)
      complaints.push(...parsed.diagnostics.map(({ message }) => `${name}: ${message}`))
    }
    const release = firstRelease(policies, now)
    estate = Estate.from({
      sequence: 1,
      at: now,
      documents: [...organisation.documents, { kind: 'release', document: release }],
    })
  })
  after(() => authoring.close())

  test('pass the official validator against the vocabulary, without a warning', () => {
    assert.deepEqual(complaints, [])
    assert.ok(policies.length > 40)
  })

  test('have unique names and say what they are for, whose they are and when to look again', () => {
    assert.equal(new Set(policies.map(({ id }) => id)).size, policies.length)
    for (const { id, annotations } of policies) {
      assert.equal(annotations['id'], id)
      for (const name of ['title', 'description', 'owner']) {
        assert.ok((annotations[name] ?? '').length > 2, `${id} has no @${name}`)
      }
      assert.match(annotations['review'] ?? '', /^20\d\d-\d\d-\d\d$/, id)
    }
  })

  test('name only groups and applications that exist', () => {
    for (const { text } of policies) {
      for (const [, type = '', id = ''] of text.matchAll(/\b(Group|Application)::"([^"]+)"/g)) {
        assert.ok(estate.get(type === 'Group' ? 'group' : 'application', id), `${type} ${id}`)
      }
    }
  })

  test('the interface engine is reached by those who tend it, through a tunnel', () => {
    assert.equal(judge(persona('ravi.lindqvist'), 'interface-engine').verdict, 'allow')
    assert.equal(judge(persona('amara.wintermere'), 'interface-engine').verdict, 'deny')
    assert.equal(judge({ kind: 'anonymous' }, 'interface-engine').verdict, 'deny')
  })

  test('two policies are on trial', () => {
    const trial = policies.filter(({ stage }) => stage.kind === 'observe').map(({ id }) => id)
    assert.deepEqual(trial, ['critical-needs-screen-lock', 'program-credentials-must-end'])
  })

  test('every application can be used by someone, and by no stranger', () => {
    for (const { id } of applicationRows) {
      const someone = organisation.members.some(
        ({ person }) => isPresent(person, now) && judge(strong(person.id), id).verdict === 'allow',
      )
      assert.ok(someone, `nobody can use ${id}`)
      assert.equal(judge({ kind: 'anonymous' }, id).verdict, 'deny')
    }
  })

  // What a visitor of the demonstration meets, person by person.
  const meetings: Readonly<Record<string, Readonly<Record<string, Verdict>>>> = {
    'amara.wintermere': {
      'ward-board': 'allow',
      vitals: 'allow',
      'lab-results': 'allow',
      rota: 'allow',
      intranet: 'allow',
      payroll: 'deny',
      maternity: 'deny',
      vault: 'deny',
    },
    'tomas.ekwueme': {
      records: 'allow',
      prescribing: 'allow',
      imaging: 'allow',
      'lab-results': 'allow',
      pharmacy: 'deny',
      payroll: 'deny',
    },
    'ingrid.thornwell': {
      payroll: 'allow',
      ledger: 'allow',
      treasury: 'deny',
      'ward-board': 'deny',
      records: 'deny',
    },
    'ravi.lindqvist': {
      source: 'allow',
      tickets: 'allow',
      build: 'deny',
      records: 'deny',
      servers: 'deny',
    },
    'selma.okoye': {
      courier: 'allow',
      'lab-results': 'step-up',
      imaging: 'deny',
      intranet: 'deny',
      records: 'deny',
    },
    'petra.ashcombe': {
      watch: 'allow',
      source: 'allow',
      identity: 'step-up',
      vault: 'step-up',
      servers: 'deny',
      'ward-board': 'deny',
    },
  }

  for (const [person, expected] of Object.entries(meetings)) {
    test(`the persona ${person} meets what the story says`, () => {
      for (const [application, verdict] of Object.entries(expected)) {
        assert.equal(judge(persona(person), application).verdict, verdict, application)
      }
    })
  }

  test('the contractor is stopped by the disk and by nothing else', () => {
    const { decision } = judge(persona('ravi.lindqvist'), 'build')
    assert.deepEqual(decision.effective.determining, ['critical-needs-encrypted-disk'])
  })

  test('the nurse would be stopped if the policy on trial were enforced', () => {
    const { decision } = judge(persona('amara.wintermere'), 'ward-board')
    assert.equal(decision.effective.effect, 'allow')
    assert.deepEqual(decision.wouldBe, {
      effect: 'deny',
      determining: ['critical-needs-screen-lock'],
      errors: [],
    })
  })

  test('a passkey of the last hour opens tier 0 to the security administrator', () => {
    assert.equal(judge(strong('petra.ashcombe'), 'vault').verdict, 'allow')
    const old = strong('petra.ashcombe', now - 61 * 60_000)
    assert.equal(judge(old, 'vault').verdict, 'step-up')
  })

  test('a device that fell silent a day ago is not healthy', () => {
    const subject = strong('tomas.ekwueme')
    assert.equal(judge(subject, 'records').verdict, 'allow')
    assert.equal(judge(subject, 'records', now + 25 * 3_600_000).verdict, 'deny')
  })

  test('access ends with the last day, without anyone doing anything', () => {
    const leaver = organisation.members.find(
      ({ person, role }) => person.class === 'contractor' && role === 'developers',
    )?.person
    const subject = strong(leaver?.id ?? '', leaver?.endsAt ?? 0)
    assert.equal(judge(subject, 'intranet', (leaver?.endsAt ?? 0) - 1).verdict, 'allow')
    const { decision } = judge(subject, 'intranet', leaver?.endsAt ?? 0)
    assert.deepEqual(decision.effective.determining, ['only-while-they-work-here'])
  })

  test('a program whose credential never ends passes, and would not', () => {
    const program = estate
      .all('workload')
      .find(
        (it) =>
          it.active &&
          it.credentialExpiresAt === undefined &&
          it.groups.includes('laboratory-interfaces'),
      )
    const { decision } = judge({ kind: 'workload', id: program?.id ?? '' }, 'lab-results')
    assert.equal(decision.effective.effect, 'allow')
    assert.deepEqual(decision.wouldBe.determining, ['program-credentials-must-end'])
  })

  test('no person meets a policy that cannot be evaluated', () => {
    for (const { person } of organisation.members.slice(0, 300)) {
      for (const { id } of applicationRows) {
        const { decision } = judge(strong(person.id), id)
        assert.deepEqual(decision.wouldBe.errors, [], `${person.id} at ${id}`)
      }
    }
  })

  function judge(subject: Subject, application: string, at = now): Judgement {
    const { kind } = estate.get('application', application)!
    return estate.judge({
      subject,
      action: actions[kind],
      resource: uid('application', application),
      circumstances: {
        protocol: kind === 'tcp' ? 'tunnel' : 'http',
        method: subject.kind === 'workload' && application === 'telemetry' ? 'POST' : 'GET',
        host: `${application}.localhost`,
        path: '/',
        address: '127.0.0.1',
      },
      now: at,
    })
  }

  /** Signed in with a click, at their own computer. */
  function persona(person: string): Subject {
    const authentication = {
      method: 'persona',
      phishingResistant: false,
      observedAt: now - 60_000,
      provenance: 'self-reported',
    } as const
    return signedIn(person, authentication)
  }

  /** Signed in with a passkey, at their own computer or a healthy terminal. */
  function strong(person: string, observedAt = now - 60_000): Subject {
    return signedIn(person, {
      method: 'passkey',
      phishingResistant: true,
      observedAt,
      provenance: 'attested',
    })
  }

  function signedIn(person: string, authentication: Authentication): Subject {
    const own = estate.all('device').find(({ owner }) => owner === person)
    const device = own ?? estate.all('device').find(isHealthyTerminal)
    assert.ok(device)
    const session: Session = {
      id: 'ses_test',
      person,
      startedAt: authentication.observedAt,
      endsAt: authentication.observedAt + 12 * 3_600_000,
      authentication,
      device: device.id,
    }
    return { kind: 'person', session, device }
  }
})

function isHealthyTerminal({ owner, facts }: Device): boolean {
  const values = Object.values(facts)
  return (
    owner === undefined &&
    values.length === 6 &&
    values.every((fact) => fact !== undefined && fact.value && now - fact.observedAt < 36_000_000)
  )
}
