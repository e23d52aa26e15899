import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { commands } from '#commands'
import { controlSocket } from '#control.client'
import { execute } from '#execute'
import { type FakeServer, startFakeServer } from '../../fakes/control-server.ts'
import { testWorld } from '../../fakes/world.ts'

const at = Date.UTC(2026, 2, 1, 9)
const secret = 'x'.repeat(43)
let dataDir: string
let server: FakeServer
before(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'countersign-cli-'))
  server = await startFakeServer(controlSocket(dataDir), {
    answers: {
      'PUT /api/applications/wiki/sign-on': { application: 'wiki' },
      'DELETE /api/applications/wiki/sign-on': { application: 'wiki' },
      'POST /api/applications/wiki/sign-on/secret': {
        clientId: 'wiki',
        secret,
        previousEndsAt: at,
      },
      'GET /api/applications/wiki/sign-on': {
        application: 'wiki',
        signOn: {
          kind: 'oidc',
          redirectUris: ['https://wiki.example.org/cb'],
          proof: 'client_secret_basic',
          scopes: ['email'],
        },
        openid: { issuer: 'https://c/oidc', discovery: 'https://c/oidc/x', clientId: 'wiki' },
        saml: { metadata: 'm', entityId: 'e', signOnUrl: 's', logoutUrl: 'l' },
        secrets: [{ issuedAt: at }],
        signedOn: 3,
      },
      'GET /api/applications/sign-on': {
        since: at,
        applications: { covered: 1, total: 3 },
        signIns: { covered: 8, total: 10 },
        by: { gateway: 1, oidc: 0, saml: 0, none: 2 },
        items: [
          { application: 'wiki', name: 'Wiki', tier: 2, by: ['gateway'], signIns: 8 },
          { application: 'old', name: 'Old', tier: 2, by: [], signIns: 2 },
          { application: 'unused', name: 'Unused', tier: 3, by: [], signIns: 0 },
        ],
        shadow: [{ application: 'old', known: true, seen: 'decisions', signIns: 2, lastAt: at }],
      },
    },
  })
})
beforeEach(() => {
  server.asked.length = 0
  server.state.sent = ''
})
after(async () => {
  await server[Symbol.asyncDispose]()
  await rm(dataDir, { recursive: true })
})

test('an application is registered with what was said, and no more', async () => {
  const redirect = 'https://wiki.example.org/cb, https://wiki.example.org/cb2'
  const given = await run('sign-on', 'register', 'wiki', '--redirect', redirect, '--refresh')
  assert.equal(given.code, 0)
  assert.deepEqual(server.asked, ['PUT /api/applications/wiki/sign-on'])
  const sent = JSON.parse(server.state.sent) as Record<string, unknown>
  assert.deepEqual(sent['redirectUris'], [
    'https://wiki.example.org/cb',
    'https://wiki.example.org/cb2',
  ])
  assert.equal(sent['proof'], 'client_secret_basic')
  assert.deepEqual([sent['refresh'], sent['deviceFlow'], sent['requirePar']], [true, false, false])
  assert.match(given.stdout, /countersign applications sign-on secret wiki/)
})

test('a registration that could not be is refused before anything is asked', async () => {
  for (const words of [
    [],
    ['--redirect', 'http://wiki.example.org/cb'],
    ['--redirect', 'https://wiki.example.org/*'],
    ['--redirect', 'https://a.example/', '--keys', 'https://a.example/', '--proof', 'none'],
    ['--redirect', 'https://a.example/', '--scopes', 'everything'],
  ]) {
    assert.equal((await run('sign-on', 'register', 'wiki', ...words)).code, 2, words.join(' '))
  }
  assert.equal((await run('sign-on', 'toString', 'wiki')).code, 2)
  assert.deepEqual(server.asked, [])
})

test('a secret is printed once, with how long the one before counts', async () => {
  const { stdout } = await run('sign-on', 'secret', 'wiki')
  assert.match(stdout, new RegExp(`client secret  ${secret}\n`))
  assert.match(stdout, /The secret before counts until 2026-03-01 09:00:00 UTC\./)
})

test('what the operator of the application enters there is shown, without the secret', async () => {
  const { stdout } = await run('sign-on', 'show', 'wiki')
  assert.match(stdout, /issuer {10}https:\/\/c\/oidc\n/)
  assert.match(stdout, /signed on {7}3\n/)
  assert.ok(!stdout.includes(secret))
})

test('a registration is removed', async () => {
  const { stdout } = await run('sign-on', 'remove', 'wiki')
  assert.deepEqual(server.asked, ['DELETE /api/applications/wiki/sign-on'])
  assert.equal(stdout, '`wiki` may ask no longer who someone is.\n')
})

test('the coverage is shown with what is in use past it, which is a finding', async () => {
  const { stdout, code } = await run('coverage', '--days', '7')
  assert.deepEqual(server.asked, ['GET /api/applications/sign-on?days=7'])
  assert.equal(code, 8)
  assert.match(stdout, /applications {2}1 of 3, 33 % {2}\(gateway 1, oidc 0, saml 0, none 2\)/)
  assert.match(stdout, /sign-ins {6}8 of 10, 80 %, in 7 days/)
  assert.match(stdout, /In use and signed on nowhere:\n {2}old, seen in decisions/)
})

async function run(...words: string[]) {
  const world = testWorld({ environment: { COUNTERSIGN_DATA_DIR: dataDir } })
  const code = await execute(['applications', ...words], { version: '0', commands }, world)
  return { code, stdout: world.written.stdout }
}
