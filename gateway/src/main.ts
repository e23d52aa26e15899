// The gateway as a program: settings in, signals, exit codes. With several processes it is this
// program again in each of them.
import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { availableParallelism } from 'node:os'
import { processesMaxCount, SettingError } from '@countersign/contract/setting-value'
import { readSettings, type Settings } from '@countersign/contract/settings'
import { pino } from 'pino'
import type { GatewayOptions } from './assemble.ts'
import { EnrolmentRefused } from '#enrolment/enrol.job'
import { channelToPrimary, forkWorker, workerNumber } from '#processes/fork.process'
import { Line } from '#processes/line.process'
import { startPrimary } from '#processes/primary'
import { startWorker } from '#processes/worker'
import { peersTimeoutMs } from './limits.ts'
import { pooled } from './random-pool.ts'
import { startGateway } from './start.ts'
import { StartFault } from './start-fault.ts'

/** 0 stopped gracefully, 1 unexpected, 2 something the operator must change. */
const exit = { stopped: 0, unexpected: 1, usage: 2 } as const

const number = workerNumber(process.env)
const settings = readOrExit()
// A reader of the log that goes away must neither stop the gateway nor hold it up: pino's own
// destination would try again for ever.
process.stdout.on('error', () => {})
const logger = pino(
  { name: 'gateway', level: settings.logLevel, ...(number ? { base: processOf(number) } : {}) },
  process.stdout,
)
const clock = { now: Date.now, monotonicNs: () => process.hrtime.bigint() }
const options: GatewayOptions = {
  settings,
  logger,
  clock,
  randomBytes: pooled(randomBytes),
  atEndOfTurn: setImmediate,
  fileSystem: fs,
}

process.on('uncaughtException', (error) => leave(error))
process.on('unhandledRejection', (reason) => leave(reason))

try {
  if (number === undefined) await runGateway()
  else await runWorker(number)
} catch (error) {
  if (number !== undefined && error instanceof StartFault) await tellPrimary(error)
  leave(error)
}

async function runGateway(): Promise<never> {
  const count = countOfProcesses(settings)
  const running =
    count === 1
      ? await startGateway(options)
      : await startPrimary({ ...options, count, fork: forkWorker })
  const { address, operateAddress } = running
  logger.info({ listen: address, operate: operateAddress, processes: count }, 'listening')
  stopOn(['SIGTERM', 'SIGINT'], running.stop)
  return running.failed
}

async function runWorker(own: number): Promise<never> {
  let stop: (() => void) | undefined
  const running = await startWorker({
    ...options,
    number: own,
    count: countOfProcesses(settings),
    channel: channelToPrimary,
    // One that is told before it has begun has nothing in progress.
    onStop: () => (stop ? stop() : process.exit(exit.stopped)),
  })
  stop = stopOn(['SIGTERM'], running.stop)
  // A terminal sends it to all; the primary stops its processes.
  process.on('SIGINT', () => {})
  return running.failed
}

/** Stops at the first of these signals; a second ends it at once. Gives what the first does. */
function stopOn(signals: readonly NodeJS.Signals[], stop: () => Promise<void>): () => void {
  let isStopping = false
  const begin = (signal?: NodeJS.Signals): void => {
    isStopping = true
    logger.info({ signal }, 'stopping')
    stop().then(() => {
      logger.info('stopped')
      process.exit(exit.stopped)
    }, leave)
  }
  for (const signal of signals) {
    process.on(signal, () => {
      if (isStopping) process.exit(exit.unexpected)
      begin(signal)
    })
  }
  return () => {
    if (!isStopping) begin()
  }
}

function countOfProcesses({ gatewayProcesses }: Settings<'gateway'>): number {
  return gatewayProcesses === 'auto'
    ? Math.min(availableParallelism(), processesMaxCount)
    : gatewayProcesses
}

function processOf(own: number): Readonly<Record<string, unknown>> {
  return { pid: process.pid, process: own }
}

async function tellPrimary({ message }: StartFault): Promise<void> {
  await new Line(channelToPrimary, {}).ask('failed', message, peersTimeoutMs).catch(() => {})
  process.exit(exit.usage)
}

function readOrExit(): Settings<'gateway'> {
  try {
    return readSettings('gateway', process.env)
  } catch (error) {
    return leave(error)
  }
}

function leave(error: unknown): never {
  if (
    error instanceof SettingError ||
    error instanceof StartFault ||
    error instanceof EnrolmentRefused
  ) {
    process.stderr.write(`gateway: ${error.message}\n`)
    process.exit(exit.usage)
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.stderr.write(`gateway: unexpected: ${text}\n`)
  process.exit(exit.unexpected)
}
