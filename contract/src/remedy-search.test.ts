import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { Authoring } from '@countersign/authoring/authoring'
import fc from 'fast-check'
import type { AnyDocument, Device, Session } from './documents.ts'
import { uid } from './entities.ts'
import { Estate, type Question } from './estate.ts'
import { type DeviceFactName, deviceFactNames } from './facts.ts'
import { type Act, actText, type Remedies } from './remedies.ts'
import type { Subject } from './request.ts'

// A Monday, at nine in the morning UTC.
const now = Date.UTC(2027, 2, 1, 9)
const hour = 3_600_000

const authoring = new Authoring({})
after(() => authoring.close())

const { policies, diagnostics } = await authoring.parsePolicies(
  `
  @id("fresh")
  permit (principal, action == Action::"access", resource == Application::"fresh")
  when { context.authentication.phishingResistant && context.authentication.ageSeconds <= 3600 };

  @id("healthy")
  permit (principal, action == Action::"access", resource == Application::"healthy")
  when { context.device.diskEncryption.value && context.device.firewall.value };

  @id("healthy-and-fresh")
  permit (principal, action == Action::"access", resource == Application::"both")
  when { context.device.diskEncryption.value }
  when { context.authentication.phishingResistant && context.authentication.ageSeconds <= 3600 };

  @id("corporate")
  permit (principal, action == Action::"access", resource == Application::"corporate")
  when { context.device.id.ownership == "corporate" && context.device.diskEncryption.value };

  @id("wardens")
  permit (principal in Group::"wardens", action == Action::"access", resource == Application::"wards");

  @id("nobody-owns-this-group")
  permit (principal in Group::"orphans", action == Action::"access", resource == Application::"orphaned");

  @id("at-night")
  permit (principal, action == Action::"access", resource == Application::"night")
  when { context.time.hour >= 22 };

  @id("at-the-weekend-and-fresh")
  permit (principal, action == Action::"access", resource == Application::"weekend")
  when { context.time.weekday >= 6 && context.authentication.phishingResistant };

  @id("everyone")
  permit (principal, action == Action::"access", resource == Application::"closed");
  @id("closed-for-good")
  forbid (principal, action == Action::"access", resource == Application::"closed");

  @id("vaults")
  permit (principal, action == Action::"access", resource)
  when { ["vault", "vault-as-cedar", "shed", "shed-strict"].contains(resource.name) };
  @id("fails-without-a-device")
  forbid (principal, action == Action::"access", resource)
  when { ["vault", "vault-as-cedar", "shed", "shed-strict"].contains(resource.name) &&
    !context.device.diskEncryption.value };
  `,
  { file: 'remedies.cedar' },
)
assert.deepEqual(diagnostics, [])

const bad = { value: false, observedAt: now, provenance: 'reported' } as const
const laptop: Device = {
  id: 'laptop',
  name: 'Laptop',
  owner: 'ada',
  ownership: 'personal',
  platform: 'linux',
  facts: Object.fromEntries(deviceFactNames.map((fact) => [fact, bad])),
}
const desk: Device = { ...laptop, id: 'desk', name: 'Desk', ownership: 'corporate' }
const session: Session = {
  id: 'ses_1',
  person: 'ada',
  startedAt: now - 3 * hour,
  endsAt: now + 9 * hour,
  authentication: {
    method: 'password',
    phishingResistant: false,
    observedAt: now - 3 * hour,
    provenance: 'attested',
  },
  device: 'laptop',
}

const applications = ['fresh', 'healthy', 'both', 'corporate', 'wards', 'orphaned', 'night']
const documents: readonly AnyDocument[] = [
  { kind: 'group', document: { id: 'wardens', name: 'Wardens', owner: 'grace', groups: [] } },
  { kind: 'group', document: { id: 'orphans', name: 'Orphans', groups: [] } },
  { kind: 'group', document: { id: 'choir', name: 'Choir', owner: 'grace', groups: [] } },
  person('ada', 'Ada'),
  person('grace', 'Grace'),
  { kind: 'device', document: laptop },
  { kind: 'device', document: desk },
  ...[...applications, 'weekend', 'closed', 'shed'].map((id) => application(id, { tier: 2 })),
  application('vault', { tier: 0 }),
  application('vault-as-cedar', { tier: 0, strict: false }),
  application('shed-strict', { tier: 2, strict: true }),
  { kind: 'session', document: session },
  {
    kind: 'release',
    document: {
      id: 'rel_1',
      number: 1,
      createdAt: now,
      author: 'test',
      digest: '0'.repeat(64),
      policies,
    },
  },
]

function person(id: string, name: string): AnyDocument {
  return { kind: 'person', document: { id, name, class: 'employee', active: true, groups: [] } }
}

function application(
  id: string,
  more: { readonly tier: 0 | 2; readonly strict?: boolean },
): AnyDocument {
  return {
    kind: 'application',
    document: { id, name: id, kind: 'web', hosts: [], groups: [], ...more },
  }
}

const estateOf = (items: readonly AnyDocument[] = documents): Estate =>
  Estate.from({ sequence: 1, at: now, documents: [...items] })
const estate = estateOf()

function question(application: string, { subject, at = now }: Partial<Asking> = {}): Question {
  return {
    subject: subject ?? estate.subjectOfSession('ses_1', now),
    action: 'access',
    resource: uid('application', application),
    circumstances: {
      protocol: 'http',
      method: 'GET',
      host: 'x.localhost',
      path: '/',
      address: '192.0.2.1',
    },
    now: at,
  }
}

interface Asking {
  readonly subject: Subject
  readonly at: number
}

function remediesFor(application: string, asking?: Partial<Asking>): Remedies | undefined {
  const asked = question(application, asking)
  return estate.remedies(estate.judge(asked), asked)
}

const found = (application: string): readonly (readonly Act[])[] =>
  remediesFor(application)?.found ?? []
const verdict = (application: string, asking?: Partial<Asking>) =>
  estate.judge(question(application, asking)).verdict

suite('what would make a refusal an allow', () => {
  test('is a fresh sign-in where nothing else is missing, and that is a step-up', () => {
    assert.deepEqual(found('fresh'), [[{ kind: 'authentication' }]])
    assert.equal(verdict('fresh'), 'step-up')
  })

  test('is every check of the device that fails, together', () => {
    assert.deepEqual(found('healthy'), [
      [
        { kind: 'device', fact: 'diskEncryption' },
        { kind: 'device', fact: 'firewall' },
      ],
    ])
    assert.equal(verdict('healthy'), 'deny')
  })

  test('can be a sign-in and a repair', () => {
    assert.deepEqual(found('both'), [
      [{ kind: 'authentication' }, { kind: 'device', fact: 'diskEncryption' }],
    ])
  })

  test('can be another device of the same person, as that device is', () => {
    assert.deepEqual(found('corporate'), [
      [
        { kind: 'enrolment', device: 'desk', deviceName: 'Desk' },
        { kind: 'device', fact: 'diskEncryption' },
      ],
    ])
  })

  test('is membership of a group that a policy for this application names and somebody may give', () => {
    assert.deepEqual(found('wards'), [
      [{ kind: 'grant', group: 'wardens', groupName: 'Wardens', owner: 'Grace' }],
    ])
  })

  test('is nothing where the group has no owner to ask', () => {
    assert.deepEqual(remediesFor('orphaned'), { found: [], tried: 3, isCutShort: false })
  })

  test('can be waiting for the hour that a policy names', () => {
    assert.deepEqual(found('night'), [[{ kind: 'time', from: Date.UTC(2027, 2, 1, 22) }]])
  })

  test('can be waiting and signing in, where neither helps alone', () => {
    assert.deepEqual(found('weekend'), [
      [{ kind: 'authentication' }, { kind: 'time', from: Date.UTC(2027, 2, 6) }],
    ])
  })

  test('is nothing within three changes where a policy forbids it anyway', () => {
    assert.deepEqual(remediesFor('closed'), { found: [], tried: 3, isCutShort: false })
  })

  test('is not searched for whoever is not a person', () => {
    assert.equal(remediesFor('fresh', { subject: { kind: 'anonymous' } }), undefined)
    assert.equal(remediesFor('fresh', { subject: { kind: 'workload', id: 'robot' } }), undefined)
  })

  test('never names an act that would not work, whatever is wrong', () => {
    const facts = fc.record(
      Object.fromEntries(deviceFactNames.map((fact) => [fact, fc.boolean()])) as Record<
        DeviceFactName,
        fc.Arbitrary<boolean>
      >,
    )
    fc.assert(
      fc.property(fc.constantFrom(...applications), facts, facts, (asked, onLaptop, onDesk) => {
        const before = withDevices(documents, { laptop: onLaptop, desk: onDesk })
        const then = estateOf(before)
        const it = { ...question(asked), subject: then.subjectOfSession('ses_1', now) }
        for (const acts of then.remedies(then.judge(it), it)?.found ?? []) {
          const done = acts.reduce(doing, { documents: before, at: now })
          const after = estateOf(done.documents)
          const again = {
            ...it,
            subject: after.subjectOfSession('ses_1', now),
            now: done.at,
          }
          assert.equal(after.judge(again).verdict, 'allow', acts.map(actText).join(' '))
        }
      }),
      { numRuns: 200 },
    )
  })
})

suite('a forbid that cannot be evaluated', () => {
  const withoutDevice = (): Partial<Asking> => ({
    subject: { kind: 'person', session, device: undefined },
  })

  test('refuses at tier 0, and is named among what determined it', () => {
    const { decision } = estate.judge(question('vault', withoutDevice()))
    assert.equal(decision.effective.effect, 'deny')
    assert.deepEqual(decision.effective.determining, ['fails-without-a-device'])
    assert.deepEqual(
      decision.effective.errors.map(({ policy }) => policy),
      ['fails-without-a-device'],
    )
  })

  test('is skipped at the other tiers, as in Cedar', () => {
    assert.equal(verdict('shed', withoutDevice()), 'allow')
  })

  test('does as its application says, where that says anything', () => {
    assert.equal(verdict('vault-as-cedar', withoutDevice()), 'allow')
    assert.equal(verdict('shed-strict', withoutDevice()), 'deny')
  })

  test('is no step-up when a fresh sign-in leaves it unable to be evaluated', () => {
    assert.equal(verdict('vault', withoutDevice()), 'deny')
  })
})

interface World {
  readonly documents: readonly AnyDocument[]
  readonly at: number
}

/** Does in the world what an act says. */
function doing({ documents: items, at }: World, act: Act): World {
  const change = (kind: AnyDocument['kind'], id: string, more: object): World => ({
    at,
    documents: items.map((item) =>
      item.kind === kind && item.document.id === id
        ? ({ ...item, document: { ...item.document, ...more } } as AnyDocument)
        : item,
    ),
  })
  const used = items.flatMap((item) =>
    item.kind === 'session' ? (item.document.device ?? '') : [],
  )[0]
  switch (act.kind) {
    case 'authentication':
      return change('session', 'ses_1', {
        authentication: {
          method: 'passkey',
          phishingResistant: true,
          observedAt: now,
          provenance: 'attested',
        },
      })
    case 'enrolment':
      return change('session', 'ses_1', { device: act.device })
    case 'device': {
      const device = items.find(
        (item) => item.kind === 'device' && item.document.id === used,
      ) as Extract<AnyDocument, { kind: 'device' }>
      const facts = { ...device.document.facts, [act.fact]: { ...bad, value: true } }
      return change('device', device.document.id, { facts })
    }
    case 'grant':
      return change('person', 'ada', { groups: [act.group] })
    case 'time':
      return { documents: items, at: act.from }
  }
}

function withDevices(
  items: readonly AnyDocument[],
  values: Readonly<Record<'laptop' | 'desk', Readonly<Record<DeviceFactName, boolean>>>>,
): readonly AnyDocument[] {
  return items.map((item) => {
    if (item.kind !== 'device') return item
    const own = item.document.id === 'desk' ? values.desk : values.laptop
    const facts = Object.fromEntries(
      deviceFactNames.map((fact) => [fact, { ...bad, value: own[fact] }]),
    )
    return { ...item, document: { ...item.document, facts } }
  })
}
