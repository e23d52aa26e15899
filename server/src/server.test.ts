import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { compactVerify, importJWK } from 'jose'
import { networksApi } from '@countersign/contract/api/networks'
import { visibilityApi } from '@countersign/contract/api/visibility'
import type { AnyDocument } from '@countersign/contract/documents'
import type { DecisionRecord } from '@countersign/contract/decision'
import { changes, snapshot } from '@countersign/contract/feed'
import { newId } from '@countersign/contract/ids'
import { lacking } from '../../test/parts.ts'
import { startPostgres } from '../../test/postgres.ts'
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

describe('a server with PostgreSQL', { skip: await lacking('postgres') }, () => {
  test('says so while the database is away, gives gateways what it knows, and recovers', async () => {
    await using postgres = await startPostgres()
    const server = await ServerFake.start({ databaseUrl: await postgres.createDatabase() })
    try {
      const gateway = await server.enrol()
      const status = async (path: string) => (await server.control(path)).status
      const ada: AnyDocument = {
        kind: 'person',
        document: { id: 'ada', name: 'Ada', class: 'employee', active: true, groups: [] },
      }
      await server.import(ada)
      await postgres.crash()

      assert.equal(await status('/readyz'), 503)
      const answer = await server.control(visibilityApi.decisions.path)
      assert.equal(answer.json['code'], 'server.store_unavailable')
      await assert.rejects(server.import(ada), { status: 503 })
      // What a gateway needs to go on is in memory.
      assert.equal((await gateway.ask(networksApi.snapshot.path)).status, 200)
      assert.equal(await status('/healthz'), 200)

      await postgres.restart()
      assert.equal(await status('/readyz'), 200)
      assert.equal((await server.import(ada)).changed, 0)
      assert.equal(server.ledger.estate.get('person', 'ada')?.name, 'Ada')
    } finally {
      await server.remove()
    }
  })

  test('follows what another server writes to the same store', async () => {
    await using postgres = await startPostgres()
    const databaseUrl = await postgres.createDatabase()
    const one = await ServerFake.start({ databaseUrl })
    const two = await ServerFake.start({ databaseUrl, masterKeyOf: one })
    try {
      const gateway = await one.enrol()
      await two.ledger.catchUp()
      gateway.moveTo(two)
      const stream = gateway.follow(`${networksApi.changes.path}?after=${two.ledger.sequence}`)
      await stream.next()
      await one.import({ kind: 'group', document: { id: 'g', name: 'G', groups: [] } })
      const key = await importJWK(gateway.feedKey, 'EdDSA')
      const { payload } = await compactVerify((await stream.next()).value as string, key)
      const { to } = changes.parse(JSON.parse(new TextDecoder().decode(payload)))
      assert.equal(to, one.ledger.sequence)
      assert.equal(two.ledger.estate.get('group', 'g')?.name, 'G')
      await stream.return(undefined)
    } finally {
      await one.remove()
      await two.remove()
    }
  })
})
