// The embedded database as a pool of one connection, which is all that Kysely's PostgreSQL
// dialect asks for. Transactions take turns; the database itself runs in a worker.
import { Worker } from 'node:worker_threads'
import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely'
import type { Log } from '#log'
import { directoryFault, prepareDatabaseDirectory } from './data-directory.ts'
import type { Database } from './database.ts'
import { StoreError, type StoreFault } from './fault.ts'

export type EmbeddedRequest =
  | {
      readonly kind: 'query'
      readonly call: number
      readonly sql: string
      readonly parameters: readonly unknown[]
    }
  | { readonly kind: 'close'; readonly call: number }

interface Failure {
  readonly message: string
  /** SQLSTATE, or a code of the operating system such as `EACCES`. */
  readonly code: string | undefined
  readonly constraint: string | undefined
}

export type EmbeddedReply =
  | { readonly kind: 'opened' }
  | ({ readonly kind: 'unusable' } & Failure)
  | {
      readonly kind: 'answered'
      readonly call: number
      readonly rows: readonly unknown[]
      readonly affected: number
    }
  | ({ readonly kind: 'refused'; readonly call: number } & Failure)

/** How long a caller waits for its turn, in milliseconds. */
const turnTimeoutMs = 60_000
const closeTimeoutMs = 5_000

/**
 * Opens the embedded database whose files are in `directory`, which is made where it is missing.
 * @param lost is told when the database stops for good after it had opened.
 * @throws StoreFault where the files cannot be used.
 */
export async function openEmbedded(
  directory: string,
  log: Log,
  lost: (fault: StoreFault) => void,
): Promise<Kysely<Database>> {
  const made = await prepareDatabaseDirectory(directory)
  const connection = new EmbeddedConnection(directory, lost)
  try {
    await connection.opened
    await made()
  } catch (error) {
    await connection.end()
    throw error
  }
  log.debug({}, 'the embedded database is open')
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool: new Turns(connection) }) })
}

/** Hands the one connection to one holder at a time, first come, first served. */
class Turns implements PostgresPool {
  readonly #connection: EmbeddedConnection
  readonly #waiting: (() => void)[] = []
  #taken = false

  constructor(connection: EmbeddedConnection) {
    this.#connection = connection
  }

  async connect(): Promise<PostgresPoolClient> {
    if (this.#taken) await this.#turn()
    this.#taken = true
    return {
      query: (async (sql: string, parameters: readonly unknown[]) => {
        const { rows, affected } = await this.#connection.query(sql, parameters)
        // The command's name only tells Kysely whether the count of rows means anything.
        return { command: 'UPDATE', rowCount: affected, rows }
      }) as PostgresPoolClient['query'],
      release: () => this.#pass(),
    }
  }

  end(): Promise<void> {
    return this.#connection.close()
  }

  #turn(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(take), 1)
        reject(new StoreError('the store was busy for too long', 'busy'))
      }, turnTimeoutMs)
      const take = () => {
        clearTimeout(timer)
        resolve()
      }
      this.#waiting.push(take)
    })
  }

  #pass(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#taken = false
  }
}

interface Pending {
  readonly resolve: (answer: { readonly rows: readonly unknown[]; affected: number }) => void
  readonly reject: (error: Error) => void
}

class EmbeddedConnection {
  readonly opened: Promise<void>
  readonly #worker: Worker
  readonly #pending = new Map<number, Pending>()
  #calls = 0
  #end: StoreError | undefined
  #closing = false

  constructor(directory: string, lost: (fault: StoreFault) => void) {
    this.#worker = new Worker(new URL('embedded.worker.ts', import.meta.url), {
      workerData: { directory },
      // What the database says of itself is not in the form of our log.
      stdout: true,
      stderr: true,
    })
    // It says what it does at length; what matters of it arrives as an answer.
    this.#worker.stdout.resume()
    this.#worker.stderr.resume()
    this.opened = new Promise((resolve, reject) => {
      this.#worker.on('message', (reply: EmbeddedReply) => {
        if (reply.kind === 'opened') resolve()
        else if (reply.kind === 'unusable') reject(directoryFault(directory, reply))
        else this.#settle(reply)
      })
      const gone = (error: unknown) => {
        if (this.#end) return
        this.#end = new StoreError('the embedded database has stopped', 'lost', { cause: error })
        const fault = directoryFault(directory, error)
        reject(fault)
        for (const { reject: refuse } of this.#pending.values()) refuse(this.#end)
        this.#pending.clear()
        if (!this.#closing) lost(fault)
      }
      this.#worker.on('error', gone)
      this.#worker.on('exit', () => gone(new Error('its thread ended')))
    })
  }

  query(
    sql: string,
    parameters: readonly unknown[],
  ): Promise<{ readonly rows: readonly unknown[]; readonly affected: number }> {
    return this.#ask((call) => ({ kind: 'query', call, sql, parameters }))
  }

  async close(): Promise<void> {
    this.#closing = true
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, closeTimeoutMs)
    })
    await Promise.race([this.#ask((call) => ({ kind: 'close', call })).catch(() => {}), late])
    clearTimeout(timer)
    await this.end()
  }

  /** Ends the thread, whatever it is doing. What was committed is kept. */
  async end(): Promise<void> {
    this.#closing = true
    await this.#worker.terminate()
  }

  #ask(request: (call: number) => EmbeddedRequest): ReturnType<EmbeddedConnection['query']> {
    if (this.#end) return Promise.reject(this.#end)
    const call = ++this.#calls
    return new Promise((resolve, reject) => {
      this.#pending.set(call, { resolve, reject })
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      this.#worker.postMessage(request(call))
    })
  }

  #settle(reply: Extract<EmbeddedReply, { readonly call: number }>): void {
    const pending = this.#pending.get(reply.call)
    this.#pending.delete(reply.call)
    if (reply.kind === 'answered') pending?.resolve(reply)
    else
      pending?.reject(new StoreError(reply.message, reply.code, { constraint: reply.constraint }))
  }
}
