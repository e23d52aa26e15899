import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { signOnApi } from '@countersign/contract/api/sign-on'
import type { Application } from '@countersign/contract/documents'
import { ApiError } from '@countersign/contract/client'
import type { ProblemCode } from '@countersign/contract/problems'
import fc from 'fast-check'
import { ServerFake } from '#server.fake'
import { signOnCoverage } from './sign-on-coverage.ts'

const oidc = {
  kind: 'oidc',
  redirectUris: ['https://a.example/cb'],
  proof: 'client_secret_basic',
  scopes: [],
} as const

function application(id: string, more: Partial<Application> = {}): Application {
  return { id, name: id, tier: 2, hosts: [], kind: 'web', groups: [], ...more }
}

const nothing = { hosts: [], datasets: [] }

describe('coverage', () => {
  it('counts what stands before an application, and nothing that only could', () => {
    const found = signOnCoverage(
      {
        applications: [
          application('countersign', { hosts: ['c.localhost'] }),
          application('gated', { hosts: ['g.localhost'] }),
          application('tunnel', { kind: 'tcp', upstream: 'tcp://db:5432' }),
          application('modern', {
            signOn: { ...oidc, redirectUris: [...oidc.redirectUris], scopes: [] },
          }),
          application('both', {
            hosts: ['b.localhost'],
            signOn: { ...oidc, redirectUris: [...oidc.redirectUris], scopes: [] },
          }),
          application('bare'),
        ],
        ...nothing,
      },
      [
        { application: 'gated', signIns: 6, lastAt: 9 },
        { application: 'bare', signIns: 3, lastAt: 8 },
        { application: 'unheard-of', signIns: 1, lastAt: 7 },
        { application: 'countersign', signIns: 100, lastAt: 9 },
      ],
      0,
    )
    assert.deepEqual(found.applications, { covered: 4, total: 5 })
    assert.deepEqual(found.signIns, { covered: 6, total: 10 })
    assert.deepEqual(found.by, { gateway: 3, oidc: 2, saml: 0, none: 1 })
    assert.deepEqual(found.shadow, [
      { application: 'bare', known: true, seen: 'decisions', signIns: 3, lastAt: 8 },
      { application: 'unheard-of', known: false, seen: 'decisions', signIns: 1, lastAt: 7 },
    ])
  })

  it('names what runs on a host or holds data and has no sign-on, or is not in the inventory', () => {
    const found = signOnCoverage(
      {
        applications: [application('gated', { hosts: ['g.localhost'] }), application('bare')],
        hosts: [{ id: 'h', name: 'h', applications: ['gated', 'bare', 'forgotten'] }],
        datasets: [{ id: 'd', name: 'd', label: 'internal', applications: ['ledger', 'bare'] }],
      },
      [],
      0,
    )
    assert.deepEqual(
      found.shadow.map(({ application: id, known, seen }) => [id, known, seen]),
      [
        ['bare', true, 'hosts'],
        ['forgotten', false, 'hosts'],
        ['ledger', false, 'data'],
      ],
    )
  })

  it('always adds up to the inventory and to all that was used', () => {
    const ids = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}$/), { maxLength: 20 })
    fc.assert(
      fc.property(ids, ids, fc.nat(), (inventory, used, salt) => {
        const applications = inventory.map((id, index) =>
          application(id, (index + salt) % 2 === 0 ? { hosts: [`${id}.localhost`] } : {}),
        )
        const uses = used.map((id, index) => ({ application: id, signIns: index + 1, lastAt: 1 }))
        const {
          items,
          applications: counted,
          signIns,
          by,
          shadow,
        } = signOnCoverage({ applications, ...nothing }, uses, 0)
        assert.equal(items.length, applications.length)
        assert.equal(counted.total, applications.length)
        assert.equal(counted.covered + by.none, counted.total)
        assert.equal(
          signIns.total,
          uses.reduce((sum, use) => sum + use.signIns, 0),
        )
        const inShadow = shadow.reduce((sum, row) => sum + row.signIns, 0)
        assert.equal(signIns.covered + inShadow, signIns.total)
      }),
    )
  })
})

describe('the sign-on of an application', () => {
  let server: ServerFake
  before(async () => {
    server = await ServerFake.start()
    await server.import({ kind: 'application', document: application('wiki') })
  })
  after(() => server.remove())
  const params = { application: 'wiki' }
  const body = { ...oidc, redirectUris: [...oidc.redirectUris], scopes: [] }

  it('is registered, shown, counted and removed', async () => {
    const { client } = server
    await client.call(signOnApi.setSignOn, { params, body })
    const shown = await client.call(signOnApi.signOn, { params })
    assert.deepEqual(shown.signOn, body)
    assert.equal(shown.openid.issuer, 'http://countersign.localhost:7400/oidc')
    assert.deepEqual(shown.secrets, [])
    const { clientId, secret } = await client.call(signOnApi.issueSecret, { params, body: {} })
    assert.equal(clientId, 'wiki')
    assert.match(secret, /^[\w-]{43}$/)
    const next = await client.call(signOnApi.issueSecret, { params, body: {} })
    assert.equal(next.previousEndsAt, server.now + 24 * 60 * 60_000)
    assert.equal((await client.call(signOnApi.signOn, { params })).secrets.length, 2)
    const { by } = await client.call(signOnApi.coverage, { query: {} })
    assert.equal(by.oidc, 1)
    await client.call(signOnApi.removeSignOn, { params })
    const gone = await client.call(signOnApi.signOn, { params })
    assert.deepEqual([gone.signOn, gone.secrets], [undefined, []])
  })

  it('stays when an inventory from elsewhere says nothing of it', async () => {
    await server.client.call(signOnApi.setSignOn, { params, body })
    await server.import({ kind: 'application', document: application('wiki', { name: 'Wiki' }) })
    const found = server.ledger.estate.get('application', 'wiki')
    assert.deepEqual([found?.name, found?.signOn], ['Wiki', body])
  })

  it('is refused where it cannot be: no application, our own, no secret to make', async () => {
    const { client } = server
    const other = { params: { application: 'none' }, body }
    await refused(client.call(signOnApi.setSignOn, other), 'applications.not_found')
    const own = { params: { application: 'countersign' }, body }
    await refused(client.call(signOnApi.setSignOn, own), 'applications.sign_on_unfit')
    await client.call(signOnApi.setSignOn, { params, body: { ...body, proof: 'none' } })
    const secret = client.call(signOnApi.issueSecret, { params, body: {} })
    await refused(secret, 'applications.sign_on_unfit')
    for (const redirectUri of [
      'http://a.example/cb',
      'https://a.example/cb#x',
      'https://*.example/cb',
      'javascript:alert(1)',
    ]) {
      const wrong = { params, body: { ...body, redirectUris: [redirectUri] } }
      await refused(client.call(signOnApi.setSignOn, wrong), 'request.malformed')
    }
    const secretKey = { kty: 'EC' as const, d: 'x' }
    const leaking = { ...body, proof: 'private_key_jwt' as const, jwks: { keys: [secretKey] } }
    await refused(client.call(signOnApi.setSignOn, { params, body: leaking }), 'request.malformed')
  })
})

async function refused(call: Promise<unknown>, code: ProblemCode): Promise<void> {
  await assert.rejects(call, (error) => error instanceof ApiError && error.problem?.code === code)
}
