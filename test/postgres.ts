// One real PostgreSQL 18 for the tests of a file, from the binaries that npm installed.

import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'

import { Client } from 'pg'

import type { PostgresReply, PostgresRequest } from './postgres.process.ts'

export type Postgres = AsyncDisposable & {
  /** Makes an empty database and answers its URL (`postgres://…@127.0.0.1:port/name`). */
  readonly createDatabase: () => Promise<string>
  /** Ends every process of the server without warning, as a power cut would. The files stay. */
  readonly crash: () => Promise<void>
  /** Starts again on the same port and files: after `crash` by recovery, else by a clean restart. */
  readonly restart: () => Promise<void>
  /** Stops the server and removes its files. Also happens by itself when the test process ends. */
  readonly stop: () => Promise<void>
}

/**
 * Starts a server that belongs to this process. Takes about 1.5 seconds; answers, one way or the
 * other, within a minute. Declare the part first: `{ skip: await lacking('postgres') }`.
 * @throws when PostgreSQL does not start; the message carries the end of its log.
 */
export async function startPostgres(): Promise<Postgres> {
  const password = randomBytes(18).toString('base64url')
  const keeper = fork(new URL('postgres.process.ts', import.meta.url), {
    // A group of its own, so that a Ctrl-C in the terminal leaves it time to clean up.
    detached: true,
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  // A test that forgets `stop` still ends: neither the process nor its channel holds it open.
  keeper.unref()
  const { port } = await ask(keeper, { kind: 'start', password })
  const urlOf = (name: string) => `postgres://postgres:${password}@127.0.0.1:${port}/${name}`
  let created = 0
  let stopped: Promise<void> | undefined
  const stop = () => (stopped ??= stopKeeper(keeper))
  return {
    async createDatabase() {
      created += 1
      const name = `test_${created}`
      const client = new Client({ connectionString: urlOf('postgres') })
      await client.connect()
      try {
        await client.query(`create database ${name}`)
      } finally {
        await client.end()
      }
      return urlOf(name)
    },
    crash: async () => void (await ask(keeper, { kind: 'crash' })),
    restart: async () => void (await ask(keeper, { kind: 'restart' })),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

async function stopKeeper(keeper: ChildProcess): Promise<void> {
  await ask(keeper, { kind: 'stop' })
  const gone = once(keeper, 'exit')
  keeper.ref()
  keeper.disconnect()
  await gone
}

/** One request, one reply; the channel keeps this process alive only while it waits for it. */
function ask(
  keeper: ChildProcess,
  request: PostgresRequest,
): Promise<Extract<PostgresReply, { kind: 'done' }>> {
  return new Promise((resolve, reject) => {
    keeper.channel?.ref()
    const settle = (reply: PostgresReply) => {
      keeper.channel?.unref()
      keeper.off('message', settle).off('exit', end)
      if (reply.kind === 'done') resolve(reply)
      else reject(new Error(`the test database could not ${request.kind}: ${reply.message}`))
    }
    const end = () => settle({ kind: 'failed', message: 'its process ended' })
    keeper.on('message', settle).on('exit', end)
    keeper.send(request)
  })
}
