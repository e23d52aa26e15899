// Asking for access, from the refusal to the end of what was given.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { accessRequestsApi } from '@countersign/contract/api/access-requests'
import { accessRequestMaxAgeMs, refusalMaxAgeMs } from '@countersign/contract/access-request'
import type { DecisionRecord } from '@countersign/contract/decision'
import type { Session } from '@countersign/contract/documents'
import { Problem } from '@countersign/contract/problems'
import type { Route, RouteArguments, RouteResult } from '@countersign/contract/route'
import type { Visitor } from '#http/caller'
import { readDocuments } from '#journal/documents.store'
import { readEntries } from '#journal/journal.store'
import { keepDecisions } from '#pillars/visibility/decisions.store'
import { House } from '#signin/house.fake'
import { endMemberships } from './access-requests.job.ts'
import { accessRequestRoutes } from './access-requests.routes.ts'

const dayMs = 86_400_000
const { accessOffers, accessRequests, answerAccessRequest, requestAccess, withdrawAccessRequest } =
  accessRequestsApi

describe('somebody who was refused', () => {
  let house: House
  let count = 0
  before(async () => {
    house = await House.open()
  })
  after(() => house.close())
  beforeEach(async () => {
    for (const kind of ['access-request', 'membership']) {
      const found = await readDocuments(house.store.db, kind)
      await house.put(
        ...found.map((it) => ({
          event: 'identity.person.removed' as const,
          kind,
          id: (it as { readonly id: string }).id,
          after: null,
        })),
      )
    }
    await house.clear()
    for (const id of ['ada', 'bob', 'eve']) await house.addPerson(id)
    await group('payroll-clerks', 'ada')
    await house.put({
      event: 'applications.application.put',
      kind: 'application',
      id: 'payroll',
      after: { id: 'payroll', name: 'Payroll', tier: 1, hosts: [], kind: 'web', groups: [] },
    })
  })

  const group = (id: string, owner?: string): Promise<void> =>
    house.put({
      event: 'identity.group.put',
      kind: 'group',
      id,
      after: { id, name: `The ${id}`, groups: [], ...(owner === undefined ? {} : { owner }) },
    })

  /** A refusal of `person` on record that membership of these groups would turn. */
  async function refusal(
    person: string,
    groups: readonly string[] = ['payroll-clerks'],
    more: Partial<DecisionRecord> = {},
  ): Promise<string> {
    count += 1
    const record: DecisionRecord = {
      id: `dec_${String(count).padStart(26, '0')}`,
      at: house.now,
      gateway: 'gw_test',
      principal: { type: 'Person', id: person },
      action: 'access',
      resource: { type: 'Application', id: 'payroll' },
      verdict: 'deny',
      effective: { effect: 'deny', determining: [], errors: [] },
      wouldBe: { effect: 'deny', determining: [], errors: [] },
      explanation: [],
      remedies: {
        found: groups.map((id) => [
          { kind: 'authentication' as const },
          { kind: 'grant' as const, group: id, groupName: id, owner: 'Ada' },
        ]),
        tried: 2,
        isCutShort: false,
      },
      context: { request: { protocol: 'http', method: 'GET', host: 'x', path: '/' } },
      release: 'rel_test',
      sequence: 1,
      tookNs: 1,
      ...more,
    }
    await house.store.transaction((tx) => keepDecisions(tx, [record]))
    return record.id
  }

  async function call<R extends Route>(
    route: R,
    person: string,
    input: RouteArguments<R>,
    authentication: Partial<Session['authentication']> = {},
  ): Promise<RouteResult<R>> {
    const found = accessRequestRoutes(house.dependencies).find((it) => it.route === route)
    assert.ok(found)
    const session: Session = {
      id: 'ses_test',
      person,
      startedAt: house.now,
      endsAt: house.now + dayMs,
      authentication: {
        method: 'passkey',
        phishingResistant: true,
        observedAt: house.now,
        provenance: 'attested',
        ...authentication,
      },
    }
    const caller: Visitor = {
      kind: 'visitor',
      subject: { kind: 'person', session, device: undefined },
      address: '127.0.0.1',
      host: 'countersign.localhost',
    }
    const answer = await found.answer(input as never, {
      caller,
      now: house.now,
      reply: { cookie() {}, sequence() {}, redirect() {}, page() {} },
      signal: new AbortController().signal,
      rawQuery: '',
      cookie: () => undefined,
      proofs: [],
      requestId: 'req_test',
    })
    return answer as RouteResult<R>
  }

  const ask = async (person = 'bob', groupId = 'payroll-clerks') =>
    call(requestAccess, person, {
      body: { decision: await refusal(person, [groupId]), group: groupId, reason: 'month end' },
    })
  const answer = (person: string, request: string, body: object) =>
    call(answerAccessRequest, person, { params: { request }, body: body as { kind: 'approve' } })
  const groupsOf = (id: string) => house.ledger.estate.get('person', id)?.groups

  const refusedWith = (code: string) => (error: unknown) =>
    error instanceof Problem && error.code === code

  it('sees whom to ask, asks, is taken in until a time, and is out again then', async () => {
    const decision = await refusal('bob')
    assert.deepEqual(await call(accessOffers, 'bob', { query: { decision } }), {
      application: { id: 'payroll', name: 'Payroll' },
      groups: [
        {
          group: { id: 'payroll-clerks', name: 'The payroll-clerks' },
          owner: { id: 'ada', name: 'ada' },
        },
      ],
    })
    const asked = await ask()
    const waiting = await call(accessRequests, 'ada', {})
    assert.deepEqual([waiting.mine, waiting.toAnswer.map(({ id }) => id)], [[], [asked.id]])
    assert.equal(waiting.toAnswer[0]?.reason, 'month end')

    const endsAt = house.now + dayMs
    const given = await answer('ada', asked.id, { kind: 'approve', endsAt, reason: 'until closed' })
    assert.equal(given.answer?.kind, 'approved')
    assert.deepEqual(groupsOf('bob'), ['payroll-clerks'])
    const [mine] = (await call(accessRequests, 'bob', {})).mine
    assert.deepEqual(mine?.answer, {
      kind: 'approved',
      at: house.now,
      by: 'ada',
      reason: 'until closed',
      endsAt,
    })

    house.now = endsAt - 1
    assert.equal(await endMemberships(house.dependencies), 0)
    house.now = endsAt
    assert.equal(await endMemberships(house.dependencies), 2)
    assert.deepEqual(groupsOf('bob'), [])
    const entries = await readEntries(house.store.db, 0, 100_000)
    assert.deepEqual(
      entries
        .filter(({ event }) => /access-request|membership/.test(event))
        .map(({ actor, event, kind }) => `${actor} ${event} ${kind}`)
        .slice(-6),
      [
        'Person::"bob" identity.access-request.made access-request',
        'Person::"ada" identity.access-request.answered access-request',
        'Person::"ada" identity.membership.granted membership',
        'Person::"ada" identity.membership.granted person',
        'Workload::"server" identity.membership.ended membership',
        'Workload::"server" identity.membership.ended person',
      ],
    )
  })

  it('loses at the end only what was given, and nothing else that changed meanwhile', async () => {
    const asked = await ask()
    await answer('ada', asked.id, { kind: 'approve', endsAt: house.now + 1_000 })
    const person = house.ledger.estate.get('person', 'bob')
    assert.ok(person)
    await house.addPerson('bob', { name: 'Robert', groups: [...person.groups, 'others'] })
    house.pass(1_000)
    await endMemberships(house.dependencies)
    assert.deepEqual(house.ledger.estate.get('person', 'bob'), {
      ...person,
      name: 'Robert',
      groups: ['others'],
    })
  })

  it('hears why not, and may ask again', async () => {
    const asked = await ask()
    await answer('ada', asked.id, { kind: 'decline', reason: 'ask Eve, she has it' })
    const [mine] = (await call(accessRequests, 'bob', {})).mine
    assert.equal(mine?.answer?.reason, 'ask Eve, she has it')
    assert.deepEqual(groupsOf('bob'), [])
    const again = await ask()
    assert.equal(again.id, asked.id)
    assert.equal(again.answer, undefined)
  })

  it('takes a question back', async () => {
    const asked = await ask()
    await assert.rejects(
      call(withdrawAccessRequest, 'eve', { params: { request: asked.id } }),
      refusedWith('identity.access_request_not_found'),
    )
    await call(withdrawAccessRequest, 'bob', { params: { request: asked.id } })
    assert.deepEqual((await call(accessRequests, 'ada', {})).toAnswer, [])
    await assert.rejects(
      answer('ada', asked.id, { kind: 'approve' }),
      refusedWith('request.conflict'),
    )
  })

  describe('asks for nothing', () => {
    const rows: readonly [string, () => Promise<string>][] = [
      ['without a refusal', async () => 'dec_00000000000000000000000000'],
      ['with a refusal of somebody else', () => refusal('eve')],
      ['with a decision that allowed', () => refusal('bob', undefined, { verdict: 'allow' })],
      ['with a refusal that no group would turn', () => refusal('bob', [])],
      ['with a refusal that another group would turn', () => refusal('bob', ['others'])],
      [
        'with a refusal of long ago',
        async () => {
          const decision = await refusal('bob')
          house.pass(refusalMaxAgeMs + 1)
          return decision
        },
      ],
      [
        'of a group whose owner left',
        async () => {
          await house.addPerson('ada', { active: false })
          return refusal('bob')
        },
      ],
      [
        'of a group without an owner',
        async () => {
          await group('payroll-clerks')
          return refusal('bob')
        },
      ],
    ]
    for (const [what, decisionOf] of rows) {
      it(what, async () => {
        await group('others', 'eve')
        const decision = await decisionOf()
        await assert.rejects(
          call(requestAccess, 'bob', {
            body: { decision, group: 'payroll-clerks', reason: 'please' },
          }),
          refusedWith('identity.access_request_unfounded'),
        )
      })
    }

    it('twice while the first question waits', async () => {
      await ask()
      await assert.rejects(ask(), refusedWith('request.conflict'))
    })

    it('more often than the bound says', async () => {
      for (let index = 0; index < 20; index++) {
        await group(`g${index}`, 'ada')
        await ask('bob', `g${index}`)
      }
      await assert.rejects(ask(), refusedWith('identity.access_request_limit'))
    })
  })

  describe('is answered', () => {
    it('by nobody but the owner of the group, and least of all by themselves', async () => {
      const asked = await ask()
      for (const other of ['bob', 'eve']) {
        await assert.rejects(
          answer(other, asked.id, { kind: 'approve' }),
          refusedWith('identity.access_request_not_found'),
        )
      }
      // Who becomes the owner while asking cannot take themselves in either.
      await group('payroll-clerks', 'bob')
      assert.deepEqual((await call(accessRequests, 'bob', {})).toAnswer, [])
      for (const other of ['ada', 'bob']) {
        await assert.rejects(
          answer(other, asked.id, { kind: 'approve' }),
          refusedWith('identity.access_request_not_found'),
        )
      }
      await group('payroll-clerks', 'eve')
      await answer('eve', asked.id, { kind: 'approve' })
      assert.deepEqual(groupsOf('bob'), ['payroll-clerks'])
    })

    it('with no more than declining after a recovery code, which opens nothing to anybody', async () => {
      const asked = await ask()
      const said = (body: { kind: 'approve' } | { kind: 'decline'; reason: string }) =>
        call(
          answerAccessRequest,
          'ada',
          { params: { request: asked.id }, body },
          { method: 'recovery-code', phishingResistant: false },
        )
      await assert.rejects(said({ kind: 'approve' }), refusedWith('access.step_up_required'))
      assert.deepEqual(groupsOf('bob'), [])
      assert.equal((await said({ kind: 'decline', reason: 'no' })).answer?.kind, 'declined')
    })

    it('among the administrators only after a fresh sign-in with a passkey', async () => {
      await group('administrators', 'ada')
      await house.put({
        event: 'identity.group.put',
        kind: 'group',
        id: 'on-call',
        after: { id: 'on-call', name: 'On call', groups: ['administrators'], owner: 'ada' },
      })
      for (const given of ['administrators', 'on-call']) {
        const asked = await ask('bob', given)
        const said = (authentication: Partial<Session['authentication']>) =>
          call(
            answerAccessRequest,
            'ada',
            { params: { request: asked.id }, body: { kind: 'approve' } },
            authentication,
          )
        for (const weak of [
          { method: 'password', phishingResistant: false } as const,
          { observedAt: house.now - 60 * 60_000 - 1 },
        ]) {
          await assert.rejects(said(weak), refusedWith('access.step_up_required'))
        }
        await said({})
      }
      assert.deepEqual(groupsOf('bob'), ['administrators', 'on-call'])
    })

    it('once', async () => {
      const asked = await ask()
      await answer('ada', asked.id, { kind: 'decline', reason: 'no' })
      await assert.rejects(
        answer('ada', asked.id, { kind: 'approve' }),
        refusedWith('request.conflict'),
      )
    })

    it('with an end that lies ahead, and within a year', async () => {
      const asked = await ask()
      for (const endsAt of [house.now, house.now + 400 * dayMs]) {
        await assert.rejects(
          answer('ada', asked.id, { kind: 'approve', endsAt }),
          refusedWith('request.malformed'),
        )
      }
    })

    it('not at all after two weeks, and is told so', async () => {
      const asked = await ask()
      house.pass(accessRequestMaxAgeMs)
      assert.equal((await call(accessRequests, 'bob', {})).mine[0]?.answer?.kind, 'expired')
      assert.deepEqual((await call(accessRequests, 'ada', {})).toAnswer, [])
      await assert.rejects(
        answer('ada', asked.id, { kind: 'approve' }),
        refusedWith('request.conflict'),
      )
      assert.equal(await endMemberships(house.dependencies), 1)
      house.pass(91 * dayMs)
      assert.equal(await endMemberships(house.dependencies), 1)
      assert.deepEqual((await call(accessRequests, 'bob', {})).mine, [])
    })

    it('for nobody who has left', async () => {
      const asked = await ask()
      await house.addPerson('bob', { active: false })
      await assert.rejects(
        answer('ada', asked.id, { kind: 'approve' }),
        refusedWith('request.conflict'),
      )
    })
  })
})
