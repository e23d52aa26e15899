// What a gateway keeps on disk, opened at its start: its key, its enrolment, its decisions and the
// last good facts.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { type Claim, claim, unclaimed } from './claim.process.ts'
import type { Clock } from './gateway.ts'
import { decisionsMaxBytes, oldProcessesTimeoutMs, segmentMaxBytes } from './limits.ts'
import { StartFault } from './start-fault.ts'
import { DecisionLog } from '#decisions/decision-log.file'
import type { FileSystem } from '#decisions/file-system'
import type { Enrolment, EnrolmentHolder } from '#enrolment/enrolment'
import { readEnrolment } from '#enrolment/enrolment.file'
import {
  type GatewayKey,
  gatewayKey,
  type P256Key,
  p256Key,
  type SealedFor,
  x25519Key,
} from '#enrolment/key.file'
import { type CredentialsCopy, credentialsCopy } from '#upstream-credentials/copy.file'
import { FeedCopy, type FeedKeeping, readOnly } from '#feed/feed-copy.file'
import type { LiveEstate } from '#feed/live-estate'
import { restore } from '#feed/restore'
import { feedVerifier } from '#feed/verify'
import { processPlaces } from '#processes/places.file'
import type { Metrics } from '#operate/metrics'

export interface StateOptions {
  readonly logger: Logger
  readonly clock: Clock
  readonly fileSystem: FileSystem
  readonly metrics: Metrics
  /** Runs a task at the end of this turn of the event loop. */
  readonly atEndOfTurn: (task: () => void) => void
  readonly decisionsMaxBytes?: number
  readonly segmentMaxBytes?: number
}

export interface State {
  readonly key: GatewayKey
  /** Signs assertions for applications that cannot verify the other. */
  readonly p256Key: P256Key
  /** Opens the credentials for applications. */
  readonly sealedFor: SealedFor
  readonly credentialsCopy: CredentialsCopy
  readonly enrolment: EnrolmentHolder
  readonly decisions: DecisionLog
  readonly copy: FeedKeeping
}

/**
 * Claims a directory for this process, when the processes of a start before have let go of what is
 * theirs in it. Rejects with `StartFault`.
 */
export async function claimDirectory(directory: string): Promise<Claim> {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const held = await claim(directory)
    if (held) {
      await oldProcessesEnded(directory)
      return held
    }
  } catch (error) {
    throw unusable(directory, error)
  }
  throw new StartFault(
    `another gateway uses \`${directory}\`: stop it, or set COUNTERSIGN_DATA_DIR to a directory of its own`,
  )
}

// They end as soon as they notice that their primary process is gone, and hold its ports until then.
async function oldProcessesEnded(directory: string): Promise<void> {
  for (const { place } of processPlaces(directory)) {
    if (!(await unclaimed(place, oldProcessesTimeoutMs))) {
      throw new Error('a process of the gateway that ran before still uses it')
    }
  }
}

/** Where a process keeps what is its own, and what the processes of one gateway have together. */
export interface Places {
  readonly own: string
  readonly common: string
}

/** Opens what is kept in claimed directories. Throws `StartFault`. */
export function openState({ own, common }: Places, options: StateOptions): State {
  const { logger, fileSystem, metrics } = options
  try {
    const decisions = new DecisionLog({
      directory: join(own, 'decisions'),
      fileSystem,
      maxBytes: options.decisionsMaxBytes ?? decisionsMaxBytes,
      segmentMaxBytes: options.segmentMaxBytes ?? segmentMaxBytes,
      atEndOfTurn: options.atEndOfTurn,
      onFault(fault) {
        if (!fault) logger.info('decisions are recorded again')
        else {
          metrics.notRecorded()
          logger.error(
            { err: fault.message },
            'decisions cannot be recorded, so everything is refused; free disk space at the gateway',
          )
        }
      },
    })
    const { tornBytes, setAside } = decisions.recovered
    if (setAside !== undefined) {
      logger.error({ file: setAside }, 'the decision log was damaged; the rest was set aside')
    } else if (tornBytes > 0) logger.info({ tornBytes }, 'the last record was torn and is cut off')
    const copy = new FeedCopy(join(common, 'feed'))
    return {
      key: gatewayKey(join(common, 'key.pem')),
      p256Key: p256Key(join(common, 'key-p256.pem')),
      sealedFor: x25519Key(join(common, 'key-x25519.pem')),
      credentialsCopy: credentialsCopy(join(own, 'credentials.jwe')),
      enrolment: { current: readEnrolment(join(common, 'enrolment.json')) },
      decisions,
      copy: own === common ? copy : readOnly(copy),
    }
  } catch (error) {
    throw unusable(own, error)
  }
}

/** Makes facts of what is stored, as far as the pinned key signed it. */
export async function restoreFacts(
  enrolment: Enrolment,
  copy: FeedKeeping,
  facts: LiveEstate,
  { logger, clock }: Pick<StateOptions, 'logger' | 'clock'>,
): Promise<void> {
  const verifier = await feedVerifier(enrolment.feedKey)
  const { kept, fault } = await restore(copy.read(), verifier, facts, clock.now())
  if (fault) {
    logger.error({ err: fault.message }, 'stored facts were not believed from here on')
    copy.keepChanges(kept)
  }
  if (facts.current) logger.info({ sequence: facts.sequence }, 'facts are restored from disk')
}

function unusable(directory: string, error: unknown): StartFault {
  const why = error instanceof Error ? error.message : String(error)
  return new StartFault(
    `\`${directory}\` cannot be used (${why}): correct its owner and mode, or set COUNTERSIGN_DATA_DIR`,
  )
}
