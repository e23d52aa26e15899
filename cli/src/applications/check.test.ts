import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
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
after(async () => {
  await server[Symbol.asyncDispose]()
  await rm(dataDir, { recursive: true })
})

const owned = { check: 'owner', passed: true, finding: 'tier 1, owned by Ada\u001b[2J' } as const
const unreviewed = {
  check: 'review',
  passed: false,
  finding: 'the policy `p` has no date of review',
  next: 'set `@review`',
} as const

test('an application that is ready says so, and the command succeeds', async () => {
  server.state.checks = [owned]
  const { code, stdout } = await check('payroll')
  assert.equal(code, 0)
  assert.equal(
    stdout,
    '  ok    owner  tier 1, owned by Ada\\u{1b}[2J\n\n`payroll` is ready to be published.\n',
  )
})

test('what is left to do is shown below what was found, and the exit code says that there is some', async () => {
  server.state.checks = [owned, unreviewed]
  const { code, stdout } = await check('payroll')
  assert.equal(code, 8)
  assert.equal(
    stdout,
    `  ok    owner   tier 1, owned by Ada\\u{1b}[2J
  todo  review  the policy \`p\` has no date of review
                set \`@review\`

\`payroll\` is not ready to be published: 1 of 2 to do.
`,
  )
})

test('a script gets the same as JSON, with the same exit code', async () => {
  server.state.checks = [unreviewed]
  const { code, stdout } = await check('payroll', '--json')
  assert.equal(code, 8)
  assert.deepEqual(JSON.parse(stdout), {
    application: 'payroll',
    ready: false,
    checks: [unreviewed],
  })
})

test('an application that does not exist is told apart from one that is not ready', async () => {
  assert.equal((await check('nowhere')).code, 5)
})

async function check(...words: string[]): Promise<{ code: number; stdout: string }> {
  const world = testWorld({ environment: { COUNTERSIGN_DATA_DIR: dataDir } })
  const code = await execute(['applications', 'check', ...words], { version: '0', commands }, world)
  return { code, stdout: world.written.stdout }
}
