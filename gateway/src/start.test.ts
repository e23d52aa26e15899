// Starting, stopping, and living through the absence of everyone else.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { type Link, verifyChain } from '@countersign/contract/chain'
import type { DecisionRecord } from '@countersign/contract/decision'
import { changesType } from '@countersign/contract/feed'
import type { ProblemDetails } from '@countersign/contract/problems'
import type { FileSystem } from '#decisions/file-system'
import { person, World } from './world.fake.ts'

const main = join(import.meta.dirname, 'main.ts')

describe('a gateway without its control plane', () => {
  it('serves at once from disk, and follows again when the server is back', async (t) => {
    const world = await World.begin()
    t.after(() => world.end())
    const { cookie } = await world.signIn('bob', 'wiki.localhost')
    await world.stopGateway()
    await world.plane.stop()
    await world.startGateway({})
    const get = async () =>
      (await world.request('wiki.localhost', '/', { headers: { cookie } })).statusCode
    assert.equal(await get(), 200)
    assert.match(world.logLines.join(''), /facts are restored from disk/)
    await world.plane.start()
    await world.plane.remove('person', 'bob')
    await world.settle()
    assert.equal(await get(), 401)
    await until(() => world.plane.shipped.length >= 2)
  })

  it('refuses everything when its facts are older than they may be', async (t) => {
    let skewMs = 0
    const world = await World.begin({
      environment: { COUNTERSIGN_GATEWAY_STALE_AFTER: '60' },
      start: { clock: { now: () => Date.now() + skewMs, monotonicNs: () => 0n } },
    })
    t.after(() => world.end())
    await world.plane.stop()
    assert.equal((await world.request('open.localhost', '/')).statusCode, 200)
    skewMs = 120_000
    const response = await world.request('open.localhost', '/')
    assert.equal(response.statusCode, 503)
    assert.equal(((await response.body.json()) as ProblemDetails).code, 'access.stale')
    const operate = `http://127.0.0.1:${world.running.operateAddress.port}`
    assert.equal((await fetch(`${operate}/readyz`)).status, 503)
  })

  it('refuses the most critical applications first', async (t) => {
    let skewMs = 0
    const world = await World.begin({
      environment: { COUNTERSIGN_GATEWAY_STALE_AFTER: '60,60,600,600' },
      start: { clock: { now: () => Date.now() + skewMs, monotonicNs: () => 0n } },
    })
    t.after(() => world.end())
    await world.plane.stop()
    skewMs = 120_000
    const vault = await world.request('countersign.localhost', '/')
    assert.equal(vault.statusCode, 503)
    assert.match(await vault.body.text(), /too long for an application of tier 0/)
    assert.equal((await world.request('open.localhost', '/')).statusCode, 200)
    const operate = `http://127.0.0.1:${world.running.operateAddress.port}`
    assert.equal((await fetch(`${operate}/readyz`)).status, 200)
    const metrics = await (await fetch(`${operate}/metrics`)).text()
    assert.match(metrics, /countersign_facts_stale\{tier="0"\} 1\n/)
    assert.match(metrics, /countersign_facts_stale\{tier="2"\} 0\n/)
  })

  it('that it never reached answers 503 and says so in its log', async (t) => {
    const world = await World.begin({ withoutGateway: true })
    t.after(() => world.end())
    await world.plane.stop()
    await world.launchGateway()
    await until(() =>
      world.logLines.some((line) => /cannot enrol; check that the server runs/.test(line)),
    )
    const response = await world.request('open.localhost', '/')
    assert.equal(response.statusCode, 503)
    assert.equal(((await response.body.json()) as ProblemDetails).code, 'access.stale')
  })

  it('fetches a snapshot where the changes it needs are gone', async (t) => {
    const world = await World.begin()
    t.after(() => world.end())
    await world.stopGateway()
    await world.plane.put(person('carl', 'Carl', []))
    world.plane.forgetChanges()
    await world.startGateway()
    assert.ok(world.running.gateway.facts.current?.get('person', 'carl'))
  })
})

describe('a feed that lies', () => {
  it('is not believed, is counted, and leaves the last good facts in force', async (t) => {
    const world = await World.begin()
    t.after(() => world.end())
    const { facts, metrics } = world.running.gateway
    const before = facts.sequence
    const takeover = {
      from: before,
      to: before + 1,
      at: Date.now(),
      changes: [{ op: 'remove', kind: 'application', id: 'open' }],
    }
    const forged = await world.plane.sign(
      changesType,
      takeover,
      generateKeyPairSync('ed25519').privateKey,
    )
    await until(() => world.plane.followers === 1)
    world.plane.sendRaw(forged)
    await until(() => /not signed by the control plane/.test(world.logLines.join('')))
    assert.equal(facts.sequence, before)
    assert.equal((await world.request('open.localhost', '/')).statusCode, 200)
    assert.match(
      await metrics.registry.metrics(),
      /countersign_feed_rejected_total\{reason="signature"\} 1/,
    )
    await world.plane.put(person('dora', 'Dora', []))
    await world.settle()
    assert.ok(facts.current?.get('person', 'dora'))
  })
})

describe('a full disk', () => {
  it('lets nothing pass that is not on record, and lets it pass again when there is space', async (t) => {
    let isFull = false
    const disk: FileSystem = {
      ...fs,
      writeSync(file, buffer, offset, length, position) {
        if (isFull) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
        return fs.writeSync(file, buffer, offset, length, position)
      },
    }
    const world = await World.begin({ start: { fileSystem: disk } })
    t.after(() => world.end())
    isFull = true
    const refused = await world.request('open.localhost', '/')
    assert.equal(refused.statusCode, 503)
    assert.equal(((await refused.body.json()) as ProblemDetails).code, 'access.not_recorded')
    assert.equal(world.seen.length, 0)
    assert.match(world.logLines.join(''), /everything is refused; free disk space/)
    isFull = false
    assert.equal((await world.request('open.localhost', '/')).statusCode, 200)
  })
})

describe('the gateway as a program', () => {
  it('says in one line what to change, and exits with 2', async (t) => {
    const world = await World.begin({ withoutGateway: true })
    t.after(() => world.end())
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    t.after(() => taken.close())
    const address = taken.address()
    const port = typeof address === 'object' ? address?.port : 0
    const unreadable = join(world.dataDir, 'not-a-directory')
    fs.writeFileSync(unreadable, '')
    const rows: readonly (readonly [Record<string, string>, RegExp])[] = [
      [{ COUNTERSIGN_GATEWAY_LISTN: 'x' }, /unknown setting `COUNTERSIGN_GATEWAY_LISTN`/],
      [{ COUNTERSIGN_GATEWAY_LISTEN: 'nowhere' }, /expected `host:port`/],
      [{ COUNTERSIGN_GATEWAY_LISTEN: `127.0.0.1:${port}` }, /the port is taken/],
      [{ COUNTERSIGN_GATEWAY_OPERATE_LISTEN: `127.0.0.1:${port}` }, /the port is taken.*OPERATE/],
      [{ COUNTERSIGN_SERVER_URL: 'http://control.example:7401' }, /plain http to another machine/],
      [{ COUNTERSIGN_DATA_DIR: unreadable }, /cannot be used/],
      [{ COUNTERSIGN_GATEWAY_ENROLMENT_TOKEN: '' }, /is not enrolled/],
      [{ COUNTERSIGN_GATEWAY_ENROLMENT_TOKEN: 'wrong' }, /the enrolment was refused/],
    ]
    for (const [environment, message] of rows) {
      const { code, errors } = await run(world, environment)
      assert.equal(code, 2, errors)
      assert.match(errors, message)
      assert.equal(errors.trimEnd().split('\n').length, 1, errors)
    }
  })

  it('keeps a second one out of its directory', async (t) => {
    const world = await World.begin()
    t.after(() => world.end())
    const { code, errors } = await run(world, {})
    assert.equal(code, 2)
    assert.match(errors, /another gateway uses/)
  })

  it('finishes what is in progress when it is told to stop, and exits with 0', async (t) => {
    const world = await World.begin({ withoutGateway: true })
    t.after(() => world.end())
    const { child, port } = await started(world, t)
    let finish = (): void => {}
    world.handle((_, response) => {
      finish = () => response.end('whole')
      response.write('the ')
    })
    const response = requestAt(port, 'open.localhost')
    await until(() => world.seen.length === 1)
    child.kill('SIGTERM')
    await until(() => readLog(child).includes('"msg":"stopping"'))
    finish()
    assert.match(await response, /the \r\n5\r\nwhole\r\n0\r\n/)
    const [code] = (await once(child, 'exit')) as [number]
    assert.equal(code, 0)
  })

  it('has on record whatever it answered, however often it is killed', async (t) => {
    const world = await World.begin({ withoutGateway: true })
    t.after(() => world.end())
    world.plane.shipStatus = 503
    const answered: string[] = []
    for (let round = 0; round < 5; round++) {
      const { child, port } = await started(world, t)
      const death = new AbortController()
      const clients = Array.from({ length: 8 }, async () => {
        while (!death.signal.aborted) {
          const head = await requestAt(port, 'open.localhost').catch(() => '')
          const decision = /countersign-decision: (dec_\w+)/.exec(head)?.[1]
          if (decision !== undefined) answered.push(decision)
        }
      })
      const enough = answered.length + 20 + round * 7
      await until(() => answered.length >= enough)
      child.kill('SIGKILL')
      await once(child, 'exit')
      death.abort()
      await Promise.all(clients)
    }
    // The last start repairs a torn end.
    const { child } = await started(world, t)
    child.kill('SIGTERM')
    await once(child, 'exit')
    const directory = join(world.dataDir, 'gateway', 'decisions')
    const links = fs
      .readdirSync(directory)
      .sort()
      .flatMap((file) => fs.readFileSync(join(directory, file), 'utf8').split('\n').slice(0, -1))
      .map((line) => JSON.parse(line) as Link)
    assert.ok('last' in verifyChain(links))
    const recorded = new Set(links.map(({ record }) => (record as DecisionRecord).id))
    assert.deepEqual(
      answered.filter((id) => !recorded.has(id)),
      [],
    )
    assert.ok(answered.length > 100)
  })
})

const logs = new WeakMap<ChildProcess, string[]>()

function readLog(child: ChildProcess): string {
  return logs.get(child)?.join('') ?? ''
}

function launch(world: World, environment: Readonly<Record<string, string>>): ChildProcess {
  const child = spawn(process.execPath, [main], {
    env: {
      PATH: process.env['PATH'],
      COUNTERSIGN_DATA_DIR: world.dataDir,
      COUNTERSIGN_SERVER_URL: world.plane.url.href,
      COUNTERSIGN_GATEWAY_LISTEN: '127.0.0.1:0',
      COUNTERSIGN_GATEWAY_OPERATE_LISTEN: '127.0.0.1:0',
      COUNTERSIGN_GATEWAY_ENROLMENT_TOKEN: world.plane.token,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  logs.set(child, lines)
  child.stdout?.on('data', (chunk: Buffer) => lines.push(chunk.toString()))
  return child
}

async function run(
  world: World,
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly code: number; readonly errors: string }> {
  const child = launch(world, environment)
  const errors: string[] = []
  child.stderr?.on('data', (chunk: Buffer) => errors.push(chunk.toString()))
  const [code] = (await once(child, 'close')) as [number]
  return { code, errors: errors.join('') }
}

/** A gateway in a process of its own that has its facts. */
async function started(
  world: World,
  t: TestContext,
): Promise<{ readonly child: ChildProcess; readonly port: number }> {
  const child = launch(world, {})
  t.after(() => child.kill('SIGKILL'))
  const listening = /"listen":\{[^}]*"port":(\d+)\}/
  await until(
    () => listening.test(readLog(child)) && /facts are (?:loaded|restored)/.test(readLog(child)),
  )
  return { child, port: Number(listening.exec(readLog(child))?.[1]) }
}

async function requestAt(port: number, host: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
  const parts: Buffer[] = []
  for await (const part of socket as AsyncIterable<Buffer>) parts.push(part)
  return Buffer.concat(parts).toString('latin1')
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1))
}
