import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { DecisionRecord } from '@countersign/contract/decision'
import { pino } from 'pino'
import { Backoff } from '#backoff'
import type { Shipped } from '#control-plane.client'
import { DecisionLog } from './decision-log.file.ts'
import { FakeDisk } from './file-system.fake.ts'
import { gatherMs, shipDecisions } from './shipper.job.ts'

describe('the shipper', () => {
  it('hands over everything in order, and forgets it', async (t) => {
    const world = begin(t, { segmentMaxBytes: 200 })
    await world.append('a', 'b')
    await world.append('c')
    await world.until(() => world.shipped.length === 3)
    assert.deepEqual(world.shipped, ['a', 'b', 'c'])
    await world.append('d')
    await world.until(() => world.shipped.length === 4)
    assert.ok(world.log.bytes < 700)
  })

  it('keeps everything while nobody answers, waits longer each time, and then hands it over', async (t) => {
    const world = begin(t)
    world.answer = () => ({ kind: 'unreachable' })
    await world.append('a')
    await world.until(() => world.pauses.length >= 5)
    assert.ok(world.log.bytes > 0)
    const waits = world.pauses.filter((ms) => ms !== gatherMs)
    assert.ok(waits.every((ms, index) => index === 0 || ms > (waits[index - 1] ?? 0)))
    world.answer = () => ({ kind: 'kept' })
    await world.until(() => world.shipped.length > 0)
    assert.deepEqual(world.shipped, ['a'])
  })

  it('gives up one record that is refused for good, loudly, and no other', async (t) => {
    const world = begin(t)
    world.answer = (ids) =>
      ids.includes('bad') ? { kind: 'refused', status: 422 } : { kind: 'kept' }
    await world.append('a', 'b', 'bad', 'c', 'd')
    await world.until(() => world.shipped.length === 4)
    assert.deepEqual(world.shipped, ['a', 'b', 'c', 'd'])
    assert.match(world.logged.join(''), /refuses a decision record/)
  })

  it('goes on after a restart with what was not handed over', async (t) => {
    const first = begin(t)
    await first.append('a')
    await first.until(() => first.shipped.length === 1)
    await first.stop()
    const second = begin(t, { disk: first.disk, directory: first.directory })
    await second.append('b')
    await second.until(() => second.shipped.length > 0)
    assert.deepEqual(second.shipped, ['b'])
  })
})

interface Setting {
  readonly disk?: FakeDisk
  readonly directory?: string
  readonly segmentMaxBytes?: number
}

function begin(
  t: TestContext,
  { disk = new FakeDisk(), segmentMaxBytes = 10_000, ...rest }: Setting = {},
) {
  const directory = rest.directory ?? mkdtempSync(join(tmpdir(), 'countersign-shipper-'))
  const stopping = new AbortController()
  const log = new DecisionLog({
    directory: '/decisions',
    fileSystem: disk,
    maxBytes: 1_000_000,
    segmentMaxBytes,
    atEndOfTurn: setImmediate,
    onFault: () => {},
  })
  const world = {
    disk,
    directory,
    log,
    shipped: [] as string[],
    pauses: [] as number[],
    logged: [] as string[],
    answer: (_ids: readonly string[]): Shipped => ({ kind: 'kept' }),
    append: (...ids: readonly string[]) =>
      Promise.all(ids.map((id) => log.append({ id } as DecisionRecord))),
    async until(condition: () => boolean): Promise<void> {
      while (!condition()) await new Promise((resolve) => setImmediate(resolve))
    },
    async stop(): Promise<void> {
      stopping.abort()
      await running
    },
  }
  const running = shipDecisions({
    log,
    directory,
    controlPlane: {
      async ship(records) {
        const ids = records.map((it) => (JSON.parse(String(it)) as DecisionRecord).id)
        const outcome = world.answer(ids)
        if (outcome.kind === 'kept') world.shipped.push(...ids)
        return outcome
      },
    },
    logger: pino({}, { write: (line: string) => world.logged.push(line) }),
    backoff: new Backoff({ firstMs: 1_000, maxMs: 60_000, random32: () => 0 }),
    pause: async (ms) => {
      world.pauses.push(ms)
      await new Promise((resolve) => setImmediate(resolve))
    },
    signal: stopping.signal,
    onShipped: () => {},
  })
  t.after(async () => {
    await world.stop()
    rmSync(directory, { recursive: true, force: true })
  })
  return world
}
