// A gateway that begins with fewer processes than before finds the decision logs of those that are
// no more. What they recorded is handed over like everything else, and then their places are removed.
import { join } from 'node:path'
import type { GatewayOptions } from '#assemble'
import { pausesOf } from '#background.job'
import { DecisionLog } from '#decisions/decision-log.file'
import { shipDecisions } from '#decisions/shipper.job'
import type { Gateway } from '#gateway'
import { decisionsMaxBytes, segmentMaxBytes } from '#limits'
import { processPlaces, removePlace } from './places.file.ts'

interface LeftBehindOptions extends Pick<GatewayOptions, 'fileSystem' | 'atEndOfTurn'> {
  readonly gateway: Pick<Gateway, 'controlPlane' | 'metrics' | 'log' | 'randomBytes'>
  readonly directory: string
  /** So many processes run, and hand over their own. */
  readonly runningCount?: number
  readonly signal: AbortSignal
}

/** Ships what processes left behind, until `signal` aborts. Never rejects. */
export async function shipLeftBehind(options: LeftBehindOptions): Promise<void> {
  const { gateway, directory, runningCount = 0 } = options
  for (const { number, place } of processPlaces(directory)) {
    if (number <= runningCount) continue
    try {
      await shipAll(place, options)
    } catch (error) {
      gateway.log.error(
        { err: error, place },
        'decisions that a process left behind could not be handed over; check the disk and start again',
      )
    }
  }
}

async function shipAll(
  place: string,
  { gateway, fileSystem, atEndOfTurn, signal }: LeftBehindOptions,
): Promise<void> {
  const { controlPlane, metrics, log: logger } = gateway
  const log = new DecisionLog({
    directory: join(place, 'decisions'),
    fileSystem,
    maxBytes: decisionsMaxBytes,
    segmentMaxBytes,
    atEndOfTurn,
    onFault() {},
  })
  const { pause, backoff } = pausesOf(gateway, signal)
  await shipDecisions({
    log,
    controlPlane,
    directory: place,
    logger,
    backoff: backoff(),
    pause,
    signal,
    isComplete: true,
    onShipped: (records, outcome) => metrics.shipped(records, outcome),
  })
  log.close()
  if (signal.aborted) return
  removePlace(place)
  logger.info({ place }, 'what a process left behind is handed over')
}
