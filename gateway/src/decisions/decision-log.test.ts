import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Link, verifyChain } from '@countersign/contract/chain'
import type { DecisionRecord } from '@countersign/contract/decision'
import { Problem } from '@countersign/contract/problems'
import fc from 'fast-check'
import { DecisionLog, type DecisionLogOptions } from './decision-log.file.ts'
import { FakeDisk } from './file-system.fake.ts'
import { readSegmentName } from './segment.ts'

const directory = '/var/decisions'

describe('the decision log', () => {
  it('writes all records of one turn at once, and answers only then', async () => {
    const { disk, log, endTurn } = open()
    const answers: string[] = []
    const waiting = ['a', 'b', 'c'].map((id) => log.append(record(id)).then(() => answers.push(id)))
    assert.equal(disk.writes, 0)
    assert.deepEqual(answers, [])
    endTurn()
    await Promise.all(waiting)
    assert.equal(disk.writes, 1)
    assert.deepEqual(idsOn(disk), ['a', 'b', 'c'])
  })

  it('is a chain that the contract verifies', async () => {
    const { disk, append } = open()
    await append('a', 'b')
    await append('c')
    assert.deepEqual(verifyChain(linksOn(disk)), {
      last: linksOn(disk).at(-1)?.hash,
      count: 3,
    })
  })

  it('goes on where it ended', async () => {
    const first = open()
    await first.append('a')
    first.log.close()
    const second = open(first.disk)
    await second.append('b')
    assert.deepEqual(idsOn(first.disk), ['a', 'b'])
    assert.ok('last' in verifyChain(linksOn(first.disk)))
  })

  it('refuses every request of a turn whose write fails, and goes on when there is space again', async () => {
    const faults: (string | undefined)[] = []
    const { disk, log, append, tryAppend } = open(new FakeDisk(), {
      onFault: (fault) => faults.push(fault?.message),
    })
    await append('a')
    disk.capacityBytes = log.bytes + 10
    assert.deepEqual(await tryAppend('b', 'c'), ['access.not_recorded', 'access.not_recorded'])
    assert.deepEqual(idsOn(disk), ['a'])
    assert.deepEqual(await tryAppend('d'), ['access.not_recorded'])
    disk.capacityBytes = Infinity
    await append('e')
    assert.deepEqual(idsOn(disk), ['a', 'e'])
    assert.ok('last' in verifyChain(linksOn(disk)))
    assert.deepEqual(faults, ['no space left on device', 'no space left on device', undefined])
  })

  it('goes on also where the failed write could not be cut off', async () => {
    const { disk, log, append, tryAppend } = open()
    await append('a')
    disk.capacityBytes = log.bytes + 10
    disk.broken.add('ftruncateSync')
    assert.deepEqual(await tryAppend('b'), ['access.not_recorded'])
    disk.capacityBytes = Infinity
    assert.deepEqual(await tryAppend('c'), ['access.not_recorded'])
    disk.broken.delete('ftruncateSync')
    await append('d')
    assert.deepEqual(idsOn(disk), ['a', 'd'])
  })

  it('writes in parts where the disk takes no more at once', async () => {
    const { disk, append } = open()
    disk.writeMaxBytes = 7
    await append('a', 'b')
    assert.deepEqual(idsOn(disk), ['a', 'b'])
  })

  it('takes nothing more when what was not shipped has become too much', async () => {
    const { log, append, tryAppend } = open(new FakeDisk(), {
      maxBytes: 2_000,
      segmentMaxBytes: 400,
    })
    let count = 0
    while (log.bytes < 1_500) await append(`r${count++}`)
    let answer: readonly string[] = []
    while (answer[0] !== 'access.not_recorded') answer = await tryAppend(`r${count++}`)
    assert.ok(log.bytes <= 2_000)
    log.release(log.read(log.start, 400).next)
    await append('after')
  })

  it('keeps what was not shipped, and its place in the chain when everything was', async () => {
    const { disk, log, append } = open(new FakeDisk(), { segmentMaxBytes: 300 })
    for (const id of ['a', 'b', 'c', 'd']) await append(id)
    const seen: string[] = []
    let position = log.start
    for (;;) {
      const { lines, next } = log.read(position, 100)
      if (lines.length === 0) break
      seen.push(...lines.map((line) => idOfLine(String(line))))
      position = next
      log.release(position)
    }
    assert.deepEqual(seen, ['a', 'b', 'c', 'd'])
    assert.ok(disk.files.size <= 1)
    const again = open(disk)
    await again.append('e')
    assert.equal(again.log.end.sequence, 5)
  })

  it('begins anew at its oldest record where a position is of a segment that is gone', async () => {
    const { log, append } = open()
    await append('a')
    const { lines } = log.read({ file: 'gone.ndjson', offset: 12 }, 1_000)
    assert.deepEqual(
      lines.map((line) => idOfLine(String(line))),
      ['a'],
    )
  })

  it('hardens a segment to its end, also where the next one was begun meanwhile', async () => {
    const { disk, log, append } = open(new FakeDisk(), { segmentMaxBytes: 300 })
    await append('a')
    const hardening = log.harden()
    await append('b', 'c', 'd')
    assert.ok(disk.files.size > 1)
    await hardening
    assert.equal(disk.openCount, 1)
  })

  it('hardens again what could not be hardened', async () => {
    const { disk, log, append } = open()
    await append('a')
    disk.broken.add('fdatasync')
    await assert.rejects(log.harden())
    await assert.rejects(log.harden())
    disk.broken.delete('fdatasync')
    await log.harden()
  })

  it('cuts off a torn last line at the start', async () => {
    const { disk, append } = open()
    await append('a', 'b')
    const path = onlyFile(disk)
    const whole = disk.files.get(path)!
    disk.files.set(path, whole.subarray(0, whole.length - 5))
    const { log, append: appendAgain } = open(disk)
    assert.equal(log.recovered.tornBytes > 0, true)
    assert.equal(log.recovered.setAside, undefined)
    await appendAgain('c')
    assert.deepEqual(idsOn(disk), ['a', 'c'])
    assert.ok('last' in verifyChain(linksOn(disk)))
  })

  it('sets aside, and does not destroy, what was changed by someone', async () => {
    const { disk, append } = open()
    await append('a', 'b', 'c')
    const path = onlyFile(disk)
    const text = disk.files.get(path)!.toString()
    disk.files.set(path, Buffer.from(text.replace('"id":"b"', '"id":"x"')))
    const { log } = open(disk)
    assert.deepEqual(idsOn(disk), ['a'])
    const aside = disk.files.get(`${directory}/${log.recovered.setAside}`)!.toString()
    assert.match(aside, /"id":"x"/)
    assert.match(aside, /"id":"c"/)
  })

  it('holds every record that was answered, wherever the process is killed', async () => {
    const turns = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(turns, fc.nat(4_000), fc.nat(500), async (sizes, killAt, writeMax) => {
        const disk = new FakeDisk()
        disk.killedAfterBytes = killAt + 1
        disk.writeMaxBytes = writeMax + 1
        const answered: string[] = []
        const { log, endTurn } = open(disk, { segmentMaxBytes: 700 })
        let count = 0
        for (const size of sizes) {
          const waiting = Array.from({ length: size }, () => {
            const id = `r${count++}`
            return log.append(record(id)).then(
              () => answered.push(id),
              () => undefined,
            )
          })
          endTurn()
          await Promise.all(waiting)
          if (disk.killedAfterBytes <= 0) break
        }
        disk.killedAfterBytes = Infinity
        const { append } = open(disk, { segmentMaxBytes: 700 })
        const found = idsOn(disk)
        for (const id of answered) assert.ok(found.includes(id), `${id} was answered and is gone`)
        await append('after')
        assert.equal(idsOn(disk).at(-1), 'after')
        assert.ok('last' in verifyChain(linksOn(disk)))
      }),
      { numRuns: 300 },
    )
  })

  it('does not open where its directory cannot be read', () => {
    const disk = new FakeDisk()
    disk.broken.add('readdirSync')
    assert.throws(() => open(disk), { code: 'EIO' })
  })
})

function open(disk = new FakeDisk(), more: Partial<DecisionLogOptions> = {}) {
  let tasks: (() => void)[] = []
  const log = new DecisionLog({
    directory,
    fileSystem: disk,
    maxBytes: 1_000_000,
    segmentMaxBytes: 100_000,
    atEndOfTurn: (task) => tasks.push(task),
    onFault: () => {},
    ...more,
  })
  const endTurn = (): void => {
    const due = tasks
    tasks = []
    for (const task of due) task()
  }
  const tryAppend = async (...ids: readonly string[]): Promise<readonly string[]> => {
    const waiting = ids.map((id) =>
      log.append(record(id)).then(
        () => 'kept',
        (error: unknown) => (error instanceof Problem ? error.code : String(error)),
      ),
    )
    endTurn()
    return Promise.all(waiting)
  }
  const append = async (...ids: readonly string[]): Promise<void> => {
    assert.deepEqual(
      await tryAppend(...ids),
      ids.map(() => 'kept'),
    )
  }
  return { disk, log, endTurn, append, tryAppend }
}

function record(id: string): DecisionRecord {
  const answer = { effect: 'allow', determining: ['p'], errors: [] } as const
  return {
    id,
    at: 1,
    gateway: 'gw',
    principal: { type: 'Person', id: 'ada' },
    action: 'access',
    resource: { type: 'Application', id: 'wiki' },
    verdict: 'allow',
    effective: { ...answer, determining: ['p'], errors: [] },
    wouldBe: { ...answer, determining: ['p'], errors: [] },
    explanation: [],
    context: { request: { path: '/\n"é' } },
    release: 'rel',
    sequence: 1,
    tookNs: 1,
  }
}

function linksOn(disk: FakeDisk): readonly Link[] {
  return [...disk.files.keys()]
    .filter((path) => readSegmentName(path.slice(directory.length + 1)))
    .sort()
    .flatMap((path) => disk.files.get(path)!.toString().split('\n').slice(0, -1))
    .map((line) => JSON.parse(line) as Link)
}

function idsOn(disk: FakeDisk): readonly string[] {
  return linksOn(disk).map(({ record }) => (record as DecisionRecord).id)
}

function idOfLine(line: string): string {
  return ((JSON.parse(line) as Link).record as DecisionRecord).id
}

function onlyFile(disk: FakeDisk): string {
  const [path, ...others] = disk.files.keys()
  assert.equal(others.length, 0)
  assert.ok(path)
  return path
}
