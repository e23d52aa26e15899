// What a gateway keeps on disk, opened at its start: its key, its enrolment, its decisions and the
// last good facts.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { type Claim, claim } from './claim.process.ts'
import type { Clock } from './gateway.ts'
import { decisionsMaxBytes, segmentMaxBytes } from './limits.ts'
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
import { FeedCopy } from '#feed/feed-copy.file'
import type { LiveEstate } from '#feed/live-estate'
import { restore } from '#feed/restore'
import { feedVerifier } from '#feed/verify'
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
  readonly copy: FeedCopy
}

/** Claims the state directory for this process. Rejects with `StartFault`. */
export async function claimDirectory(directory: string): Promise<Claim> {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const held = await claim(directory)
    if (held) return held
  } catch (error) {
    throw unusable(directory, error)
  }
  throw new StartFault(
    `another gateway uses \`${directory}\`: stop it, or set COUNTERSIGN_DATA_DIR to a directory of its own`,
  )
}

/** Opens what is kept in a claimed directory. Throws `StartFault`. */
export function openState(directory: string, options: StateOptions): State {
  const { logger, fileSystem, metrics } = options
  try {
    const decisions = new DecisionLog({
      directory: join(directory, 'decisions'),
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
    return {
      key: gatewayKey(join(directory, 'key.pem')),
      p256Key: p256Key(join(directory, 'key-p256.pem')),
      sealedFor: x25519Key(join(directory, 'key-x25519.pem')),
      credentialsCopy: credentialsCopy(join(directory, 'credentials.jwe')),
      enrolment: { current: readEnrolment(join(directory, 'enrolment.json')) },
      decisions,
      copy: new FeedCopy(join(directory, 'feed')),
    }
  } catch (error) {
    throw unusable(directory, error)
  }
}

/** Makes facts of what is stored, as far as the pinned key signed it. */
export async function restoreFacts(
  enrolment: Enrolment,
  copy: FeedCopy,
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
