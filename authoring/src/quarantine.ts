// The official engine is WebAssembly: a small hostile policy can make it trap, and a trapped
// instance stays broken. So it lives in a worker that may be thrown away at any moment: after a
// trap, past a deadline, or when it takes too much memory. The process that asks is never harmed.
import { Worker } from 'node:worker_threads'

/** One call of the engine: the name of an exported function and its arguments. */
export interface EngineCall {
  readonly name: string
  readonly args: readonly unknown[]
}

/** What became of one call. Results are JSON whose long integers are `{"__long": "…"}`. */
export type EngineOutcome =
  | { readonly kind: 'answered'; readonly json: string }
  | { readonly kind: 'crashed'; readonly message: string }
  | { readonly kind: 'late' }

export interface QuarantineLimits {
  /** The time one batch of calls may take. */
  readonly deadlineMs: number
  readonly memoryMaxMb: number
}

/** A disposable instance of the official engine, with a queue of one batch at a time. */
export class Quarantine {
  readonly #limits: QuarantineLimits
  #worker: Worker | undefined
  #queue: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(limits: QuarantineLimits) {
    this.#limits = limits
  }

  /** Runs the calls in order, one outcome each; a call that crashes does not take others with it. */
  async run(calls: readonly EngineCall[]): Promise<EngineOutcome[]> {
    const turn = this.#queue.then(() => this.#runAll(calls))
    this.#queue = turn.catch(() => undefined)
    return turn
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#queue
    await this.#discard()
  }

  async #runAll(calls: readonly EngineCall[]): Promise<EngineOutcome[]> {
    const outcomes: EngineOutcome[] = []
    while (outcomes.length < calls.length) {
      outcomes.push(...(await this.#runSome(calls.slice(outcomes.length))))
    }
    return outcomes
  }

  // Ends early after a call that ruined the worker, so that the rest gets a new one.
  async #runSome(calls: readonly EngineCall[]): Promise<EngineOutcome[]> {
    if (this.#closed) throw new Error('the policy checker is closed; create a new one')
    const worker = (this.#worker ??= this.#start())
    const outcomes = await answersOf(worker, calls, this.#limits.deadlineMs)
    if (outcomes.at(-1)?.kind === 'answered') worker.unref()
    else await this.#discard()
    return outcomes
  }

  #start(): Worker {
    return new Worker(new URL('./quarantine-worker.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: this.#limits.memoryMaxMb, stackSizeMb: 4 },
      env: {},
      stdout: true,
      stderr: true,
    })
  }

  async #discard(): Promise<void> {
    const worker = this.#worker
    this.#worker = undefined
    await worker?.terminate()
  }
}

// One outcome for each call, or fewer, of which the last says what went wrong.
function answersOf(
  worker: Worker,
  calls: readonly EngineCall[],
  deadlineMs: number,
): Promise<EngineOutcome[]> {
  const { promise, resolve } = Promise.withResolvers<EngineOutcome[]>()
  const outcomes: EngineOutcome[] = []
  const finish = (last?: EngineOutcome): void => {
    clearTimeout(deadline)
    worker.off('message', collect).off('error', fail).off('exit', fail)
    resolve(last === undefined ? outcomes : [...outcomes, last])
  }
  const collect = (outcome: EngineOutcome): void => {
    outcomes.push(outcome)
    if (outcome.kind !== 'answered' || outcomes.length === calls.length) finish()
  }
  // A worker that runs out of memory ends instead of answering.
  const fail = (cause: unknown): void => finish({ kind: 'crashed', message: String(cause) })
  const deadline = setTimeout(() => finish({ kind: 'late' }), deadlineMs)
  worker.ref()
  worker.on('message', collect).once('error', fail).once('exit', fail)
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  worker.postMessage(calls)
  return promise
}
