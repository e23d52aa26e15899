import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Clock } from '#world'
import { type KeepLimits, keepLimits, keepRunning } from './keep.ts'
import type { Exit, Program, Running } from './program.ts'
import type { Progress } from './progress.ts'

const limits: KeepLimits = { ...keepLimits, quickDeathsMax: 4, stopTimeoutMs: 1_000 }

interface Life {
  readonly die: (exit: Exit) => void
  readonly asked: string[]
}

/** A program whose lives the test ends, with a clock that jumps whenever somebody waits. */
function scene(options: { readonly ready?: boolean; readonly deaf?: boolean } = {}) {
  let now = 0
  const clock: Clock = {
    now: () => now,
    wait: async (ms, signal) => {
      if (signal?.aborted !== true) now += ms
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
  const events: Progress[] = []
  const lives: Life[] = []
  const births: ((life: Life) => void)[] = []
  const program: Program = {
    name: 'server',
    start: async () => {
      const exited = Promise.withResolvers<Exit>()
      const life: Life = { die: exited.resolve, asked: [] }
      lives.push(life)
      births.shift()?.(life)
      const running: Running = {
        pid: lives.length,
        exited: exited.promise,
        stop: () => {
          life.asked.push('stop')
          if (options.deaf !== true) exited.resolve({ code: 0, signal: null })
        },
        kill: () => {
          life.asked.push('kill')
          exited.resolve({ code: null, signal: 'SIGKILL' })
        },
        lastWords: () => ['so this is the end'],
      }
      return running
    },
    isReady: async () => options.ready ?? true,
  }
  const report = (event: Progress): void => {
    events.push(event)
    if (event.event === 'progress' && event.state === 'ready') readiness.shift()?.()
  }
  const readiness: (() => void)[] = []
  return {
    events,
    lives,
    pass: (ms: number) => {
      now += ms
    },
    /** The next time it becomes ready. */
    nextReady: () => new Promise<void>((resolve) => readiness.push(resolve)),
    keep: () => keepRunning(program, { clock, report, limits }),
  }
}

const killed: Exit = { code: null, signal: 'SIGKILL' }

describe('a program that is kept running', () => {
  test('starts again after it was killed, and is ready again', async () => {
    const it = scene()
    const kept = it.keep()
    assert.equal(await kept.ready, 1)
    const again = it.nextReady()
    it.lives[0]?.die(killed)
    await again
    assert.equal(it.lives.length, 2)
    await kept.stop()
    assert.deepEqual(await kept.ended, { kind: 'stopped' })
  })

  test('is started later each time, and given up when it dies quickly again and again', async () => {
    const it = scene()
    const kept = it.keep()
    await kept.ready
    for (let life = 0; life < limits.quickDeathsMax; life++) {
      const again = it.nextReady()
      it.lives[life]?.die({ code: 3, signal: null })
      if (life < limits.quickDeathsMax - 1) await again
    }
    const ending = await kept.ended
    assert.equal(ending.kind, 'gave-up')
    assert.match(
      ending.why,
      /^the server died 4 times in a row, each time within 5 s: it ended with code 3$/,
    )
    assert.deepEqual(ending.lastWords, ['so this is the end'])
    const waits = it.events.flatMap((event) => (event.event === 'died' ? event.restartInMs : []))
    assert.deepEqual(waits, [100, 200, 400])
  })

  test('has its past forgiven after a good life', async () => {
    const it = scene()
    const kept = it.keep()
    await kept.ready
    for (let life = 0; life < 3 * limits.quickDeathsMax; life++) {
      const again = it.nextReady()
      it.pass(limits.quickDeathMs)
      it.lives[life]?.die(killed)
      await again
    }
    await kept.stop()
    assert.deepEqual(await kept.ended, { kind: 'stopped' })
  })

  test('is not tried again when it refuses its settings, whenever that is', async () => {
    const it = scene()
    const kept = it.keep()
    await kept.ready
    it.lives[0]?.die({ code: 2, signal: null })
    const ending = await kept.ended
    assert.equal(ending.kind, 'gave-up')
    assert.equal(ending.why, 'the server refuses its settings')
  })

  test('is not tried again when its first start fails', async () => {
    const it = scene({ ready: false })
    const kept = it.keep()
    await new Promise((resolve) => setImmediate(resolve))
    it.lives[0]?.die({ code: 1, signal: null })
    const ending = await kept.ended
    assert.equal(ending.kind, 'gave-up')
    assert.equal(ending.why, 'the server did not start: it ended with code 1')
    assert.equal(it.lives.length, 1)
  })

  test('is ended when it never becomes ready', async () => {
    const it = scene({ ready: false })
    const ending = await it.keep().ended
    assert.equal(ending.kind, 'gave-up')
    assert.equal(it.lives.length, limits.quickDeathsMax)
    for (const { asked } of it.lives) assert.deepEqual(asked, ['kill'])
  })

  test('is ended when it does not stop, though asked', async () => {
    const it = scene({ deaf: true })
    const kept = it.keep()
    await kept.ready
    await kept.stop()
    assert.deepEqual(it.lives[0]?.asked, ['stop', 'kill'])
  })

  test('can be stopped before it is ready, and between two lives', async () => {
    const it = scene({ ready: false })
    const kept = it.keep()
    await kept.stop()
    assert.deepEqual(await kept.ended, { kind: 'stopped' })
    const other = scene()
    const dying = other.keep()
    await dying.ready
    other.lives[0]?.die(killed)
    await dying.stop()
    assert.deepEqual(await dying.ended, { kind: 'stopped' })
  })
})
