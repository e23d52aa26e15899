import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { defaultCadence } from '@countersign/contract/cadence'
import { commands } from '#commands'
import { controlSocket } from '#control.client'
import { execute } from '#execute'
import { type FakeServer, startFakeServer } from '../../fakes/control-server.ts'
import { testWorld } from '../../fakes/world.ts'

const at = 1_772_355_600_000
const session = {
  id: 'ses_1',
  kind: 'browser',
  startedAt: at,
  endsAt: at + 43_200_000,
  lastUsedAt: at,
  proof: { method: 'passkey', strength: 3, phishingResistant: true, observedAt: at },
  seen: { network: '192.0.2.0/24', browser: 'firefox', platform: 'linux' },
  contestedAt: at,
  person: 'ada',
  personName: 'Ada\u001b[31m',
}
const account = { person: 'glass-1', name: 'Glass One', since: at, methods: ['hardware-key'] }
const use = {
  id: 'bgu_1',
  person: 'glass-1',
  session: 'ses_2',
  at,
  method: 'hardware-key',
  isDrill: false,
}
const finding = { kind: 'use-not-acknowledged', person: 'glass-1', use: 'bgu_1', words: 'explain' }

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
    'GET /api/identity/sessions': { items: [session], total: 1 },
    'POST /api/identity/sessions/ses_1/end': { ended: 1 },
    'POST /api/identity/people/ada/sessions/end': { ended: 3 },
    'GET /api/identity/cadence': { cadence: defaultCadence, isDefault: true, policies: [] },
    'PUT /api/identity/cadence': { release: 7 },
    'GET /api/identity/break-glass': { accounts: [account], uses: [use], findings: [finding] },
    'POST /api/identity/break-glass/uses/bgu_1/acknowledgement': use,
    'PUT /api/identity/break-glass/glass-2': {},
  }
})
after(async () => {
  await server[Symbol.asyncDispose]()
  await rm(dataDir, { recursive: true })
})

test('who is signed in where is listed, and nothing a name says moves the terminal', async () => {
  const { code, stdout } = await identity('sessions', 'list', '--person', 'ada', '--contested')
  assert.equal(code, 0)
  assert.deepEqual(server.asked, ['GET /api/identity/sessions?limit=500&person=ada&contested=1'])
  assert.match(stdout, /Ada\\u\{1b\}\[31m, firefox on linux, 192\.0\.2\.0\/24, passkey, used /)
  assert.match(stdout, /SEEN ON TWO DEVICES, ses_1/)
})

test('a session is ended with a reason, and not without', async () => {
  const { stdout } = await identity('sessions', 'end', 'ses_1', '--reason', 'laptop lost')
  assert.deepEqual(JSON.parse(server.state.sent), { reason: 'laptop lost' })
  assert.equal(stdout, 'One session has ended.\n')
  assert.equal((await identity('sessions', 'end', 'ses_1')).code, 2)
  assert.equal((await identity('sessions', 'end')).code, 2)
})

test('every session of a person is ended', async () => {
  const { stdout } = await identity('sessions', 'end-all', 'ada', '--reason', 'left')
  assert.equal(stdout, '3 sessions have ended.\n')
})

test('the cadence is shown as a table', async () => {
  const { stdout } = await identity('cadence', 'show')
  assert.match(stdout, /tier 0: a sign-in of the last 15 minutes, a passkey or another/)
  assert.match(stdout, /tier 1: a sign-in of the last 4 hours, any sign-in/)
  assert.match(stdout, /ends after 1 hour/)
})

test('one tier is changed, and the others stay', async () => {
  const { stdout } = await identity('cadence', 'set', '1', '2h', '--strength', '2')
  const [zero, , two, three] = defaultCadence.tiers
  assert.deepEqual(JSON.parse(server.state.sent), {
    tiers: [zero, { maxAgeSeconds: 7200, minStrength: 2 }, two, three],
    idleSeconds: 3600,
  })
  assert.match(stdout, /In force with release 7\./)
})

test('a time that ages do not show, or that is none, is a mistake', async () => {
  for (const words of [['set', '1', '90min'], ['set', '4', '1h'], ['idle', 'soon'], ['forget']]) {
    assert.equal((await identity('cadence', ...words)).code, 2, words.join(' '))
  }
  assert.ok(!server.asked.some((it) => it.startsWith('PUT')))
})

test('what is wrong with accounts of the last resort is shown, and ends with code 8', async () => {
  const { code, stdout } = await identity('break-glass', 'list')
  assert.equal(code, 8)
  assert.match(stdout, /Glass One \(glass-1\), hardware-key, never drilled/)
  assert.match(stdout, /! explain/)
})

test('a use is acknowledged with what happened', async () => {
  const text = 'the provider was down for an hour'
  const given = await identity('break-glass', 'acknowledge', 'bgu_1', '--post-mortem', text)
  assert.equal(given.code, 0)
  assert.deepEqual(JSON.parse(server.state.sent), { postMortem: text })
  assert.equal((await identity('break-glass', 'acknowledge', 'bgu_1')).code, 2)
})

test('an account becomes one of the last resort', async () => {
  const { stdout } = await identity('break-glass', 'add', 'glass-2')
  assert.equal(stdout, '`glass-2` is an account of the last resort now.\n')
})

async function identity(...words: string[]) {
  const world = testWorld({ environment: { COUNTERSIGN_DATA_DIR: dataDir } })
  const code = await execute(['identity', ...words], { version: '0', commands }, world)
  return { code, stdout: world.written.stdout }
}
