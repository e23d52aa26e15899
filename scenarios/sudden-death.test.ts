// Every process is killed at random points under load. What a client was answered stays on record,
// nobody is signed out, and the journal's chain holds.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { Up } from '@countersign/cli/fakes/installation.process'
import { api } from '@countersign/contract/api'
import { verifyJournal } from '@countersign/server/src/journal/journal.store.ts'
import { silence } from '@countersign/server/src/log.ts'
import { openStore } from '@countersign/server/src/store/store.ts'
import { hosts } from './organisation.ts'
import { eventually, newPlace, type Place, storySettings, withoutConsole } from './place.fake.ts'
import { Visitor } from './visitor.fake.ts'

const victims = ['server', 'gateway', 'up', 'server', 'gateway', 'everything'] as const
type Victim = (typeof victims)[number]

/** The same kills at the same points in every run; another seed is another story. */
const seed = 20_260_301
const visitorsAtOnce = 3
const pauseMs = 15
const recordedWithinMs = 30_000

test(
  'nothing that was answered is lost, whoever is killed, and nobody is signed out',
  { timeout: 240_000 },
  async (t: TestContext) => {
    await using place = await newPlace()
    const { ports, dataDir } = place.installation
    const start = (): Up => place.installation.up({ ...storySettings, ...withoutConsole })
    let up = start()
    await up.event(({ event }) => event === 'ready')
    await place.furnish()
    const visitor = new Visitor(ports.gateway)
    assert.equal((await visitor.become('ben')).status, 200)
    assert.equal((await visitor.open(hosts.wiki, '/')).status, 200)

    const random = randomFrom(seed)
    await using load = startLoad(visitor)
    for (const victim of victims) {
      const after = 5 + Math.floor(random() * 60)
      await load.answered(after)
      t.diagnostic(`${victim} is killed after ${after} answers`)
      up = await kill(victim, up, start)
      assert.equal((await visitor.open(hosts.wiki, '/')).status, 200, `signed out by ${victim}`)
      assert.equal((await visitor.me()).status, 200, `signed out by ${victim}`)
    }
    const answered = await load.stop()
    t.diagnostic(`${answered.size} decisions were answered`)
    assert.ok(answered.size > 100)

    await eventually('every answered decision is on record', recordedWithinMs, async () => {
      const recorded = await recordedIds(place)
      return answered.isSubsetOf(recorded)
    })
    up.process.kill('SIGTERM')
    assert.equal(await up.exited, 0, up.errors())
    assert.equal(await journalFault(join(dataDir, 'store')), undefined)
  },
)

/** Kills and waits until everything works again. Answers the `up` that runs then. */
async function kill(victim: Victim, up: Up, start: () => Up): Promise<Up> {
  const pids = processesOf(up)
  switch (victim) {
    case 'server':
    case 'gateway': {
      const before = readies(up, victim)
      process.kill(pids[victim], 'SIGKILL')
      await up.event(() => readies(up, victim) > before)
      return up
    }
    case 'up':
    case 'everything': {
      const all = victim === 'everything' ? Object.values(pids) : []
      for (const pid of all) process.kill(pid, 'SIGKILL')
      up.process.kill('SIGKILL')
      await up.exited
      const next = start()
      await next.event(({ event }) => event === 'ready')
      return next
    }
  }
}

function processesOf({ events }: Up): { readonly server: number; readonly gateway: number } {
  const pid = (name: string): number =>
    Number(events.findLast((it) => it['program'] === name && it['state'] === 'ready')?.['process'])
  return { server: pid('server'), gateway: pid('gateway') }
}

function readies({ events }: Up, name: string): number {
  return events.filter((it) => it['program'] === name && it['state'] === 'ready').length
}

interface Load extends AsyncDisposable {
  /** Resolves after `count` more answers. */
  answered(count: number): Promise<void>
  /** Ends the load. Answers the ids of all decisions that a client has seen. */
  stop(): Promise<ReadonlySet<string>>
}

function startLoad(visitor: Visitor): Load {
  const seen = new Set<string>()
  const waiting = new Set<{ readonly size: number; readonly resolve: () => void }>()
  const over = new AbortController()
  const requests = async (host: string): Promise<void> => {
    while (!over.signal.aborted) {
      try {
        const { decision } = await visitor.visit(host, '/', { accept: '*/*' })
        if (decision !== undefined) seen.add(decision)
      } catch {
        // Nobody answered, so nothing was acknowledged.
      }
      for (const it of waiting) if (seen.size >= it.size) it.resolve()
      // A steady load: as fast as possible would only starve the programs that start again.
      await setTimeout(pauseMs)
    }
  }
  const places = [hosts.wiki, hosts.payroll]
  const running = Promise.all(
    Array.from({ length: visitorsAtOnce }, (_, index) =>
      requests(places[index % places.length] ?? hosts.wiki),
    ),
  )
  const stop = async (): Promise<ReadonlySet<string>> => {
    over.abort()
    await running
    return seen
  }
  return {
    stop,
    async answered(count) {
      await new Promise<void>((resolve) => waiting.add({ size: seen.size + count, resolve }))
    },
    async [Symbol.asyncDispose]() {
      await stop()
    },
  }
}

async function recordedIds(place: Place): Promise<Set<string>> {
  return await place.ask(async (client) => {
    const ids = new Set<string>()
    let before: string | undefined
    do {
      const page = await client.call(api.visibility.decisions, {
        query: { limit: 500, ...(before === undefined ? {} : { before }) },
      })
      for (const { id } of page.decisions) ids.add(id)
      before = page.next
    } while (before !== undefined)
    return ids
  })
}

async function journalFault(directory: string): Promise<unknown> {
  const store = await openStore({
    address: { kind: 'embedded', directory },
    log: silence,
    now: Date.now,
  })
  try {
    return await verifyJournal(store.db)
  } finally {
    await store.close()
  }
}

/** A small generator of numbers in [0, 1) (mulberry32). */
function randomFrom(start: number): () => number {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
