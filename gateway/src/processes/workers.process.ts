// The worker processes of a gateway, each in its numbered place: begun together, begun again when
// one dies, a little later each time it dies soon, and stopped together. What one asks of the others
// is asked here.
import type { Logger } from 'pino'
import type { Addresses } from '#doors'
import { keeperOf } from '#external/kept-answers'
import {
  peersTimeoutMs,
  processFirstRestartMs,
  processProvenMs,
  processRestartMaxMs,
  processStartTimeoutMs,
  processStopTimeoutMs,
} from '#limits'
import { StartFault } from '#start-fault'
import { Line, type Channel } from './line.process.ts'
import type { Answers, Asked, Answered, QuestionName } from './questions.ts'

/** A process that was begun. */
export interface Forked {
  readonly channel: Channel
  /** Resolves when it is gone, with how it went. */
  readonly exited: Promise<string>
  readonly kill: () => void
}

export interface WorkersOptions {
  readonly count: number
  readonly fork: (number: number) => Forked
  /** What workers ask that is not for each other. */
  readonly answers: Pick<Answers, 'begin' | 'proof'>
  readonly now: () => number
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
}

interface Worker {
  readonly number: number
  readonly line: Line
  readonly forked: Forked
  addresses: Addresses | undefined
}

export class Workers {
  readonly #options: WorkersOptions
  readonly #running = new Map<number, Worker>()
  readonly #stopping = new AbortController()
  readonly #lives: Promise<void>[] = []

  constructor(options: WorkersOptions) {
    this.#options = options
  }

  /** How many accept connections. */
  get listeningCount(): number {
    return this.#listening().length
  }

  /** Begins all. Resolves when all accept connections; rejects with `StartFault` where one cannot. */
  async start(): Promise<Addresses> {
    const numbers = Array.from({ length: this.#options.count }, (_, index) => index + 1)
    const [first] = await Promise.all(
      numbers.map(
        (number) =>
          new Promise<Addresses>((resolve, reject) => {
            this.#lives.push(this.#keep(number, { resolve, reject }))
          }),
      ),
    )
    // INVARIANT: there is at least one.
    if (!first) throw new Error('a gateway has at least one process')
    return first
  }

  /** Asks all that accept connections, but for one; leaves out those that do not answer. */
  async askAll<N extends QuestionName>(
    name: N,
    asked: Asked<N>,
    { except, timeoutMs = peersTimeoutMs }: { except?: number; timeoutMs?: number } = {},
  ): Promise<readonly Answered<N>[]> {
    const answers = await Promise.allSettled(
      this.#listening()
        .filter(({ number }) => number !== except)
        .map(({ line }) => line.ask(name, asked, timeoutMs)),
    )
    return answers.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []))
  }

  /** Tells every process, also those that do not accept connections yet. Never rejects. */
  async tell<N extends QuestionName>(name: N, asked: Asked<N>): Promise<void> {
    await Promise.allSettled(
      [...this.#running.values()].map(({ line }) => line.ask(name, asked, peersTimeoutMs)),
    )
  }

  /** Stops all: what is in progress may finish for a bounded time. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    const deadline = setTimeout(() => {
      for (const { forked } of this.#running.values()) forked.kill()
    }, processStopTimeoutMs)
    await this.tell('stop', null)
    await Promise.all(this.#lives)
    clearTimeout(deadline)
  }

  #listening(): readonly Worker[] {
    return [...this.#running.values()].filter(({ addresses }) => addresses !== undefined)
  }

  /** Fills a place until all stop. */
  async #keep(number: number, first: Beginning): Promise<void> {
    const { log, now } = this.#options
    const { signal } = this.#stopping
    let wasReady = false
    let quickDeaths = 0
    while (!signal.aborted) {
      const begunAt = now()
      const { exit, fault, isReady } = await this.#live(number, first)
      if (signal.aborted) break
      wasReady ||= isReady
      if (!wasReady) {
        first.reject(
          fault ?? new Error(`process ${number} of the gateway ended at its start: ${exit}`),
        )
        return
      }
      quickDeaths = now() - begunAt < processProvenMs ? quickDeaths + 1 : 0
      const inMs = Math.min(
        processRestartMaxMs,
        processFirstRestartMs * 2 ** Math.max(0, Math.min(quickDeaths - 1, 16)),
      )
      log.error(
        { process: number, exit, ...(fault ? { err: fault.message } : {}), restartInMs: inMs },
        'a process of the gateway ended; it is started again, the others go on',
      )
      await pauseUnlessStopped(inMs, signal)
    }
    first.reject(new Error('the gateway was stopped before all of its processes had begun'))
  }

  /** One life of one process. */
  async #live(number: number, first: Beginning): Promise<Life> {
    const { fork, answers } = this.#options
    const forked = fork(number)
    let fault: StartFault | undefined
    const worker: Worker = {
      number,
      forked,
      addresses: undefined,
      line: new Line(forked.channel, {
        ...answers,
        ...this.#between(number),
        listening: (given) => {
          worker.addresses = withoutUndefined(given)
          clearTimeout(overdue)
          first.resolve(worker.addresses)
          return null
        },
        failed: (message) => {
          fault = new StartFault(message)
          return null
        },
      }),
    }
    const overdue = setTimeout(() => forked.kill(), processStartTimeoutMs)
    this.#running.set(number, worker)
    // One that is begun while all stop was not told.
    if (this.#stopping.signal.aborted) forked.kill()
    const exit = await forked.exited
    clearTimeout(overdue)
    this.#running.delete(number)
    return { exit, fault, isReady: worker.addresses !== undefined }
  }

  /** What a process asks of the others. */
  #between(number: number): Pick<Answers, 'reach' | 'ending' | 'kept'> {
    return {
      reach: async (asked) => {
        const others = this.#listening().filter((worker) => worker.number !== number)
        const reached = await this.askAll('reach', asked, {
          except: number,
          timeoutMs: asked.timeoutMs + peersTimeoutMs,
        })
        return reached.length >= others.length && reached.every(Boolean)
      },
      ending: async (asked) => {
        const found = await this.askAll('ending', asked, { except: number })
        return found.find((ending) => ending !== undefined)
      },
      kept: async (id) => {
        const keeper = this.#running.get(keeperOf(id) ?? 0)
        return keeper?.line.ask('kept', id, peersTimeoutMs)
      },
    }
  }
}

interface Beginning {
  readonly resolve: (addresses: Addresses) => void
  readonly reject: (fault: Error) => void
}

interface Life {
  readonly exit: string
  readonly fault: StartFault | undefined
  readonly isReady: boolean
}

function withoutUndefined({
  address,
  externalAddress,
  redirectAddress,
}: Asked<'listening'>): Addresses {
  return {
    address,
    ...(externalAddress ? { externalAddress } : {}),
    ...(redirectAddress ? { redirectAddress } : {}),
  }
}

function pauseUnlessStopped(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })
}
