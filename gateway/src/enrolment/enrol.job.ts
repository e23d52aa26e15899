// A gateway becomes one by showing a single-use token once. While nobody answers it asks again; a
// token that is refused ends the program, because asking again would not help.
import { ApiError } from '@countersign/contract/client'
import type { Logger } from 'pino'
import type { Backoff } from '#backoff'
import type { ControlPlane } from '#control-plane.client'
import { enrolment, type Enrolment } from './enrolment.ts'
import type { GatewayKey } from './key.file.ts'

export interface EnrolOptions {
  readonly controlPlane: Pick<ControlPlane, 'enrol'>
  readonly token: string
  readonly name: string
  readonly key: GatewayKey
  readonly backoff: Backoff
  readonly pause: (ms: number) => Promise<void>
  readonly logger: Logger
  readonly signal: AbortSignal
}

/** The control plane will not have this gateway. The message is for the operator. */
export class EnrolmentRefused extends Error {
  override readonly name = 'EnrolmentRefused'
}

/** Enrols. Rejects with `EnrolmentRefused`; gives undefined where `signal` aborted before. */
export async function enrol(options: EnrolOptions): Promise<Enrolment | undefined> {
  const { controlPlane, token, name, key, backoff, pause, logger, signal } = options
  while (!signal.aborted) {
    try {
      return enrolment.parse(await controlPlane.enrol({ token, name, publicKey: key.publicKey }))
    } catch (error) {
      if (error instanceof ApiError && error.status >= 400 && error.status < 500) {
        throw new EnrolmentRefused(
          `the enrolment was refused (${error.message}): start \`countersign serve\` to obtain a new token`,
        )
      }
      const waitMs = backoff.nextMs()
      logger.warn(
        { err: error instanceof Error ? error.message : String(error), retryInMs: waitMs },
        'the control plane does not answer, so this gateway cannot enrol; check that the server runs at COUNTERSIGN_SERVER_URL',
      )
      await pause(waitMs)
    }
  }
  return undefined
}
