// What the gateway knows, and what it writes down, while the control plane, the disk and the clock
// misbehave: it goes on with the last good facts for their time, and every surprise is a refusal.
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { type Link, verifyChain } from '@countersign/contract/chain'
import type { DecisionRecord } from '@countersign/contract/decision'
import { changesType } from '@countersign/contract/feed'
import { FakeDisk } from '#decisions/file-system.fake'
import { person, World, type WorldOptions } from '#world.fake'

const hourMs = 3_600_000

describe('a control plane that goes away while requests run', () => {
  it('stops none of them', async (t) => {
    const world = await begin(t)
    const { cookie } = await world.signIn('bob', 'wiki.localhost')
    for (let count = 0; count < 60; count++) {
      if (count === 20) await world.plane.stop()
      if (count === 40) await world.plane.start()
      assert.equal(await statusOf(world, 'wiki.localhost', cookie), 200)
    }
  })
})

describe('a feed that is', () => {
  it('cut within a line loses nothing and believes no half', async (t) => {
    const world = await begin(t)
    const { cookie, session } = await world.signIn('bob', 'wiki.localhost')
    const { sequence } = world.plane
    const line = await world.plane.sign(changesType, {
      from: sequence,
      to: sequence + 1,
      at: Date.now(),
      changes: [{ op: 'remove', kind: 'application', id: 'wiki' }],
    })
    await until(() => world.plane.followers === 1)
    world.plane.sendRaw(line.slice(0, line.length / 2))
    await world.plane.stop()
    await world.plane.start()
    await world.plane.remove('session', session)
    await world.settle()
    assert.equal(await statusOf(world, 'wiki.localhost', cookie), 401)
    assert.ok(world.running.gateway.facts.current?.get('application', 'wiki'))
  })

  it('replayed brings back nothing that has ended', async (t) => {
    const world = await begin(t)
    const before = world.plane.sequence
    const { cookie, session } = await world.signIn('bob', 'wiki.localhost')
    const kept = world.running.gateway.facts.current?.get('session', session)
    assert.ok(kept)
    await world.plane.remove('session', session)
    await world.settle()
    await until(() => world.plane.followers === 1)
    // What the server once signed, word for word; and the same once more, as if it came now.
    for (const from of [before, world.plane.sequence - 1]) {
      const at = Date.now() - hourMs
      const changes = [{ op: 'put', item: { kind: 'session', document: kept } }]
      world.plane.sendRaw(await world.plane.sign(changesType, { from, to: from + 1, at, changes }))
    }
    await world.plane.put(person('last', 'Last', []))
    await world.settle()
    assert.equal(await statusOf(world, 'wiki.localhost', cookie), 401)
    assert.equal(world.running.gateway.facts.current?.get('session', session), undefined)
  })

  it('out of order ends where the server is', async (t) => {
    const world = await begin(t)
    await until(() => world.plane.followers === 1)
    const { sequence } = world.plane
    const early = await world.plane.sign(changesType, {
      from: sequence + 1,
      to: sequence + 2,
      at: Date.now(),
      changes: [{ op: 'remove', kind: 'person', id: 'ada' }],
    })
    world.plane.sendRaw(early)
    await world.plane.put(person('carl', 'Carl', []))
    await world.plane.put(person('dora', 'Dora', []))
    await world.settle()
    const estate = world.running.gateway.facts.current
    assert.deepEqual(
      ['ada', 'carl', 'dora'].map((id) => estate?.get('person', id)?.id),
      ['ada', 'carl', 'dora'],
    )
  })

  it('an old word of its server, said again, keeps nothing fresh', async (t) => {
    const clock = skewed()
    const world = await begin(t, {
      environment: { COUNTERSIGN_GATEWAY_STALE_AFTER: '60' },
      start: { clock },
    })
    await until(() => world.plane.followers === 1)
    const { sequence } = world.plane
    const old = await world.plane.sign(changesType, {
      from: sequence,
      to: sequence,
      at: Date.now(),
      changes: [],
    })
    clock.skewMs = 120_000
    world.plane.sendRaw(old)
    await world.plane.beat(Date.now())
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve))
    assert.equal(await statusOf(world, 'open.localhost'), 503)
    await world.plane.beat(clock.now())
    await until(() => !world.running.gateway.facts.isStale(clock.now(), 2))
    assert.equal(await statusOf(world, 'open.localhost'), 200)
  })
})

describe('a disk that fills while requests run', () => {
  it('refuses those it has no room for, and lets none of them through; then goes on', async (t) => {
    const disk = new FakeDisk()
    const world = await begin(t, { start: { fileSystem: disk } })
    await world.plane.stop()
    const outcomes: number[] = []
    const round = async (): Promise<void> => {
      outcomes.push(
        ...(await Promise.all(Array.from({ length: 20 }, () => statusOf(world, 'open.localhost')))),
      )
    }
    await round()
    const used = [...disk.files.values()].reduce((sum, { length }) => sum + length, 0)
    // Room for some more records, in the middle of one of them.
    disk.capacityBytes = used + 3_000
    await round()
    await round()
    assert.ok(outcomes.includes(503), 'the disk never was full')
    disk.broken.add('ftruncateSync')
    await round()
    disk.broken.delete('ftruncateSync')
    disk.capacityBytes = Infinity
    await round()
    assert.deepEqual(
      outcomes.slice(-20),
      Array.from({ length: 20 }, () => 200),
    )
    const passed = outcomes.filter((status) => status === 200).length
    assert.equal(world.seen.length, passed)
    assert.equal(outcomes.length, passed + outcomes.filter((status) => status === 503).length)

    world.running.gateway.decisions.flush()
    const links = linksOn(disk)
    assert.equal(links.length, passed)
    assert.equal('fault' in verifyChain(links), false)
    assert.ok(links.every(({ record }) => (record as DecisionRecord).verdict === 'allow'))
  })

  it('refuses a WebSocket as well', async (t) => {
    const disk = new FakeDisk()
    const world = await begin(t, { start: { fileSystem: disk } })
    disk.broken.add('writeSync')
    const answer = await world.exchange(
      'GET / HTTP/1.1\r\nHost: open.localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    )
    assert.match(answer, /^HTTP\/1\.1 503 /)
    disk.broken.clear()
  })
})

describe('a clock that jumps', () => {
  it('forward ends what has ended by then, and facts that nobody confirms', async (t) => {
    const clock = skewed()
    const world = await begin(t, { start: { clock } })
    const { cookie } = await world.signIn('bob', 'wiki.localhost')
    assert.equal(await statusOf(world, 'wiki.localhost', cookie), 200)
    await until(() => world.plane.followers === 1)
    clock.skewMs = 13 * hourMs
    assert.equal(await statusOf(world, 'wiki.localhost', cookie), 503)
    await world.plane.beat(clock.now())
    await until(() => !world.running.gateway.facts.isStale(clock.now(), 2))
    assert.equal(await statusOf(world, 'wiki.localhost', cookie), 401)
  })

  it('forward ends a stream that is open', async (t) => {
    const clock = skewed()
    const world = await begin(t, { start: { clock } })
    world.handle((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: 1\n\n')
    })
    const { cookie } = await world.signIn('bob', 'wiki.localhost')
    const stream = await world.request('wiki.localhost', '/', { headers: { cookie } })
    const broken = assert.rejects(stream.body.text())
    clock.skewMs = 13 * hourMs
    world.running.gateway.streams.rejudge()
    await broken
  })

  it('back does not make facts younger: those that nobody confirms still grow too old', async (t) => {
    const clock = skewed()
    const world = await begin(t, {
      environment: { COUNTERSIGN_GATEWAY_STALE_AFTER: '60' },
      start: { clock },
    })
    await world.plane.stop()
    assert.equal(await statusOf(world, 'open.localhost'), 200)
    clock.skewMs = -hourMs
    assert.equal(await statusOf(world, 'open.localhost'), 200)
    clock.skewMs = -hourMs + 120_000
    assert.equal(await statusOf(world, 'open.localhost'), 503)
  })

  it('back and forth refuses or allows as ever, and leaves the record whole', async (t) => {
    const clock = skewed()
    const disk = new FakeDisk()
    const world = await begin(t, { start: { clock, fileSystem: disk } })
    const { cookie } = await world.signIn('bob', 'wiki.localhost')
    await world.plane.stop()
    const statuses: number[] = []
    for (const skewMs of [0, -2 * hourMs, 1_000, -30_000, 0, 13 * hourMs, 0, -13 * hourMs]) {
      clock.skewMs = skewMs
      statuses.push(await statusOf(world, 'wiki.localhost', cookie))
      assert.notEqual(await statusOf(world, 'payroll.localhost', cookie), 200)
    }
    assert.equal(statuses[0], 200)
    assert.ok(
      statuses.every((status) => [200, 401, 503].includes(status)),
      statuses.join(),
    )
    assert.equal(statuses[5], 503)
    assert.equal('fault' in verifyChain(linksOn(disk)), false)
  })
})

async function begin(t: TestContext, options: WorldOptions = {}): Promise<World> {
  const world = await World.begin(options)
  t.after(() => world.end())
  return world
}

/** A clock that can be wrong. */
function skewed() {
  const clock = {
    skewMs: 0,
    now: () => Date.now() + clock.skewMs,
    monotonicNs: () => process.hrtime.bigint(),
  }
  return clock
}

async function statusOf(world: World, host: string, cookie?: string): Promise<number> {
  const response = await world.request(
    host,
    '/',
    cookie === undefined ? {} : { headers: { cookie } },
  )
  await response.body.dump()
  return response.statusCode
}

function linksOn(disk: FakeDisk): readonly Link[] {
  return [...disk.files]
    .filter(([path]) => path.endsWith('.ndjson'))
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .flatMap(([, content]) => content.toString().split('\n').slice(0, -1))
    .map((line) => JSON.parse(line) as Link)
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}
