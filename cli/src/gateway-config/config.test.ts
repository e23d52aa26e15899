import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { Application } from '@countersign/contract/documents'
import { proxies } from '@countersign/contract/external'
import { commands } from '#commands'
import { controlSocket } from '#control.client'
import { execute } from '#execute'
import { type FakeServer, startFakeServer } from '../../fakes/control-server.ts'
import { type TestWorld, testWorld } from '../../fakes/world.ts'

const secret = 'a-secret-for-tests-0123456789-abcdef'

function application(id: string, more: Partial<Application> = {}): Application {
  return {
    id,
    name: id,
    tier: 2,
    hosts: [`${id}.example.com`],
    upstream: 'http://127.0.0.1:9000',
    kind: 'web',
    groups: [],
    ...more,
  }
}

let dataDir: string
let server: FakeServer

before(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'countersign-cli-'))
  server = await startFakeServer(controlSocket(dataDir))
})
beforeEach(() => {
  server.state.applications = ['countersign', 'payroll', 'wiki'].map((id) => application(id))
})
after(async () => {
  await server[Symbol.asyncDispose]()
  await rm(dataDir, { recursive: true })
})

async function run(
  words: readonly string[],
  more: Readonly<Record<string, string>> = { COUNTERSIGN_GATEWAY_EXTERNAL_SECRET: secret },
): Promise<{ readonly code: number; readonly world: TestWorld }> {
  const world = testWorld({
    environment: { COUNTERSIGN_DATA_DIR: dataDir, ...more },
    directory: dataDir,
  })
  const code = await execute(['gateway', 'config', ...words], { version: '0', commands }, world)
  return { code, world }
}

describe('gateway config', () => {
  it('prints a configuration with every application of every page', async () => {
    const { code, world } = await run(['nginx'])
    assert.equal(code, 0, world.written.stderr)
    for (const part of [
      'payroll.example.com',
      'wiki.example.com',
      'countersign.example.com',
      secret,
    ]) {
      assert.ok(world.written.stdout.includes(part), part)
    }
  })

  it('writes its files where it is told, for nobody else to read', async () => {
    for (const proxy of proxies) {
      const { code, world } = await run([proxy, '--output', 'out'])
      assert.equal(code, 0, world.written.stderr)
      assert.equal(world.written.stdout, '')
    }
    const path = join(dataDir, 'out', 'countersign.lua')
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    assert.ok((await readFile(path, 'utf8')).includes(secret))
    const config = await readFile(join(dataDir, 'out', 'haproxy.cfg'), 'utf8')
    assert.ok(config.includes(`lua-load ${path}`))
  })

  it('takes one application alone, with the console where people sign in', async () => {
    const { world } = await run(['caddy', '--application', 'wiki'])
    assert.doesNotMatch(world.written.stdout, /payroll/)
    assert.match(world.written.stdout, /wiki\.example\.com/)
    assert.match(world.written.stdout, /countersign\.example\.com/)
  })

  it('leaves out what is only in the inventory, and says so', async () => {
    const { upstream: _, ...kept } = application('zoo')
    server.state.applications = [...server.state.applications, kept]
    const { code, world } = await run(['nginx'])
    assert.equal(code, 0)
    assert.match(world.written.stderr, /cannot serve them: zoo\./)
  })

  it('takes the secret from a file or from standard input', async () => {
    await writeFile(join(dataDir, 'secret'), `${'f'.repeat(40)}\n`)
    const { world } = await run(['nginx', '--secret-file', 'secret'])
    assert.ok(world.written.stdout.includes('f'.repeat(40)))
  })

  const wrong: readonly (readonly [readonly string[], RegExp, Record<string, string>?])[] = [
    [['apache'], /no adapter for that proxy/],
    [['nginx', '--application', 'nothing'], /no application `nothing`/],
    [['nginx', '--listen', '80; }'], /neither a port nor/],
    [['nginx', '--certificate', '/c.pem'], /needs its key/],
    [['nginx'], /openssl rand -hex 32/, { COUNTERSIGN_GATEWAY_EXTERNAL_SECRET: 'short' }],
    [['nginx'], /there is no secret/, {}],
    [['nginx', '--secret-file', 'missing'], /cannot be read \(ENOENT\)/],
    [['haproxy'], /has 2 files/],
  ]
  for (const [words, message, environment] of wrong) {
    it(`refuses \`${words.join(' ')}\` with what to do about it`, async () => {
      const { code, world } = await run(words, environment)
      assert.notEqual(code, 0)
      assert.match(world.written.stderr, message)
      assert.equal(world.written.stdout, '')
    })
  }

  it('class 21: refuses an application that would write a line of its own', async () => {
    server.state.applications = [application('evil', { upstream: 'http://127.0.0.1:1/;#}' })]
    const { code, world } = await run(['nginx'])
    assert.equal(code, 2)
    assert.match(world.written.stderr, /`evil` does not fit/)
  })

  it('is found beside the command that runs a gateway', async () => {
    const world = testWorld({ environment: {} })
    assert.equal(
      await execute(['gateway', 'config', '--help'], { version: '0', commands }, world),
      0,
    )
    assert.match(world.written.stdout, /countersign gateway config <proxy>/)
    assert.equal(await execute(['gateway', 'confg'], { version: '0', commands }, world), 2)
  })
})

describe('gateway config --check', () => {
  async function checked(listener: RequestListener) {
    const proxy = createServer(listener).listen(0, '127.0.0.1')
    await new Promise((resolve) => proxy.once('listening', resolve))
    const { port } = proxy.address() as AddressInfo
    try {
      return await run(['nginx', '--check', `http://app.localhost:${port}/`], {})
    } finally {
      proxy.closeAllConnections()
      proxy.close()
    }
  }
  const refusal: RequestListener = (_, response) => {
    response.writeHead(401, { 'countersign-decision': 'dec_1', connection: 'close' }).end()
  }

  it('finds nothing open where everything is refused', async () => {
    const { code, world } = await checked(refusal)
    assert.equal(code, 0, world.written.stderr)
    assert.match(world.written.stdout, /All \d+ are closed/)
    assert.doesNotMatch(world.written.stdout, /OPEN/)
  })

  it('names what is open, by its class', async () => {
    const { code, world } = await checked((request, response) => {
      if (request.headers['x-original-url'] === undefined) refusal(request, response)
      else response.writeHead(200, { connection: 'close' }).end('the application')
    })
    assert.equal(code, 8)
    assert.match(world.written.stdout, /OPEN {4}class {2}6 {2}header `X-Original-URL/)
    assert.match(world.written.stdout, /1 of \d+ are open/)
  })

  it('learns nothing from an application that is open to everyone, or that is not asked about', async () => {
    const open = await checked((_, response) => response.end('welcome'))
    assert.match(open.world.written.stderr, /answers 200 to a visitor who is not signed in/)
    const dead = await checked((_, response) => response.writeHead(502).end())
    assert.match(dead.world.written.stderr, /the gateway was not asked/)
    const nobody = await run(['nginx', '--check', 'http://127.0.0.1:1'], {})
    assert.match(nobody.world.written.stderr, /cannot be reached/)
    const wrong = await run(['nginx', '--check', 'ftp://x'], {})
    assert.match(wrong.world.written.stderr, /not an http or https address/)
  })
})
