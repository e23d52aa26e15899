import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import type { DecisionRecord } from '@countersign/contract/decision'
import { controlSocket } from '#control.client'
import { commands } from '#commands'
import { execute } from '#execute'
import { type FakeServer, startFakeServer } from '../../fakes/control-server.ts'
import { noonMs, refusal } from '../../fakes/decisions.ts'
import { type TestWorld, testWorld } from '../../fakes/world.ts'

let dataDir: string
let server: FakeServer
const product = { version: '0', commands }

before(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'countersign-cli-'))
  server = await startFakeServer(controlSocket(dataDir))
})
after(async () => {
  await server[Symbol.asyncDispose]()
  await rm(dataDir, { recursive: true })
})

const allowed: DecisionRecord = refusal({
  id: 'dec_01kaqvj8t9f3m5w7x9z1b3d5g8',
  at: noonMs + 1000,
  verdict: 'allow',
  principal: { type: 'Anonymous', id: 'anonymous' },
  resource: { type: 'Application', id: 'wiki' },
  resourceName: 'A wiki whose name is too long for its column',
  effective: { effect: 'allow', determining: ['wiki-open'], errors: [] },
  wouldBe: { effect: 'deny', determining: ['wiki-closed'], errors: [] },
})

test('a decision is a page that says who, what, why, and on which facts', async () => {
  server.state.decisions = [refusal()]
  const world = testWorld({ environment: { COUNTERSIGN_DATA_DIR: dataDir } })
  const code = await execute(['decisions', 'show', refusal().id], product, world)
  assert.equal(world.written.stderr, '')
  assert.equal(code, 0)
  assert.equal(world.written.stdout, refusalPage)
})

const refusalPage = `Ada Lovelace may not access Payroll.

  decision    dec_01kaqvj8t9f3m5w7x9z1b3d5g7
  when        2026-03-01 09:00:00 UTC, 1 min ago
  who         Ada Lovelace (Person::"ada"), in session ses_one
  what        access on Payroll (Application::"payroll")
  verdict     deny
  decided by  gateway gw_one in 21.4 µs, with release rel_three at feed position 12

Why
  No policy permits it.
  \`payroll-hr\` would permit it, but this does not hold:
      principal in Group::"hr"
      seen: principal = Person::"ada"

Facts
  network.address        127.0.0.1
  request.protocol       http
  request.method         GET
  request.host           payroll.localhost
  request.path           /salaries
  time.now               2026-03-01T09:00:00.000Z
  time.weekday           7
  time.hour              9
  session                                                                    2 h old
  authentication         method passkey, strength 3, phishingResistant true  3 min old  attested
  device.id              Device::"laptop-7"
  device.diskEncryption  true                                                1 h old    reported

Policies
  // payroll-hr
  permit (principal, action, resource);
`

test('what a policy in observation would have done is said', async () => {
  server.state.decisions = [allowed]
  const world = await run('decisions', 'show', allowed.id)
  assert.match(world.written.stdout, /^Someone not signed in may access A wiki/)
  assert.match(
    world.written.stdout,
    /Permitted by `wiki-open`\.\n {2}If every policy were enforced: deny\. Forbidden by `wiki-closed`\./,
  )
})

test('what an error of a policy was is said, and a step-up names its remedy', async () => {
  const record = refusal({
    verdict: 'step-up',
    effective: {
      effect: 'deny',
      determining: [],
      errors: [{ policy: 'odd', message: 'overflow' }],
    },
    context: {},
    explanation: [],
    gateway: 'server',
    action: 'policies.release',
  })
  server.state.decisions = [record]
  const { stdout } = (await run('decisions', 'show', record.id)).written
  assert.match(
    stdout,
    /^Ada Lovelace may do `policies.release` on Payroll, after a fresh sign-in\./,
  )
  assert.match(stdout, /A fresh sign-in with a passkey would make it an allow\./)
  assert.match(stdout, /`odd` could not be evaluated: overflow/)
  assert.match(stdout, /decided by {2}the server itself/)
  assert.match(stdout, /Facts\n {2}none/)
})

test('a clause over several lines stands as in its policy', async () => {
  const record = refusal({
    explanation: [
      {
        policy: 'portal',
        effect: 'permit',
        outcome: 'not-applicable',
        condition: 'principal.a ||\n    (\n      principal.b\n    )',
        observed: [{ path: 'principal', value: '{"__entity":{"type":"Person","id":"ada"}}' }],
      },
    ],
  })
  server.state.decisions = [record]
  const { stdout } = (await run('decisions', 'show', record.id)).written
  assert.ok(
    stdout.includes(
      [
        '  `portal` does not speak of this:',
        '      principal.a ||',
        '      (',
        '        principal.b',
        '      )',
        '      seen: principal = Person::"ada"',
      ].join('\n'),
    ),
    stdout,
  )
})

test('a path cannot repaint the terminal of who reads the decision', async () => {
  const record = refusal({
    principalName: 'Eve\u001b[31m',
    context: { request: { path: '/\u001b]0;owned\u0007' } },
  })
  server.state.decisions = [record]
  const shown = await run('decisions', 'show', record.id)
  for (const control of ['\u001b', '\u0007']) assert.ok(!shown.written.stdout.includes(control))
})

test('with --json a decision is the whole record', async () => {
  server.state.decisions = [refusal()]
  const world = await run('decisions', 'show', '--json', refusal().id)
  assert.deepEqual((JSON.parse(world.written.stdout) as { record: unknown }).record, refusal())
})

test('a decision that does not exist ends with its own code', async () => {
  server.state.decisions = []
  const world = testWorld({ environment: { COUNTERSIGN_DATA_DIR: dataDir } })
  assert.equal(await execute(['decisions', 'show', 'dec_none'], product, world), 5)
  assert.match(world.written.stderr, /there is no such decision.*\n {2}check the id/)
})

test('without a server the message says how to get one', async () => {
  const world = testWorld()
  const args = ['decisions', 'show', 'dec_none', '--data-dir', '/nonexistent']
  assert.equal(await execute(args, product, world), 3)
  assert.equal(
    world.written.stderr,
    'countersign: no server answers at `/nonexistent/control.sock`\n  start one with `countersign up`, or name its data directory with `--data-dir`\n',
  )
})

describe('a tail', () => {
  let dataDir: string
  let server: FakeServer
  let world: TestWorld
  let done: Promise<number>

  const tail = (...more: string[]): void => {
    done = execute(['decisions', 'tail', ...more], product, world)
  }

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'countersign-cli-'))
    server = await startFakeServer(controlSocket(dataDir))
    world = testWorld({ environment: { COUNTERSIGN_DATA_DIR: dataDir } })
  })
  afterEach(async () => {
    world.askToStop()
    await done
    await server[Symbol.asyncDispose]()
    await rm(dataDir, { recursive: true })
  })

  test('shows the last decisions, then each as it is made, once', async () => {
    server.state.decisions = [refusal()]
    tail()
    await world.said(refusal().id)
    await server.followed(1)
    server.decide(allowed)
    await world.said(allowed.id)
    world.askToStop()
    assert.equal(await done, 0)
    assert.equal(world.written.stderr, '')
    assert.equal(
      world.written.stdout,
      [
        '09:00:00  deny     Ada Lovelace                Payroll                 GET /salaries  dec_01kaqvj8t9f3m5w7x9z1b3d5g7',
        '09:00:01  allow    someone not signed in       A wiki whose name is …  GET /salaries (would be deny)  dec_01kaqvj8t9f3m5w7x9z1b3d5g8',
        '',
      ].join('\n'),
    )
  })

  test('comes back when it lost the server, and shows what it missed', async () => {
    tail('--json', '--last', '0')
    await server.followed(1)
    server.decide(refusal())
    await world.said(refusal().id)
    server.state.decisions.push(allowed)
    server.breakOff()
    await world.said(allowed.id)
    world.askToStop()
    assert.equal(await done, 0)
    const lines = world.written.stdout.trim().split('\n')
    const ids = lines.map((line) => (JSON.parse(line) as { id: string }).id)
    assert.deepEqual(ids, [refusal().id, allowed.id])
    assert.equal(
      world.written.stderr,
      '-- the server broke off; connecting again\n-- connected again\n',
    )
  })

  test('asks for what its filters say', async () => {
    server.state.decisions = [refusal(), allowed]
    tail('--verdict', 'allow', '--application', 'wiki', '--principal', 'anonymous', '--own')
    await world.said(allowed.id)
    assert.ok(!world.written.stdout.includes(refusal().id))
    const streamed = server.asked.find((line) => line.includes('/stream')) ?? ''
    assert.match(streamed, /\?principal=anonymous&application=wiki&verdict=allow&own=1$/)
  })

  test('ends when it is refused, and does not try again', async () => {
    server.state.problem = 'access.denied'
    tail()
    assert.equal(await done, 4)
  })
})

async function run(...argv: string[]): Promise<TestWorld> {
  const world = testWorld({ environment: { COUNTERSIGN_DATA_DIR: dataDir } })
  assert.equal(await execute(argv, product, world), 0, world.written.stderr)
  return world
}
