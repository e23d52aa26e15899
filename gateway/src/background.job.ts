// Everything a gateway does besides requests: it enrols once, follows the feed and ships decisions.
import { join } from 'node:path'
import type { Settings } from '@countersign/contract/settings'
import { Backoff } from './backoff.ts'
import type { Gateway } from './gateway.ts'
import { changesMaxBytes, rejudgeIntervalMs } from './limits.ts'
import { shipDecisions } from '#decisions/shipper.job'
import { enrol } from '#enrolment/enrol.job'
import { writeEnrolment } from '#enrolment/enrolment.file'
import type { CredentialsCopy } from '#upstream-credentials/copy.file'
import { followCredentials } from '#upstream-credentials/follow.job'
import type { GatewayKey, SealedFor } from '#enrolment/key.file'
import type { FeedCopy } from '#feed/feed-copy.file'
import { followFeed } from '#feed/follow.job'
import { feedVerifier } from '#feed/verify'

export interface BackgroundOptions {
  readonly settings: Pick<Settings<'gateway'>, 'gatewayEnrolmentToken' | 'gatewayName'>
  readonly gateway: Gateway
  readonly copy: FeedCopy
  readonly key: GatewayKey
  readonly sealedFor: SealedFor
  readonly credentialsCopy: CredentialsCopy
  readonly directory: string
  readonly signal: AbortSignal
}

/** Runs until `signal` aborts. Rejects where the gateway cannot go on. */
export async function runBackground(options: BackgroundOptions): Promise<void> {
  const { gateway, copy, key, settings, directory, signal } = options
  const { controlPlane, enrolment, facts, metrics, clock, log: logger } = gateway
  const pause = (ms: number): Promise<void> => pauseUnlessStopped(ms, signal)
  const backoff = (): Backoff =>
    new Backoff({
      firstMs: 100,
      maxMs: 10_000,
      random32: () => Buffer.from(gateway.randomBytes(4)).readUInt32LE(),
    })

  if (!enrolment.current) {
    const token = settings.gatewayEnrolmentToken?.reveal() ?? ''
    const name = settings.gatewayName
    const given = await enrol({
      controlPlane,
      token,
      name,
      key,
      backoff: backoff(),
      pause,
      logger,
      signal,
    })
    if (!given) return
    writeEnrolment(join(directory, 'enrolment.json'), given)
    enrolment.current = given
    logger.info({ gateway: given.gateway }, 'enrolled')
  }
  const rejudging = setInterval(() => gateway.streams.rejudge(), rejudgeIntervalMs)
  signal.addEventListener('abort', () => clearInterval(rejudging), { once: true })
  await Promise.all([
    followFeed({
      controlPlane,
      facts,
      copy,
      verifier: await feedVerifier(enrolment.current.feedKey),
      now: clock.now,
      pause,
      backoff: backoff(),
      changesMaxBytes,
      logger,
      signal,
      onRejected: (kind) => metrics.feedRejected(kind),
    }),
    followCredentials({
      credentials: gateway.upstreamCredentials,
      facts,
      enrolment: enrolment.current,
      key,
      sealedFor: options.sealedFor,
      copy: options.credentialsCopy,
      controlPlane,
      backoff: backoff(),
      pause,
      logger,
      signal,
    }),
    shipDecisions({
      log: gateway.decisions,
      controlPlane,
      directory,
      logger,
      backoff: backoff(),
      pause,
      signal,
      onShipped: (records, outcome) => metrics.shipped(records, outcome),
    }),
  ])
}

function pauseUnlessStopped(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
    if (signal.aborted) done()
  })
}
