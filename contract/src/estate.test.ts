import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Authoring } from '@countersign/authoring/authoring'
import fc from 'fast-check'
import type { AnyDocument, Device, Session } from './documents.ts'
import { uid } from './entities.ts'
import { Estate } from './estate.ts'
import type { Change } from './feed.ts'
import type { Subject } from './request.ts'
import { tokenHash } from './session.ts'
import { vocabulary } from './vocabulary.ts'

const now = Date.UTC(2027, 2, 1, 9)
const minute = 60_000

const authoring = new Authoring({})
after(() => authoring.close())

const { policies, diagnostics } = await authoring.parsePolicies(
  `
  @id("staff-open-the-board")
  permit (principal in Group::"staff", action == Action::"access", resource == Application::"board")
  when { context has device.diskEncryption && context.device.diskEncryption.value };

  @id("nobody-on-linux")
  @stage("observe")
  forbid (principal, action == Action::"access", resource)
  when { context has device && context.device.id.platform == "linux" };

  @id("nobody-from-phones")
  forbid (principal, action == Action::"access", resource)
  when { context has device && context.device.id.platform == "ios" };

  @id("payroll-needs-a-fresh-passkey")
  permit (principal in Group::"staff", action == Action::"access", resource == Application::"payroll")
  when { context has authentication && context.authentication.phishingResistant && context.authentication.ageSeconds <= 3600 };
  `,
  { file: 'estate.cedar', schema: vocabulary },
)

const device = (observedAt: number, encrypted: boolean): Device => ({
  id: 'laptop',
  name: 'laptop',
  owner: 'ada',
  ownership: 'corporate',
  platform: 'linux',
  facts: { diskEncryption: { value: encrypted, observedAt, provenance: 'reported' } },
})
const session: Session = {
  id: 'ses_1',
  person: 'ada',
  startedAt: now,
  endsAt: now + 60 * minute,
  authentication: {
    method: 'persona',
    phishingResistant: false,
    observedAt: now,
    provenance: 'self-reported',
  },
  device: 'laptop',
}
const cookie = 'A'.repeat(43)
const documents: readonly AnyDocument[] = [
  { kind: 'group', document: { id: 'staff', name: 'staff', groups: [] } },
  { kind: 'group', document: { id: 'nurses', name: 'nurses', groups: ['staff'] } },
  {
    kind: 'person',
    document: { id: 'ada', name: 'Ada', class: 'employee', active: true, groups: ['nurses'] },
  },
  { kind: 'device', document: device(now, true) },
  {
    kind: 'application',
    document: {
      id: 'board',
      name: 'Board',
      tier: 2,
      kind: 'web',
      hosts: ['board.localhost'],
      groups: [],
    },
  },
  {
    kind: 'application',
    document: {
      id: 'payroll',
      name: 'Payroll',
      tier: 1,
      kind: 'web',
      hosts: ['payroll.localhost'],
      groups: [],
    },
  },
  { kind: 'session', document: session },
  {
    kind: 'token',
    document: {
      id: tokenHash(cookie),
      session: 'ses_1',
      host: 'board.localhost',
      endsAt: session.endsAt,
    },
  },
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

const estateOf = (items: readonly AnyDocument[] = documents) =>
  Estate.from({ sequence: 7, at: now, documents: [...items] })
const put = (item: AnyDocument): Change => ({ op: 'put', item })
const verdictOf = (
  estate: Estate,
  application: string,
  at = now,
  subject: Subject = estate.subjectOf(tokenHash(cookie), 'board.localhost', at),
) =>
  estate.judge({
    subject,
    action: 'access',
    resource: uid('application', application),
    circumstances: {
      protocol: 'http',
      method: 'GET',
      host: `${application}.localhost`,
      path: '/',
      address: '127.0.0.1',
    },
    now: at,
  }).verdict

test('the policies of these tests are valid', () =>
  assert.deepEqual(
    diagnostics.filter(({ severity }) => severity === 'error'),
    [],
  ))

test('a healthy device opens the board, and a refusal that only lacks a passkey is a step-up', () => {
  const estate = estateOf()
  assert.equal(verdictOf(estate, 'board'), 'allow')
  assert.equal(verdictOf(estate, 'payroll'), 'step-up')
})

test('a device that fails is refused at the next request, and a passkey does not help', () => {
  const estate = estateOf()
  assert.equal(
    estate.apply({
      from: 7,
      to: 8,
      changes: [put({ kind: 'device', document: device(now, false) })],
    }),
    true,
  )
  assert.equal(verdictOf(estate, 'board'), 'deny')
})

test('a fact past its maximum age is absent, and absent is not healthy', () => {
  const observedAt = now - 24 * 60 * minute
  const estate = estateOf(
    documents.map((item) =>
      item.kind === 'device' ? { kind: 'device', document: device(observedAt, true) } : item,
    ),
  )
  assert.equal(verdictOf(estate, 'board', now), 'allow')
  assert.equal(verdictOf(estate, 'board', now + 1), 'deny')
})

const endings: Readonly<Record<string, readonly [Change, number]>> = {
  'the session is ended': [{ op: 'remove', kind: 'session', id: 'ses_1' }, now],
  'the cookie is withdrawn': [{ op: 'remove', kind: 'token', id: tokenHash(cookie) }, now],
  'the session reaches its absolute end': [
    { op: 'remove', kind: 'host', id: 'none' },
    session.endsAt,
  ],
  'the person is deactivated': [
    put({
      kind: 'person',
      document: { id: 'ada', name: 'Ada', class: 'employee', active: false, groups: ['nurses'] },
    }),
    now,
  ],
  'the contract has ended': [
    put({
      kind: 'person',
      document: {
        id: 'ada',
        name: 'Ada',
        class: 'contractor',
        active: true,
        endsAt: now,
        groups: ['nurses'],
      },
    }),
    now,
  ],
  'the person is removed': [{ op: 'remove', kind: 'person', id: 'ada' }, now],
}
for (const [what, [change, at]] of Object.entries(endings)) {
  test(`a session counts for nobody once ${what}`, () => {
    const estate = estateOf()
    assert.equal(estate.subjectOf(tokenHash(cookie), 'board.localhost', now).kind, 'person')
    estate.apply({ from: 7, to: 8, changes: [change] })
    assert.equal(estate.subjectOf(tokenHash(cookie), 'board.localhost', at).kind, 'anonymous')
    assert.equal(verdictOf(estate, 'board', at), 'deny')
  })
}

test('a cookie of one host is nobody at another', () => {
  assert.equal(estateOf().subjectOf(tokenHash(cookie), 'payroll.localhost', now).kind, 'anonymous')
})

test('a person who leaves the group is refused, and one who joins is let in', () => {
  const estate = estateOf()
  const ada = (groups: string[]) =>
    put({
      kind: 'person',
      document: { id: 'ada', name: 'Ada', class: 'employee', active: true, groups },
    })
  estate.apply({ from: 7, to: 8, changes: [ada([])] })
  assert.equal(verdictOf(estate, 'board'), 'deny')
  estate.apply({ from: 8, to: 9, changes: [ada(['staff'])] })
  assert.equal(verdictOf(estate, 'board'), 'allow')
})

test('changes that do not start where the estate stands change nothing', () => {
  const estate = estateOf()
  assert.equal(
    estate.apply({ from: 8, to: 9, changes: [{ op: 'remove', kind: 'person', id: 'ada' }] }),
    false,
  )
  assert.equal(estate.sequence, 7)
  assert.equal(verdictOf(estate, 'board'), 'allow')
})

test('without a release nothing is allowed', () => {
  assert.equal(
    verdictOf(estateOf(documents.filter(({ kind }) => kind !== 'release')), 'board'),
    'deny',
  )
})

test('an application that gives up its host is no longer found there', () => {
  const estate = estateOf()
  estate.apply({
    from: 7,
    to: 8,
    changes: [
      put({
        kind: 'application',
        document: {
          id: 'board',
          name: 'Board',
          tier: 2,
          kind: 'web',
          hosts: ['ward.localhost'],
          groups: [],
        },
      }),
    ],
  })
  assert.equal(estate.applicationAt('board.localhost'), undefined)
  assert.equal(estate.applicationAt('ward.localhost')?.id, 'board')
})

test('groups that would contain each other are refused before anyone commits them', () => {
  const estate = estateOf()
  const circle = put({
    kind: 'group',
    document: { id: 'staff', name: 'staff', groups: ['nurses'] },
  })
  assert.match(estate.faultOf([circle]) ?? '', /would contain itself/)
  assert.equal(
    estate.faultOf([put({ kind: 'group', document: { id: 'staff', name: 'staff', groups: [] } })]),
    undefined,
  )
})

test('an estate that could apply only half a change judges nothing until it is whole again', () => {
  const estate = estateOf()
  const circle = put({
    kind: 'group',
    document: { id: 'staff', name: 'staff', groups: ['nurses'] },
  })
  assert.throws(() => estate.apply({ from: 7, to: 8, changes: [circle] }))
  assert.throws(() => verdictOf(estate, 'board'), /torn/)
  estate.load({ sequence: 9, at: now, documents: [...documents] })
  assert.equal(verdictOf(estate, 'board'), 'allow')
})

test('following changes leads to the same verdicts as loading the result', () => {
  const groups = fc.subarray(['staff', 'nurses'])
  const change = fc.oneof(
    groups.map((ids) =>
      put({
        kind: 'person',
        document: { id: 'ada', name: 'Ada', class: 'employee', active: true, groups: ids },
      }),
    ),
    fc.boolean().map((encrypted) => put({ kind: 'device', document: device(now, encrypted) })),
    fc.constant<Change>({ op: 'remove', kind: 'device', id: 'laptop' }),
    fc
      .subarray(['staff'])
      .map((ids) =>
        put({ kind: 'group', document: { id: 'nurses', name: 'nurses', groups: ids } }),
      ),
    fc.constant<Change>({ op: 'remove', kind: 'group', id: 'nurses' }),
  )
  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), (list) => {
      const followed = estateOf()
      const state = new Map(documents.map((item) => [`${item.kind} ${item.document.id}`, item]))
      for (const [index, it] of list.entries()) {
        followed.apply({ from: 7 + index, to: 8 + index, changes: [it] })
        if (it.op === 'put') state.set(`${it.item.kind} ${it.item.document.id}`, it.item)
        else state.delete(`${it.kind} ${it.id}`)
      }
      const loaded = estateOf([...state.values()])
      for (const application of ['board', 'payroll']) {
        assert.equal(verdictOf(followed, application), verdictOf(loaded, application))
      }
    }),
  )
})

test('a refusal names the condition that failed and what was seen', () => {
  const estate = estateOf()
  estate.apply({ from: 7, to: 8, changes: [put({ kind: 'device', document: device(now, false) })] })
  const resource = uid('application', 'board')
  const judgement = estate.judge({
    subject: estate.subjectOf(tokenHash(cookie), 'board.localhost', now),
    action: 'access',
    resource,
    circumstances: {
      protocol: 'http',
      method: 'GET',
      host: 'board.localhost',
      path: '/',
      address: '127.0.0.1',
    },
    now,
  })
  const [miss] = estate.explain(judgement, 'access', resource)
  assert.equal(miss?.policy, 'staff-open-the-board')
  assert.equal(miss?.outcome, 'failed')
  assert.match(miss?.condition ?? '', /diskEncryption\.value/)
  assert.ok(
    miss?.observed.some(
      ({ path, value }) => path.includes('diskEncryption') && value.includes('false'),
    ),
    JSON.stringify(miss),
  )
})

test('a policy that is only observed changes what would be, and is no reason for what is', () => {
  const estate = estateOf()
  const resource = uid('application', 'payroll')
  const judgement = estate.judge({
    subject: estate.subjectOf(tokenHash(cookie), 'board.localhost', now),
    action: 'access',
    resource,
    circumstances: {
      protocol: 'http',
      method: 'GET',
      host: 'payroll.localhost',
      path: '/',
      address: '127.0.0.1',
    },
    now,
  })
  assert.deepEqual(judgement.decision.wouldBe.determining, ['nobody-on-linux'])
  const named = estate.explain(judgement, 'access', resource).map(({ policy }) => policy)
  assert.deepEqual(named, ['payroll-needs-a-fresh-passkey'])
})

test('groups that change places in one change do so, in either order', () => {
  const turned = [
    put({ kind: 'group', document: { id: 'staff', name: 'staff', groups: ['nurses'] } }),
    put({ kind: 'group', document: { id: 'nurses', name: 'nurses', groups: [] } }),
  ]
  for (const changes of [turned, turned.toReversed()]) {
    const estate = estateOf()
    assert.equal(estate.faultOf(changes), undefined)
    assert.equal(estate.apply({ from: 7, to: 8, changes }), true)
    assert.equal(verdictOf(estate, 'board'), 'deny', 'a nurse is no longer one of the staff')
  }
})

test('a change that cannot be made whole leaves the entities as they were', () => {
  const estate = estateOf()
  const changes: Change[] = [
    { op: 'remove', kind: 'person', id: 'ada' },
    put({ kind: 'group', document: { id: 'staff', name: 'staff', groups: ['nurses'] } }),
  ]
  const before = estate.entities.get(uid('person', 'ada'))
  assert.throws(() => estate.apply({ from: 7, to: 8, changes }))
  assert.deepEqual(estate.entities.get(uid('person', 'ada')), before)
})

test('a request with a malformed fact is denied, and the refusal names the fact', () => {
  const estate = estateOf()
  const resource = uid('application', 'board')
  const question = {
    subject: estate.subjectOf(tokenHash(cookie), 'board.localhost', now),
    action: 'access',
    resource,
    circumstances: {
      protocol: 'http',
      method: 'GET',
      host: 'board.localhost',
      path: '/',
      address: 'somewhere',
    },
    now,
  } as const
  const judgement = estate.judge(question)
  assert.equal(judgement.verdict, 'deny')
  assert.match(judgement.decision.effective.errors[0]?.message ?? '', /context\.network\.address/)
  assert.deepEqual(estate.explain(judgement, 'access', resource), [])
  assert.deepEqual(estate.remedies(judgement, question)?.found, [])
})
