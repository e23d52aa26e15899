// Keeps one PostgreSQL alive exactly as long as the process that asked for it. It is a process of
// its own because a test that is killed cannot clean up: when the channel to the test closes, for
// whatever reason, the database stops and its files are removed.

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import {
  type Account,
  type PostgresPrograms,
  postgresAccount,
  postgresPrograms,
  programsFor,
} from './postgres-binaries.ts'

/** What a test may ask of the process. Each request is answered by one `PostgresReply`. */
export type PostgresRequest =
  | { readonly kind: 'start'; readonly password: string }
  | { readonly kind: 'crash' }
  | { readonly kind: 'restart' }
  | { readonly kind: 'stop' }

export type PostgresReply =
  | { readonly kind: 'done'; readonly port: number }
  | { readonly kind: 'failed'; readonly message: string }

const startTimeoutMs = 30_000
const stopTimeoutMs = 10_000
const portAttempts = 5
const logTailLines = 30

type Cluster = {
  readonly directory: string
  readonly programs: PostgresPrograms
  readonly account: Account
  readonly port: number
  readonly server: ChildProcess
}

let directory: string | undefined
let cluster: Cluster | undefined

/** The request being answered: leaving in the middle of a start would leave its files behind. */
let pending: Promise<void> = Promise.resolve()

process.on('message', (request: PostgresRequest) => {
  pending = answer(request).then(
    (port) => reply({ kind: 'done', port }),
    (error: unknown) => reply({ kind: 'failed', message: String(error) }),
  )
})
process.on('disconnect', () => void leave())
// A Ctrl-C reaches the whole terminal. The test decides when it is over, and then the channel closes.
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => void leave())

async function answer(request: PostgresRequest): Promise<number> {
  switch (request.kind) {
    case 'start':
      cluster = await startCluster(request.password)
      return cluster.port
    case 'crash':
      // SIGQUIT is PostgreSQL's immediate shutdown: no checkpoint, so the next start must recover.
      if (cluster) await end(cluster.server, 'SIGQUIT')
      return cluster?.port ?? 0
    case 'restart':
      if (!cluster) throw new Error('the database was never started; start it first')
      await end(cluster.server, 'SIGINT')
      cluster = { ...cluster, server: await startServer(cluster, cluster.port) }
      return cluster.port
    case 'stop':
      await clean()
      return 0
  }
}

async function startCluster(password: string): Promise<Cluster> {
  directory = await mkdtemp(join(tmpdir(), 'countersign-postgres-'))
  const account = await postgresAccount()
  const programs = await programsFor(account, await postgresPrograms(), directory)
  const passwordFile = join(directory, 'password')
  await writeFile(passwordFile, password, { mode: 0o600 })
  if ('uid' in account) {
    await chown(directory, account.uid, account.gid)
    await chown(passwordFile, account.uid, account.gid)
  }
  await promisify(execFile)(programs.initdb, initdbArguments(directory, passwordFile), {
    ...account,
    cwd: directory,
    timeout: startTimeoutMs,
  })
  const place = { directory, programs, account }
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    try {
      return { ...place, port, server: await startServer(place, port) }
    } catch (error) {
      // Another process may take the port between the moment it was found free and now.
      if (attempt === portAttempts || !String(error).includes('could not bind')) throw error
    }
  }
}

function initdbArguments(at: string, passwordFile: string): readonly string[] {
  return [
    `--pgdata=${join(at, 'data')}`,
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--no-sync',
    '--no-instructions',
  ]
}

async function startServer(
  { directory: at, programs, account }: Pick<Cluster, 'directory' | 'programs' | 'account'>,
  port: number,
): Promise<ChildProcess> {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    shared_buffers: '32MB',
    max_connections: '100',
    lc_messages: 'C',
    // The files die with the test, so surviving a power cut is worth nothing here. Surviving a
    // crash of the processes does not need it: the kernel still holds what was written.
    fsync: 'off',
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const server = spawn(programs.postgres, ['-D', join(at, 'data'), '-p', String(port), ...flags], {
    ...account,
    cwd: at,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  await untilReady(server)
  return server
}

/** Resolves when the server takes connections; otherwise rejects with the last lines of its log. */
function untilReady(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const lines: string[] = []
    const refuse = (why: string) => reject(new Error(`${why}\n${lines.join('\n')}`))
    const timer = setTimeout(() => {
      server.kill('SIGQUIT')
      refuse(`PostgreSQL was not ready after ${startTimeoutMs} ms; its last words:`)
    }, startTimeoutMs)
    server.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      lines.push(...chunk.trimEnd().split('\n'))
      lines.splice(0, lines.length - logTailLines)
      if (!chunk.includes('database system is ready to accept connections')) return
      clearTimeout(timer)
      resolve()
    })
    server.once('error', (error) => refuse(String(error)))
    server.once('close', () => {
      clearTimeout(timer)
      refuse('PostgreSQL ended while starting; its last words:')
    })
  })
}

async function end(server: ChildProcess, signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const gone = once(server, 'exit')
  server.kill(signal)
  const timer = setTimeout(() => server.kill('SIGKILL'), stopTimeoutMs)
  await gone
  clearTimeout(timer)
}

async function clean(): Promise<void> {
  if (cluster) await end(cluster.server, 'SIGQUIT')
  cluster = undefined
  if (directory) await rm(directory, { recursive: true, force: true, maxRetries: 5 })
  directory = undefined
}

async function leave(): Promise<void> {
  await pending
  await clean()
  process.exit()
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port on 127.0.0.1')
  return address.port
}

function reply(message: PostgresReply): void {
  if (process.connected) process.send?.(message)
}
