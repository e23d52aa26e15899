// The runner is what everyone trusts to say no, so here it is shown to say no.

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'

const passing = `import { test } from 'node:test'
test('water is wet', () => {})`

const failing = `import { test } from 'node:test'
test('water is dry', () => { throw new Error('it is wet') })`

const needsChromium = `import { test } from 'node:test'
import { lacking, requirePart } from ${JSON.stringify(new URL('parts.ts', import.meta.url).href)}
test('a page opens', { skip: await lacking('chromium') }, () => {})
test('a page closes', async (t) => { if (!(await requirePart(t, 'chromium'))) return })`

const skippedSilently = `import { test } from 'node:test'
test('some other day', { skip: true }, () => {})`

const rows = [
  {
    name: 'a run in which all tests pass succeeds and says that nothing was left out',
    files: { 'a.test.ts': passing, 'deep/below/b.test.ts': passing },
    succeeds: true,
    says: [/Nothing was left out\./, /tests 2/, /pass 2/],
  },
  {
    name: 'one failing test fails the run',
    files: { 'a.test.ts': passing, 'b.test.ts': failing },
    succeeds: false,
    says: [/water is dry/, /pass 1/, /fail 1/],
  },
  {
    name: 'a file that does not load fails the run',
    files: { 'a.test.ts': passing, 'b.test.ts': `import './nowhere.ts'` },
    succeeds: false,
    says: [/ERR_MODULE_NOT_FOUND/, /fail 1/],
  },
  {
    name: 'a file that holds no test fails the run',
    files: { 'a.test.ts': passing, 'b.test.ts': 'export {}' },
    succeeds: false,
    says: [/b\.test\.ts` holds no test/],
  },
  {
    name: 'a folder without tests fails the run',
    files: { 'a.ts': passing },
    succeeds: false,
    says: [/no test file matches/],
  },
  {
    name: 'tests of installed packages and of built files are not ours',
    files: {
      'a.test.ts': passing,
      'node_modules/x/b.test.ts': failing,
      'c/dist/d.test.ts': failing,
    },
    succeeds: true,
    says: [/tests 1/],
  },
  {
    name: 'only files that match a fragment run',
    files: { 'gateway/a.test.ts': passing, 'server/b.test.ts': failing },
    fragments: ['gateway/'],
    succeeds: true,
    says: [/tests 1/],
  },
  {
    name: 'a part that is lacking is named with what to install, and the run succeeds',
    files: { 'a.test.ts': needsChromium },
    without: 'chromium',
    succeeds: true,
    says: [/Left out on this machine:\n {2}Chromium .*: 2 tests or suites/, /to have it: /],
  },
  {
    name: 'on a build server a part that is lacking fails the run',
    files: { 'a.test.ts': needsChromium },
    without: 'chromium',
    ci: true,
    succeeds: false,
    says: [/the run has failed/],
  },
  {
    name: 'a test that is skipped without naming a part is named',
    files: { 'a.test.ts': skippedSilently },
    succeeds: true,
    says: [/1 test or suite without naming a part \(true\): `some other day`/],
  },
  {
    name: 'on a build server a test that is skipped without naming a part fails the run',
    files: { 'a.test.ts': skippedSilently },
    ci: true,
    succeeds: false,
    says: [/some other day/],
  },
] as const satisfies readonly Row[]

type Row = {
  readonly name: string
  readonly files: Readonly<Record<string, string>>
  readonly fragments?: readonly string[]
  readonly without?: string
  readonly ci?: boolean
  readonly succeeds: boolean
  readonly says: readonly RegExp[]
}

for (const row of rows as readonly Row[]) {
  test(row.name, async (t) => {
    const { code, output } = await runIn(await folderOf(t, row.files), row)
    for (const words of row.says) assert.match(output, words)
    assert.equal(code, row.succeeds ? 0 : 1, output)
  })
}

test('what was left out stands just before the counts of the runner', async (t) => {
  const root = await folderOf(t, { 'a.test.ts': needsChromium })
  const { output } = await runIn(root, { without: 'chromium' })
  assert.match(
    output,
    /Left out on this machine:\n(?: {2}.*\n)+\n. tests \d+\n(?:. \w+ [\d.]+\n)+$/,
  )
})

test('a run that is ended ends the processes of its tests', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  const waits = `import { test } from 'node:test'
  import { connect } from 'node:net'
  test('for ever', () => new Promise(() => connect(${address.port}, '127.0.0.1')))`
  const root = await folderOf(t, { 'a.test.ts': waits })
  const connected = once(server, 'connection') as Promise<[Socket]>
  const { child, ended } = await startIn(root, {})
  const [socket] = await connected
  const closed = once(
    socket.on('error', () => undefined),
    'close',
  )
  child.kill('SIGTERM')
  await closed
  const { code, output } = await ended
  assert.equal(code, 1, output)
})

async function folderOf(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'countersign-runner-'))
  t.after(() => rm(root, { recursive: true }))
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(root, dirname(path)), { recursive: true })
    await writeFile(join(root, path), content)
  }
  return root
}

type Conditions = Pick<Row, 'fragments' | 'without' | 'ci'>

type Ended = { readonly code: number | null; readonly output: string }

async function runIn(root: string, conditions: Conditions): Promise<Ended> {
  const { ended } = await startIn(root, conditions)
  return ended
}

async function startIn(
  root: string,
  { fragments = [], without, ci = false }: Conditions,
): Promise<{ readonly child: ChildProcess; readonly ended: Promise<Ended> }> {
  const script = join(root, 'run.mjs')
  await writeFile(
    script,
    `import { runTests } from ${JSON.stringify(new URL('runner.ts', import.meta.url).href)}
    const controller = new AbortController()
    process.once('SIGTERM', () => controller.abort())
    const wanted = ${JSON.stringify({ root, fragments, strict: ci })}
    process.exitCode = (await runTests({ ...wanted, signal: controller.signal })) ? 0 : 1`,
  )
  const environment: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: '1' }
  // Node's runner sets this for its children, and refuses to run within a run.
  delete environment['NODE_TEST_CONTEXT']
  if (without !== undefined) environment['COUNTERSIGN_TEST_WITHOUT'] = without
  const child = spawn(process.execPath, [script], { env: environment })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, output }))
  return { child, ended }
}
