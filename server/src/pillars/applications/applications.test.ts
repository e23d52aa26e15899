import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:net'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { applicationsApi, policiesApi } from '@countersign/contract/api/inventory'
import { ApiError } from '@countersign/contract/client'
import type { AnyDocument, Application } from '@countersign/contract/documents'
import { ServerFake } from '#server.fake'
import { reach } from './reach.client.ts'

describe('the checklist of an application', () => {
  let server: ServerFake
  let upstream: Server
  const address = (): string => `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`
  before(async () => {
    server = await ServerFake.start()
    upstream = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => upstream.once('listening', resolve))
    await server.client.call(policiesApi.make, {
      body: { files: [{ name: 'wiki.cedar', text: policies }] },
    })
    await server.import(
      { kind: 'group', document: { id: 'staff', name: 'Staff', groups: [] } },
      person('ada', ['staff']),
      person('bob', []),
    )
  })
  after(async () => {
    upstream.close()
    await server.remove()
  })

  it('passes one that is ready', async () => {
    await server.import(wiki({ upstreamIdentity: { reliesOn: 'assertion' } }))
    const { ready, checks } = await check('wiki')
    assert.deepEqual(
      checks.filter(({ passed }) => !passed),
      [],
    )
    assert.ok(ready)
    const finding = checks.find((line) => line.check === 'people')?.finding
    assert.match(finding ?? '', /^1 people and 0 programs of \d+ get in/)
  })

  it('finds what is not as it should be, as policies and inventory are now', async () => {
    const { owner: _owner, ...rest } = wikiDocument({ id: 'open', hosts: [] })
    await server.import({ kind: 'application', document: { ...rest, upstream: closedAddress } })
    const { ready, checks } = await check('open')
    assert.equal(ready, false)
    assert.deepEqual(
      checks.filter(({ passed }) => !passed).map((line) => line.check),
      ['owner', 'host', 'upstream', 'anyone', 'review', 'identity'],
    )
    await server.import(wiki({ id: 'forgotten', hosts: ['forgotten.localhost'] }))
    const forgotten = await check('forgotten')
    assert.deepEqual(
      forgotten.checks.filter(({ passed }) => !passed).map((line) => line.check),
      ['people', 'review', 'identity'],
    )
  })

  it('is of something that exists', async () => {
    await assert.rejects(
      check('nowhere'),
      (error) => error instanceof ApiError && error.problem?.code === 'applications.not_found',
    )
  })

  it('tells an address that accepts connections from one that does not', async () => {
    assert.deepEqual(await reach(address()), { kind: 'accepts' })
    assert.deepEqual(await reach(closedAddress), { kind: 'silent', why: 'ECONNREFUSED' })
  })

  const check = (application: string) =>
    server.client.call(applicationsApi.check, { params: { application } })

  const wikiDocument = (more: Partial<Application>): Application => ({
    id: 'wiki',
    name: 'Wiki',
    owner: 'ada',
    tier: 3,
    hosts: ['wiki.localhost'],
    upstream: address(),
    kind: 'web',
    groups: [],
    ...more,
  })
  const wiki = (more: Partial<Application>): AnyDocument => ({
    kind: 'application',
    document: wikiDocument(more),
  })
})

const closedAddress = 'http://127.0.0.1:1'

const policies = `
@id("wiki-staff")
@review("2027-01-31")
permit (principal in Group::"staff", action == Action::"access", resource == Application::"wiki")
when { context has device && context.device has firewall && context.device.firewall.value };

@id("open-to-all")
permit (principal, action == Action::"access", resource == Application::"open");
`

function person(id: string, groups: readonly string[]): AnyDocument {
  return {
    kind: 'person',
    document: { id, name: id, class: 'employee', active: true, groups: [...groups] },
  }
}
