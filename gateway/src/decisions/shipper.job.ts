// Hands recorded decisions to the control plane, oldest first, and forgets them once they are
// kept there. While it does not answer, they stay on disk; nothing is ever dropped to make room.
import { join } from 'node:path'
import { shipmentMaxRecords } from '@countersign/contract/api/networks'
import type { Logger } from 'pino'
import type { Backoff } from '#backoff'
import type { ControlPlane, Shipped } from '#control-plane.client'
import type { DecisionLog, LogPosition } from './decision-log.file.ts'
import { readPosition, writePosition } from './position.file.ts'
import { recordIn } from './segment.ts'

export interface ShipperOptions {
  readonly log: DecisionLog
  readonly controlPlane: Pick<ControlPlane, 'ship'>
  readonly directory: string
  readonly logger: Logger
  readonly backoff: Backoff
  readonly pause: (ms: number) => Promise<void>
  readonly signal: AbortSignal
  /** Whether nothing is added to the log any more, so that its end is the end. */
  readonly isComplete?: boolean
  /** Told how many records a batch held, and whether it was kept. */
  readonly onShipped: (records: number, outcome: Shipped['kind']) => void
}

const batchMaxBytes = 4 * 1024 * 1024
/** Gathers records for so long before each batch, so that a busy gateway ships few, full batches. */
export const gatherMs = 100
const syncIntervalMs = 1_000

/** Ships until `signal` aborts, or until a complete log is shipped. Never rejects. */
export async function shipDecisions(options: ShipperOptions): Promise<void> {
  const { log, directory, backoff, pause, signal, logger } = options
  const positionFile = join(directory, 'shipped.json')
  let position = readPosition(positionFile) ?? log.start
  const keepPlace = placeKeeper(positionFile)
  const syncing = setInterval(() => {
    harden(log, logger)
    keepPlace(position)
  }, syncIntervalMs)

  while (!signal.aborted) {
    const { lines, next } = read(log, position, logger)
    if (next === undefined) {
      await pause(backoff.nextMs())
      continue
    }
    if (lines.length === 0) {
      position = next
      if (options.isComplete === true) break
      await appended(log, signal)
      await pause(gatherMs)
      continue
    }
    const outcome = await shipLines(lines, options)
    if (outcome.kind === 'unreachable') {
      await pause(backoff.nextMs())
      continue
    }
    backoff.reset()
    position = next
    release(log, position, logger)
    if (lines.length < shipmentMaxRecords && options.isComplete !== true) await pause(gatherMs)
  }
  clearInterval(syncing)
  keepPlace(position)
}

/** Writes a position down where it has changed. */
function placeKeeper(file: string): (position: LogPosition) => void {
  let kept: LogPosition | undefined
  return (position) => {
    if (position.file === kept?.file && position.offset === kept.offset) return
    writePosition(file, position)
    kept = position
  }
}

/**
 * Ships lines, halving a batch that the control plane finds wrong until the one wrong record is
 * alone; that one is given up loudly, so that it does not stop all others for ever.
 */
async function shipLines(lines: readonly Buffer[], options: ShipperOptions): Promise<Shipped> {
  const outcome = await options.controlPlane.ship(lines.map(recordIn), options.signal)
  options.onShipped(lines.length, outcome.kind)
  if (outcome.kind !== 'refused') return outcome
  if (lines.length === 1) {
    options.logger.error(
      { line: lines[0]?.toString('utf8', 0, 100), status: outcome.status },
      'the control plane refuses a decision record; it is left out, compare the versions of gateway and server',
    )
    return { kind: 'kept' }
  }
  const middle = Math.ceil(lines.length / 2)
  const first = await shipLines(lines.slice(0, middle), options)
  return first.kind === 'kept' ? shipLines(lines.slice(middle), options) : first
}

function appended(log: DecisionLog, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stop()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const stop = log.onAppended(done)
    signal.addEventListener('abort', done, { once: true })
  })
}

function read(
  log: DecisionLog,
  position: LogPosition,
  logger: Logger,
): { readonly lines: readonly Buffer[]; readonly next: LogPosition | undefined } {
  try {
    return log.read(position, batchMaxBytes, shipmentMaxRecords)
  } catch (error) {
    logger.error({ err: error }, 'recorded decisions could not be read; check the disk')
    return { lines: [], next: undefined }
  }
}

function release(log: DecisionLog, position: LogPosition, logger: Logger): void {
  try {
    log.release(position)
  } catch (error) {
    logger.error({ err: error }, 'shipped decisions could not be deleted; check the disk')
  }
}

function harden(log: DecisionLog, logger: Logger): void {
  log.harden().catch((error: unknown) => {
    logger.error({ err: error }, 'the decision log could not be hardened; check the disk')
  })
}
