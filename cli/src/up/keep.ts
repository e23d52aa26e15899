// Keeps one program running: waits until it works, starts it again when it dies, each time a little
// later, and gives up when that does not help.
import type { Clock } from '#world'
import { durationText } from '#times'
import type { Exit, Program, Running } from './program.ts'
import type { Report } from './progress.ts'

export interface KeepLimits {
  /** How often it is asked whether it is ready, in milliseconds. */
  readonly askEveryMs: number
  /** How long it may take to become ready. */
  readonly startTimeoutMs: number
  /** A life shorter than this, counted from readiness, is a quick death. */
  readonly quickDeathMs: number
  /** It is given up after so many quick deaths in a row. */
  readonly quickDeathsMax: number
  readonly firstRestartMs: number
  readonly restartMaxMs: number
  /** How long it may take to stop when asked. */
  readonly stopTimeoutMs: number
}

export const keepLimits: KeepLimits = {
  askEveryMs: 50,
  startTimeoutMs: 180_000,
  quickDeathMs: 5_000,
  quickDeathsMax: 8,
  firstRestartMs: 100,
  restartMaxMs: 5_000,
  stopTimeoutMs: 15_000,
}

/** Why a program no longer runs. */
export type Ending =
  | { readonly kind: 'stopped' }
  | {
      readonly kind: 'gave-up'
      readonly why: string
      readonly exit: Exit | undefined
      readonly lastWords: readonly string[]
    }

export interface Kept {
  /** Resolves when it is ready for the first time, with its process id; never, if it never is. */
  readonly ready: Promise<number>
  readonly ended: Promise<Ending>
  /** Asks it to stop, ends it if it does not, and resolves when it is gone. */
  stop(): Promise<void>
  /** Ends it at once, for good. */
  kill(): void
}

interface Keeper {
  readonly clock: Clock
  readonly report: Report
  readonly limits: KeepLimits
}

/** Starts the program and keeps it running until `stop`, `kill`, or until that is hopeless. */
export function keepRunning(program: Program, { clock, report, limits }: Keeper): Kept {
  const { name } = program
  const ready = Promise.withResolvers<number>()
  const stopping = new AbortController()
  let running: Running | undefined
  let wasReady = false

  /** One life, from start to death. */
  const live = async (): Promise<Death> => {
    report({ event: 'progress', program: name, state: 'starting', text: `the ${name} starts` })
    const startedAt = clock.now()
    let life: Running
    try {
      life = await program.start()
    } catch (error) {
      return { quick: true, message: error instanceof Error ? error.message : String(error) }
    }
    running = life
    if (stopping.signal.aborted) life.stop()
    const dead = new AbortController()
    const exited = life.exited.finally(() => {
      dead.abort()
    })
    const asking = AbortSignal.any([dead.signal, stopping.signal])
    let readyAt: number | undefined
    while (!asking.aborted) {
      if ((await program.isReady()) && !dead.signal.aborted) {
        readyAt = clock.now()
        wasReady = true
        ready.resolve(life.pid)
        const seconds = ((readyAt - startedAt) / 1000).toFixed(1)
        report({
          event: 'progress',
          program: name,
          state: 'ready',
          process: life.pid,
          text: `the ${name} is ready, after ${seconds} s`,
        })
        break
      }
      if (clock.now() - startedAt > limits.startTimeoutMs) life.kill()
      await clock.wait(limits.askEveryMs, asking)
    }
    const exit = await exited
    running = undefined
    const quick = readyAt === undefined || clock.now() - readyAt < limits.quickDeathMs
    return { quick, exit, lastWords: life.lastWords(), message: exitText(exit) }
  }

  const keep = async (): Promise<Ending> => {
    let quickDeaths = 0
    for (;;) {
      if (stopping.signal.aborted) return { kind: 'stopped' }
      const death = await live()
      if (stopping.signal.aborted) return { kind: 'stopped' }
      quickDeaths = death.quick ? quickDeaths + 1 : 0
      const hopeless = hopelessness(name, death, wasReady, quickDeaths, limits)
      if (hopeless !== undefined) {
        return {
          kind: 'gave-up',
          why: hopeless,
          exit: death.exit,
          lastWords: death.lastWords ?? [],
        }
      }
      const restartInMs = Math.min(
        limits.firstRestartMs * 2 ** Math.max(0, quickDeaths - 1),
        limits.restartMaxMs,
      )
      report({
        event: 'died',
        program: name,
        exitCode: death.exit?.code ?? null,
        signal: death.exit?.signal ?? null,
        restartInMs,
        text: `the ${name} ${death.exit ? 'died' : 'does not start'}: ${death.message}; it starts again in ${restartInMs} ms`,
      })
      await clock.wait(restartInMs, stopping.signal)
    }
  }

  const ended = keep()
  return {
    ready: ready.promise,
    ended,
    async stop() {
      stopping.abort()
      running?.stop()
      const gone = new AbortController()
      void ended.finally(() => {
        gone.abort()
      })
      await clock.wait(limits.stopTimeoutMs, gone.signal)
      if (!gone.signal.aborted) running?.kill()
      await ended
    },
    kill() {
      stopping.abort()
      running?.kill()
    },
  }
}

interface Death {
  readonly quick: boolean
  readonly message: string
  readonly exit?: Exit
  readonly lastWords?: readonly string[]
}

/** Every program answers a wrong setting with this code; starting it again cannot help. */
const settingsExitCode = 2

function hopelessness(
  name: string,
  { exit, message }: Death,
  wasReady: boolean,
  quickDeaths: number,
  limits: KeepLimits,
): string | undefined {
  if (exit?.code === settingsExitCode) return `the ${name} refuses its settings`
  // Who watches the first start wants to hear at once. A kill from outside says nothing about it.
  if (!wasReady && exit && exit.code !== null) return `the ${name} did not start: ${message}`
  return quickDeaths >= limits.quickDeathsMax
    ? `the ${name} died ${quickDeaths} times in a row, each time within ${durationText(limits.quickDeathMs / 1000)}: ${message}`
    : undefined
}

function exitText({ code, signal }: Exit): string {
  return signal === null ? `it ended with code ${code}` : `it was ended by ${signal}`
}
