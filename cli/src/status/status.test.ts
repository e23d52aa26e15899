import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { commands } from '#commands'
import { controlSocket } from '#control.client'
import { execute } from '#execute'
import { type FakeServer, startFakeServer } from '../../fakes/control-server.ts'
import { noonMs } from '../../fakes/decisions.ts'
import { type TestWorld, testWorld } from '../../fakes/world.ts'

let dataDir: string
let server: FakeServer

before(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'countersign-cli-'))
  server = await startFakeServer(controlSocket(dataDir))
})
beforeEach(() => {
  server.state.ready = true
  server.state.setupNeeded = false
  server.state.gateways = [gateway({})]
})
after(async () => {
  await server[Symbol.asyncDispose]()
  await rm(dataDir, { recursive: true })
})

test('the status is a glance at everything', async () => {
  assert.equal(
    (await status()).written.stdout.replaceAll(dataDir, '/data'),
    `Harbour Health

  server    ready       /data/control.sock
  store     answers     0 decisions kept
  policies  release 3   17 policies, made 2 h ago (rel_three)
  gateway   up to date  edge (gw_one), heard 2 s ago

  Last 24 hours: 1,200 allowed, 34 refused, 5 asked for a fresh sign-in.
  1,200 people, 2,500 workloads, 80 groups, 900 devices, 40 applications, 3 sessions.
`,
  )
})

test('a gateway that lags or is silent is seen', async () => {
  server.state.gateways = [
    gateway({ behind: 1204 }),
    gateway({ id: 'gw_two', seenAt: noonMs - 600_000 }),
  ]
  const { stdout } = (await status()).written
  assert.match(stdout, /gateway {3}1,204 behind +edge \(gw_one\)/)
  assert.match(stdout, /gateway {3}silent +edge \(gw_two\), heard 11 min ago/)
})

test('an application that a gateway found not to work is named, and makes the whole unhealthy', async () => {
  const failing = { application: 'payroll', since: noonMs - 120_000, why: 'it answered 503' }
  server.state.gateways = [gateway({ failing: [failing] })]
  const { stdout } = (await status()).written
  assert.match(stdout, /finds +payroll not working since 3 min ago: it answered 503/)
  const json = JSON.parse((await status('--json')).written.stdout) as { healthy: boolean }
  assert.equal(json.healthy, false)
})

test('an installation without gateway or administrator says what comes next', async () => {
  server.state.gateways = []
  server.state.setupNeeded = true
  const { stdout } = (await status()).written
  assert.match(stdout, /gateway {3}none +`countersign networks invite` lets one enrol/)
  assert.match(stdout, /Nobody has set it up yet: `countersign up` prints a link\./)
})

const healths = [
  ['all is well', {}, true],
  ['the store is away', { ready: false }, false],
  ['no gateway', { gateways: [] }, false],
  ['a silent gateway', { gateways: [gateway({ seenAt: noonMs - 3_600_000 })] }, false],
] as const

test('a script sees in one word whether all is well', async () => {
  for (const [name, state, expected] of healths) {
    Object.assign(server.state, { ready: true, gateways: [gateway({})], ...state })
    const world = await status('--json')
    assert.equal((JSON.parse(world.written.stdout) as { healthy: boolean }).healthy, expected, name)
  }
})

test('an invitation says how a gateway uses it', async () => {
  const world = testWorld({ environment: { COUNTERSIGN_DATA_DIR: dataDir } })
  assert.equal(await execute(['networks', 'invite'], { version: '0', commands }, world), 0)
  assert.equal(
    world.written.stdout,
    'One gateway may enrol with this, until 2026-03-01 21:20:00 UTC:\n\n  countersign gateway --enrol one-time-token\n',
  )
})

async function status(...more: string[]): Promise<TestWorld> {
  const world = testWorld({ environment: { COUNTERSIGN_DATA_DIR: dataDir } })
  const code = await execute(['status', ...more], { version: '0', commands }, world)
  assert.equal(code, 0, world.written.stderr)
  return world
}

function gateway(changes: object): FakeServer['state']['gateways'][number] {
  return {
    id: 'gw_one',
    name: 'edge',
    sequence: 12,
    seenAt: noonMs + 58_000,
    behind: 0,
    failing: [],
    ...changes,
  }
}
