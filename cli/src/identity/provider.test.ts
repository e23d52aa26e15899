import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { identityProviderDraft } from '@countersign/contract/identity-provider'
import { commands } from '#commands'
import { controlSocket } from '#control.client'
import { execute } from '#execute'
import { type FakeServer, startFakeServer } from '../../fakes/control-server.ts'
import { testWorld } from '../../fakes/world.ts'

let dataDir: string
let server: FakeServer
before(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'countersign-cli-'))
  server = await startFakeServer(controlSocket(dataDir))
})
beforeEach(() => {
  server.asked.length = 0
  server.state.sent = ''
})
after(async () => {
  await server[Symbol.asyncDispose]()
  await rm(dataDir, { recursive: true })
})

const office = identityProviderDraft.parse({
  id: 'office',
  name: 'Office account',
  kind: 'oidc',
  enabled: true,
  domains: ['example.org'],
  trust: [{ when: 'acr', is: 'gold', method: 'passkey', phishingResistant: true }],
  oidc: {
    issuer: 'https://login.example.org',
    clientId: 'countersign',
    clientAuthentication: 'secret-basic',
  },
})
const view = {
  provider: office,
  missing: [],
  addresses: { redirect: 'https://access.example.org/signin/oidc/office' },
  secretSetAt: 1_772_355_600_000,
  links: 3,
}

async function identity(input: string, ...words: string[]) {
  const world = testWorld({
    environment: { COUNTERSIGN_DATA_DIR: dataDir },
    directory: dataDir,
    input,
  })
  const code = await execute(['identity', ...words], { version: '0', commands }, world)
  const { stdout, stderr } = world.written
  return { code, stdout, stderr, everything: stdout + stderr }
}

describe('an identity provider', () => {
  const path = 'PUT /api/identity/providers/office'

  test('is added with a secret that nobody sees, and what to register there is shown', async () => {
    server.state.answers = { [path]: view }
    const given = await identity(
      'very secret\n',
      'provider',
      'add',
      'office',
      '--name',
      'Office account',
      '--issuer',
      'https://login.example.org',
      '--client-id',
      'countersign',
      '--domains',
      'example.org, example.com',
    )
    assert.equal(given.code, 0, given.stderr)
    const sent = JSON.parse(server.state.sent) as { provider: typeof office; clientSecret: string }
    assert.equal(sent.clientSecret, 'very secret')
    assert.deepEqual(sent.provider.domains, ['example.org', 'example.com'])
    assert.deepEqual(sent.provider.kind, 'oidc')
    assert.match(given.stdout, /redirect: https:\/\/access\.example\.org\/signin\/oidc\/office/)
    assert.match(given.stdout, /acr `gold` is worth passkey, which cannot be phished/)
    assert.ok(!given.everything.includes('very secret'))
  })

  test('is changed from a file, and its secret stays', async () => {
    server.state.answers = { [path]: view }
    await writeFile(join(dataDir, 'office.json'), JSON.stringify(office))
    const given = await identity(
      '',
      'provider',
      'add',
      'office',
      '--from',
      'office.json',
      '--keep-secret',
      '--contact',
      'the service desk',
    )
    assert.equal(given.code, 0, given.stderr)
    const expected = { provider: { ...office, contact: 'the service desk' } }
    assert.deepEqual(JSON.parse(server.state.sent), expected)
  })

  test('that is set wrongly is refused before the server is asked', async () => {
    const add = ['provider', 'add', 'office'] as const
    for (const [input, ...more] of [
      ['x'],
      ['x', '--issuer', 'http://login.example.org', '--client-id', 'c'],
      ['x', '--from', 'nothing.json'],
      ['\n', '--issuer', 'https://login.example.org', '--client-id', 'c'],
    ] as const) {
      assert.equal((await identity(input, ...add, ...more)).code, 2)
    }
    assert.equal((await identity('x', 'provider', 'show')).code, 2)
    assert.equal((await identity('x', 'provider', 'toString', 'office')).code, 2)
    assert.deepEqual(server.asked, [])
  })

  test('is listed, shown, checked and removed', async () => {
    server.state.answers = {
      'GET /api/identity/providers': { providers: [view] },
      'POST /api/identity/providers/office/check': {
        isUsable: false,
        findings: [{ severity: 'fault', text: 'it cannot be used: fetch failed' }],
      },
      'DELETE /api/identity/providers/office': { provider: 'office', endedSessions: 1 },
    }
    const list = await identity('', 'provider', 'list')
    assert.equal(list.stdout, '  office  Office account  oidc; example.org; 3 linked\n')
    assert.match((await identity('', 'provider', 'show', 'office')).stdout, /3 linked/)
    assert.equal((await identity('', 'provider', 'show', 'other')).code, 5)
    const check = await identity('', 'provider', 'check', 'office')
    assert.equal(check.code, 8)
    assert.match(check.stdout, /fault: it cannot be used/)
    const removed = await identity('', 'provider', 'remove', 'office')
    assert.equal(removed.stdout, 'The identity provider `office` is removed; 1 session ended.\n')
  })
})

describe('people whom a provider knows and we do not', () => {
  const id = '3f2a91c077de'.padEnd(64, '0')
  const item = {
    id,
    reference: '3F2A-91C0-77DE',
    provider: 'office',
    subject: 's-17',
    reason: 'no-match',
    claims: { name: 'Ada Lovelace' },
    candidates: ['ada'],
    firstSeenAt: 1,
    lastSeenAt: 1_772_355_600_000,
    count: 2,
  }
  const path = `/api/identity/unmatched/${id}`
  beforeEach(() => {
    server.state.answers = {
      'GET /api/identity/unmatched': { items: [item], total: 1 },
      'GET /api/identity/never-arrived': {
        items: [{ person: 'tim', name: 'Tim', email: 'tim@example.org', provider: 'office' }],
        total: 1,
      },
      [`POST ${path}/link`]: {
        id,
        provider: 'office',
        subject: 's-17',
        person: 'ada',
        linkedAt: 1,
        by: 'administrator',
      },
      [`POST ${path}/dismiss`]: { ...item, dismissed: { at: 1, by: 'x', reason: 'left' } },
    }
  })

  test('are listed with what it takes to decide', async () => {
    const { stdout } = await identity('', 'unmatched', 'list')
    assert.equal(
      stdout,
      '  3F2A-91C0-77DE  Ada Lovelace at office: no-match; came 2 times, last 2026-03-01 09:00:00 UTC; could be ada\n',
    )
    assert.match((await identity('', 'unmatched', 'missing')).stdout, /tim {2}Tim: never signed in/)
  })

  test('are linked and dismissed by the reference that they were told', async () => {
    assert.equal((await identity('', 'unmatched', 'link', '3f2a91c077de', 'ada')).code, 0)
    assert.deepEqual(JSON.parse(server.state.sent), { person: 'ada' })
    server.state.sent = ''
    const reference = '3F2A-91C0-77DE'
    assert.equal((await identity('', 'unmatched', 'dismiss', reference)).code, 2)
    const given = await identity('', 'unmatched', 'dismiss', reference, '--reason', 'left')
    assert.equal(given.code, 0)
    assert.deepEqual(JSON.parse(server.state.sent), { reason: 'left' })
    assert.equal((await identity('', 'unmatched', 'link', '0000-0000-0000', 'ada')).code, 5)
    assert.equal((await identity('', 'unmatched', 'link', reference)).code, 2)
  })
})
