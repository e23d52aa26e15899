// Before anything starts: is the data directory free, and are the addresses? A predecessor that was
// killed may still be stopping its programs, so there is a short patience; a program that works
// well there will not go away, and the message says what to do.
import { createConnection, createServer } from 'node:net'
import { shortestPath } from '#control.client'
import { Failure } from '#failure'
import type { Clock } from '#world'
import type { Listen, Plan } from './environment.ts'
import type { Report } from './progress.ts'

const patienceMs = 10_000
const askEveryMs = 100

/**
 * Resolves when nobody else uses what we need.
 * @throws Failure `inUse` when that takes longer than a stopping predecessor needs.
 */
export async function awaitVacancy(
  plan: Pick<Plan, 'controlSocket' | 'dataDir' | 'listens'>,
  clock: Clock,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const startedAt = clock.now()
  let told = false
  while (!signal.aborted) {
    const obstacle = await obstacleTo(plan)
    if (!obstacle) return
    if (obstacle.exit !== 'inUse' || clock.now() - startedAt > patienceMs) throw obstacle
    if (!told) {
      report({
        event: 'progress',
        program: 'server',
        state: 'waiting',
        text: `${obstacle.message}; waiting up to ${patienceMs / 1000} s for it to stop`,
      })
      told = true
    }
    await clock.wait(askEveryMs, signal)
  }
}

async function obstacleTo({
  controlSocket,
  dataDir,
  listens,
}: Pick<Plan, 'controlSocket' | 'dataDir' | 'listens'>): Promise<Failure | undefined> {
  if (await somebodyAnswers(controlSocket)) {
    return new Failure(
      'inUse',
      `another server uses the data directory \`${dataDir}\``,
      'stop it, or choose another directory with `--data-dir`; `countersign status` shows it',
    )
  }
  for (const listen of listens) {
    const obstacle = await obstacleAt(listen)
    if (obstacle) return obstacle
  }
  return undefined
}

async function obstacleAt({ setting, address }: Listen): Promise<Failure | undefined> {
  const { host, port } = address
  const code = await listenError(host, port)
  switch (code) {
    case undefined:
      return undefined
    case 'EADDRINUSE':
      return new Failure(
        'inUse',
        `another program listens on \`${host}:${port}\``,
        `stop it, or set \`${setting}\` to another address`,
      )
    case 'EACCES':
      return new Failure(
        'usage',
        `this user may not listen on \`${host}:${port}\``,
        `set \`${setting}\` to a port from 1024 on`,
      )
    default:
      return new Failure(
        'usage',
        `nothing can listen on \`${host}:${port}\` (${code})`,
        `set \`${setting}\` to an address of this machine`,
      )
  }
}

async function somebodyAnswers(socketPath: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = createConnection(shortestPath(socketPath))
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => {
      resolve(false)
    })
  })
}

async function listenError(host: string, port: number): Promise<string | undefined> {
  return await new Promise((resolve) => {
    const server = createServer()
    server.on('error', (error) => {
      resolve('code' in error ? String(error.code) : error.message)
    })
    server.listen({ host, port, exclusive: true }, () => {
      server.close(() => {
        resolve(undefined)
      })
    })
  })
}
