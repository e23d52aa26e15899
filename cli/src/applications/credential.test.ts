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

test('a secret goes from standard input to the server, and is shown to nobody', async () => {
  const given = await credential('pass word\n', 'set', 'payroll', '--user', 'robot')
  assert.equal(given.code, 0)
  assert.deepEqual(server.asked, ['PUT /api/applications/payroll/credentials'])
  assert.deepEqual(JSON.parse(server.state.sent), { secret: 'pass word', user: 'robot' })
  assert.equal(given.stdout, 'The credential of `payroll` is set.\n')
  assert.ok(!given.everything.includes('pass word'))
})

test('a secret may be that of one person', async () => {
  const given = await credential('x', 'set', 'payroll', '--person', 'ada', '--user', 'a', '--json')
  assert.deepEqual(JSON.parse(server.state.sent), { secret: 'x', user: 'a', person: 'ada' })
  assert.deepEqual(JSON.parse(given.stdout), { application: 'payroll' })
})

test('whose credentials there are is shown, and since when', async () => {
  const { stdout } = await credential('', 'list', 'payroll')
  assert.equal(stdout, '  ada, since 2026-03-01 09:00:00 UTC, by Person::"bob"\n')
})

test('a credential is removed', async () => {
  const { stdout } = await credential('', 'remove', 'payroll', '--person', 'ada')
  assert.deepEqual(server.asked, ['DELETE /api/applications/payroll/credentials?person=ada'])
  assert.equal(stdout, 'The credential of `ada` at `payroll` is removed.\n')
})

test('without a secret nothing is asked of the server, and no other word will do', async () => {
  assert.equal((await credential('\n', 'set', 'payroll')).code, 2)
  assert.equal((await credential('x', 'show', 'payroll')).code, 2)
  assert.equal((await credential('x', 'toString', 'payroll')).code, 2)
  assert.deepEqual(server.asked, [])
})

async function credential(input: string, ...words: string[]) {
  const world = testWorld({ environment: { COUNTERSIGN_DATA_DIR: dataDir }, input })
  const argv = ['applications', 'credential', ...words]
  const code = await execute(argv, { version: '0', commands }, world)
  const { stdout, stderr } = world.written
  return { code, stdout, everything: stdout + stderr }
}
