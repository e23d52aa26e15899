// The gateway as a program: settings in, signals, exit codes.
import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { SettingError } from '@countersign/contract/setting-value'
import { readSettings, type Settings } from '@countersign/contract/settings'
import { pino } from 'pino'
import { EnrolmentRefused } from '#enrolment/enrol.job'
import { pooled } from './random-pool.ts'
import { startGateway } from './start.ts'
import { StartFault } from './start-fault.ts'

/** 0 stopped gracefully, 1 unexpected, 2 something the operator must change. */
const exit = { stopped: 0, unexpected: 1, usage: 2 } as const

const settings = readOrExit()
// A reader of the log that goes away must neither stop the gateway nor hold it up: pino's own
// destination would try again for ever.
process.stdout.on('error', () => {})
const logger = pino({ name: 'gateway', level: settings.logLevel }, process.stdout)
const clock = { now: Date.now, monotonicNs: () => process.hrtime.bigint() }

process.on('uncaughtException', (error) => leave(error))
process.on('unhandledRejection', (reason) => leave(reason))

try {
  const running = await startGateway({
    settings,
    logger,
    clock,
    randomBytes: pooled(randomBytes),
    atEndOfTurn: setImmediate,
    fileSystem: fs,
  })
  logger.info({ listen: running.address, operate: running.operateAddress }, 'listening')
  let isStopping = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (isStopping) process.exit(exit.unexpected)
      isStopping = true
      logger.info({ signal }, 'stopping')
      running.stop().then(() => {
        logger.info('stopped')
        process.exit(exit.stopped)
      }, leave)
    })
  }
  await running.failed
} catch (error) {
  leave(error)
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
