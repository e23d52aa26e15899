// The places of a gateway's processes: filled, filled again, and emptied.
import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { describe, it, type TestContext } from 'node:test'
import { pino } from 'pino'
import { processStartTimeoutMs } from '#limits'
import { Line } from './line.process.ts'
import type { Answers } from './questions.ts'
import { type Forked, Workers } from './workers.process.ts'

const address = { address: '127.0.0.1', family: 'IPv4', port: 1 }

describe('the processes of a gateway', () => {
  it('have begun when each accepts connections', async (t) => {
    const world = begin(t, 2)
    const starting = world.workers.start()
    await world.lives[0]?.listen()
    assert.equal(world.workers.listeningCount, 1)
    await world.lives[1]?.listen()
    assert.deepEqual(await starting, { address })
    assert.equal(world.workers.listeningCount, 2)
  })

  it('do not begin where one says what the operator must change', async (t) => {
    const world = begin(t, 2)
    const starting = assert.rejects(world.workers.start(), /change the port/)
    await world.lives[0]?.line.ask('failed', 'change the port', 1_000)
    world.lives[0]?.exit('code 2')
    await starting
  })

  it('are begun again when they die, later each time they die soon', async (t) => {
    const world = begin(t, 1)
    const starting = world.workers.start()
    await world.lives[0]?.listen()
    await starting
    for (const [index, pauseMs] of [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000].entries()) {
      world.lives[index]?.exit('SIGKILL')
      await settled()
      t.mock.timers.tick(pauseMs - 1)
      await settled()
      assert.equal(world.lives.length, index + 1)
      t.mock.timers.tick(1)
      await settled()
      assert.equal(world.lives.length, index + 2)
      await world.lives[index + 1]?.listen()
    }
    world.clock.nowMs += 60_000
    world.lives.at(-1)?.exit('SIGKILL')
    await settled()
    const before = world.lives.length
    t.mock.timers.tick(100)
    await settled()
    assert.equal(world.lives.length, before + 1)
  })

  it('are ended where they do not begin in time', async (t) => {
    const world = begin(t, 1)
    const starting = assert.rejects(world.workers.start(), /ended at its start: killed/)
    t.mock.timers.tick(processStartTimeoutMs)
    await starting
  })

  it('are asked of each other, but for those that do not answer', async (t) => {
    const world = begin(t, 3, (number) => ({
      ending: () => (number === 3 ? { why: 'idle', at: 5 } : undefined),
      reach: () => number !== 2,
      kept: (id) => ({ status: 403, headers: {}, body: `${id} at ${number}` }),
    }))
    const starting = world.workers.start()
    for (const life of world.lives) await life.listen()
    await starting
    const [one, two] = world.lives
    const ending = { decision: 'dec', presented: 'hash', nowMs: 1 }
    assert.equal((await one?.line.ask('ending', ending, 1_000))?.why, 'idle')
    assert.equal(await one?.line.ask('reach', { sequence: 9, timeoutMs: 10 }, 1_000), false)
    assert.equal(await two?.line.ask('reach', { sequence: 9, timeoutMs: 10 }, 1_000), true)
    assert.equal((await one?.line.ask('kept', '2.abc', 1_000))?.body, '2.abc at 2')
    assert.equal(await one?.line.ask('kept', 'abc', 1_000), undefined)
  })

  it('are told to stop, and not begun again', async (t) => {
    const world = begin(t, 2)
    const starting = world.workers.start()
    for (const life of world.lives) await life.listen()
    await starting
    await world.workers.stop()
    assert.deepEqual(
      world.lives.map(({ wasToldToStop }) => wasToldToStop),
      [true, true],
    )
    assert.equal(world.workers.listeningCount, 0)
    assert.equal(world.lives.length, 2)
  })
})

class Life implements Forked {
  readonly #ours = new EventEmitter()
  readonly #theirs = new EventEmitter()
  readonly #exit = Promise.withResolvers<string>()
  readonly exited = this.#exit.promise
  readonly line: Line
  wasToldToStop = false

  constructor(answers: Answers) {
    this.line = new Line(
      {
        send: (message) => void this.#ours.emit('message', structuredClone(message)),
        onMessage: (listener) => void this.#theirs.on('message', listener),
        onEnd: (listener) => void this.#theirs.on('end', listener),
      },
      {
        ...answers,
        stop: () => {
          this.wasToldToStop = true
          queueMicrotask(() => this.exit('code 0'))
          return null
        },
      },
    )
  }

  readonly channel = {
    send: (message: object) => void this.#theirs.emit('message', structuredClone(message)),
    onMessage: (listener: (message: unknown) => void) => void this.#ours.on('message', listener),
    onEnd: (listener: () => void) => void this.#ours.on('end', listener),
  }

  async listen(): Promise<void> {
    await this.line.ask('listening', { address }, 1_000)
  }

  exit(how: string): void {
    this.#exit.resolve(how)
    this.#ours.emit('end')
    this.#theirs.emit('end')
  }

  readonly kill = (): void => this.exit('killed')
}

function begin(t: TestContext, count: number, answersOf: (number: number) => Answers = () => ({})) {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const lives: Life[] = []
  const clock = { nowMs: 0 }
  return {
    lives,
    clock,
    workers: new Workers({
      count,
      fork(number) {
        const life = new Life(answersOf(number))
        lives.push(life)
        return life
      },
      answers: { begin: () => ({ challenges: [] }), proof: () => true },
      now: () => clock.nowMs,
      log: pino({ level: 'silent' }),
    }),
  }
}

/** Lets everything happen that waits for nothing but its turn. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}
