// Keeps the credentials as current as the facts: whenever an application says that its credentials
// changed after ours were made, they are fetched.
import type { Logger } from 'pino'
import type { Backoff } from '#backoff'
import type { ControlPlane } from '#control-plane.client'
import type { Enrolment } from '#enrolment/enrolment'
import type { GatewayKey, SealedFor } from '#enrolment/key.file'
import type { LiveEstate } from '#feed/live-estate'
import type { CredentialsCopy } from './copy.file.ts'
import type { UpstreamCredentials } from './held.ts'
import { openBundle, sealingStatement } from './sealed.ts'

export interface FollowCredentialsOptions {
  readonly credentials: UpstreamCredentials
  readonly facts: LiveEstate
  readonly enrolment: Enrolment
  readonly key: GatewayKey
  readonly sealedFor: SealedFor
  readonly copy: CredentialsCopy
  readonly controlPlane: Pick<ControlPlane, 'credentials'>
  readonly backoff: Backoff
  readonly pause: (ms: number) => Promise<void>
  readonly logger: Logger
  readonly signal: AbortSignal
}

/** Runs until `signal` aborts. Never rejects. */
export async function followCredentials(options: FollowCredentialsOptions): Promise<void> {
  const { facts, credentials, backoff, pause, logger, signal } = options
  let wake = (): void => {}
  facts.onChange(() => wake())
  signal.addEventListener('abort', () => wake(), { once: true })
  await attempt(restore(options), logger, 'stored credentials are not believed')
  while (!signal.aborted) {
    const changed = new Promise<void>((resolve) => (wake = resolve))
    const { current } = facts
    if (!current || !credentials.areBehind(current)) {
      await changed
      backoff.reset()
    } else {
      await attempt(fetch(options), logger, 'credentials for applications could not be fetched')
      if (facts.current && credentials.areBehind(facts.current)) await pause(backoff.nextMs())
    }
  }
}

async function restore(options: FollowCredentialsOptions): Promise<void> {
  const { copy, credentials, sealedFor, enrolment } = options
  const sealed = copy.read()
  if (sealed !== undefined) credentials.replace(await openBundle(sealed, sealedFor, enrolment))
}

async function fetch(options: FollowCredentialsOptions): Promise<void> {
  const { controlPlane, copy, credentials, key, sealedFor, enrolment } = options
  const { sealed } = await controlPlane.credentials(await sealingStatement(key, sealedFor))
  credentials.replace(await openBundle(sealed, sealedFor, enrolment))
  copy.write(sealed)
}

async function attempt(work: Promise<void>, logger: Logger, fault: string): Promise<void> {
  try {
    await work
  } catch (error) {
    logger.warn({ err: error instanceof Error ? error.message : String(error) }, fault)
  }
}
