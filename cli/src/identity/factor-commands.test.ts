import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { commands } from '#commands'
import { controlSocket } from '#control.client'
import { execute } from '#execute'
import { type FakeServer, startFakeServer } from '../../fakes/control-server.ts'
import { testWorld } from '../../fakes/world.ts'

const aaguid = '2fc0579f-8113-47ea-b116-bb5a8db9202a'
const id = 'a'.repeat(64)
const link = {
  id,
  url: 'http://countersign.localhost:7400/signin/enrol#secret',
  state: 'open',
  opensAt: 1_772_355_600_000,
  endsAt: 1_772_442_000_000,
}
const summary = {
  id,
  person: 'ada',
  name: 'Ada',
  purpose: 'first',
  state: 'waiting',
  issuedAt: 1_772_355_600_000,
  issuedBy: 'Person::"bob"',
  opensAt: 1_772_355_600_000,
  endsAt: 1_772_442_000_000,
}
const policy = { hardwareKeys: [], otpGroups: ['field-crew'], recoveryWaitMinutes: 30 }

let dataDir: string
let server: FakeServer
before(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'countersign-cli-'))
  server = await startFakeServer(controlSocket(dataDir))
})
beforeEach(() => {
  server.asked.length = 0
  server.state.sent = ''
  server.state.answers = {
    'POST /api/identity/enrolments': link,
    'GET /api/identity/enrolments': { enrolments: [summary] },
    [`POST /api/identity/enrolments/${id}`]: { ...summary, state: 'open' },
    [`DELETE /api/identity/enrolments/${id}`]: {},
    'GET /api/identity/factors': policy,
    'PUT /api/identity/factors': policy,
  }
})
after(async () => {
  await server[Symbol.asyncDispose]()
  await rm(dataDir, { recursive: true })
})

test('a link for enrolling is shown once, with how long it works', async () => {
  const { code, stdout } = await identity('enrol', 'issue', 'ada', '--minutes', '15')
  assert.equal(code, 0)
  assert.deepEqual(JSON.parse(server.state.sent), { person: 'ada', validMinutes: 15 })
  assert.equal(
    stdout,
    `\`ada\` may register a passkey with this, once, until 2026-03-02 09:00:00 UTC:

  ${link.url}
`,
  )
})

test('a link that waits for a second administrator says so, and under which id', async () => {
  server.state.answers = { 'POST /api/identity/enrolments': { ...link, state: 'waiting' } }
  const { stdout } = await identity('enrol', 'issue', 'ada')
  assert.match(stdout, /another administrator has to confirm it/)
  assert.ok(stdout.includes(id))
})

test('links are listed without their secret, confirmed and revoked', async () => {
  assert.equal(
    (await identity('enrol', 'list')).stdout,
    `  ada, waits to be confirmed, first passkey, until 2026-03-02 09:00:00 UTC, by Person::"bob", ${id}\n`,
  )
  assert.equal((await identity('enrol', 'confirm', id)).stdout, 'The link for `ada` works now.\n')
  assert.equal((await identity('enrol', 'revoke', id)).stdout, 'The link is worthless now.\n')
})

test('the factors that count are shown in words', async () => {
  assert.equal(
    (await identity('factors')).stdout,
    `Passkeys count, always.
Hardware keys: no model counts as one.
Codes from an app: on for the groups field-crew.
After a loss, a new passkey can be registered 30 min after a second person confirmed.
`,
  )
})

test('a model of hardware key is allowed with the roots of its maker, and the rest stays', async () => {
  const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'
  const roots = join(dataDir, 'roots.pem')
  await writeFile(roots, `a comment\n${pem}\n${pem}\n`)
  const words = ['factors', 'allow-key', aaguid.toUpperCase(), '--name', 'Key', '--roots', roots]
  assert.equal((await identity(...words)).code, 0)
  assert.deepEqual(JSON.parse(server.state.sent), {
    ...policy,
    hardwareKeys: [{ aaguid, name: 'Key', roots: [pem, pem] }],
  })
})

const changes = [
  ['allow-codes', 'travellers', { otpGroups: ['field-crew', 'travellers'] }],
  ['forbid-codes', 'field-crew', { otpGroups: [] }],
  ['recovery-wait', '5', { recoveryWaitMinutes: 5 }],
] as const
for (const [verb, of, changed] of changes) {
  test(`\`${verb}\` changes one thing and leaves the rest`, async () => {
    await identity('factors', verb, of)
    assert.deepEqual(JSON.parse(server.state.sent), { ...policy, ...changed })
  })
}

const mistakes = [
  ['enrol'],
  ['enrol', 'issue'],
  ['enrol', 'list', 'ada'],
  ['enrol', 'toString', 'ada'],
  ['factors', 'allow-key'],
  ['factors', 'toString', 'x'],
  ['factors', 'recovery-wait', 'soon'],
  ['factors', 'allow-key', aaguid, '--roots', '/nowhere/at/all.pem'],
]
for (const words of mistakes) {
  test(`\`identity ${words.join(' ')}\` changes nothing and says what would`, async () => {
    assert.equal((await identity(...words)).code, 2)
    assert.equal(server.state.sent, '')
  })
}

async function identity(...words: string[]) {
  const world = testWorld({ environment: { COUNTERSIGN_DATA_DIR: dataDir } })
  const code = await execute(['identity', ...words], { version: '0', commands }, world)
  return { code, stdout: world.written.stdout }
}
