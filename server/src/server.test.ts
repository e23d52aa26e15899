import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { compactVerify, importJWK } from 'jose'
import { networksApi } from '@countersign/contract/api/networks'
import { visibilityApi } from '@countersign/contract/api/visibility'
import type { DecisionRecord } from '@countersign/contract/decision'
import { changes, snapshot } from '@countersign/contract/feed'
import { newId } from '@countersign/contract/ids'
import { randomBytes } from 'node:crypto'
import { ServerFake } from './server.fake.ts'

let server: ServerFake
before(async () => {
  server = await ServerFake.start()
})
after(() => server.remove())

test('a gateway enrols, follows what an import brings and hands over what it decided', async () => {
  const gateway = await server.enrol()
  const key = await importJWK(gateway.feedKey, 'EdDSA')
  const open = async (jws: string) => {
    const { payload, protectedHeader } = await compactVerify(jws, key)
    return {
      typ: protectedHeader.typ,
      value: JSON.parse(new TextDecoder().decode(payload)) as unknown,
    }
  }
  const first = await open((await gateway.ask(networksApi.snapshot.path)).text)
  assert.equal(first.typ, 'countersign-snapshot+jws')
  const { sequence, documents } = snapshot.parse(first.value)
  assert.deepEqual(documents.map(({ kind }) => kind).sort(), [
    'application',
    'group',
    'release',
    'workload',
  ])

  const stream = gateway.follow(`${networksApi.changes.path}?after=${sequence}`)
  const next = async () => changes.parse((await open((await stream.next()).value as string)).value)
  assert.deepEqual((await next()).changes, [])
  await server.import({
    kind: 'person',
    document: { id: 'ada', name: 'Ada', class: 'employee', active: true, groups: [] },
  })
  const change = await next()
  assert.equal(change.from, sequence)
  assert.deepEqual(change.changes, [
    {
      op: 'put',
      item: {
        kind: 'person',
        document: { id: 'ada', name: 'Ada', class: 'employee', active: true, groups: [] },
      },
    },
  ])
  await stream.return(undefined)

  const answer = { effect: 'deny' as const, determining: [], errors: [] }
  const record: DecisionRecord = {
    id: newId('decision', { now: () => server.now, randomBytes }),
    at: server.now,
    gateway: gateway.id,
    principal: { type: 'Person', id: 'ada' },
    principalName: 'Ada',
    action: 'access',
    resource: { type: 'Application', id: 'wiki' },
    verdict: 'deny',
    effective: answer,
    wouldBe: answer,
    explanation: [
      { policy: 'countersign-portal', effect: 'permit', outcome: 'failed', observed: [] },
    ],
    context: { request: { method: 'GET', path: '/a', host: 'wiki' }, time: { hour: 9 } },
    release: server.ledger.estate.release?.id ?? '',
    sequence,
    tookNs: 1200,
  }
  const ship = () =>
    gateway.ask(networksApi.ship.path, { method: 'POST', body: { records: [record] } })
  assert.deepEqual((await ship()).json, { kept: 1 })
  assert.deepEqual((await ship()).json, { kept: 1 })
  const found = await server.client.call(visibilityApi.decision, {
    params: { decision: record.id },
  })
  assert.deepEqual(found.record, record)
  assert.deepEqual(
    found.policies.map(({ id }) => id),
    ['countersign-portal'],
  )
  const overview = await server.client.call(visibilityApi.overview, {})
  // The invitation and the import are decisions too.
  assert.equal(overview.counts.decisions, 3)
  assert.deepEqual(overview.refusedMost, [{ application: 'wiki', name: 'wiki', deny: 1, total: 1 }])
  assert.equal(overview.hours.length, 168)
})
