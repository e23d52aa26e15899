// Everything a gateway does besides requests: it enrols once, follows the feed and ships decisions.
import { join } from 'node:path'
import type { Settings } from '@countersign/contract/settings'
import type { P256PublicKey, SigningKey } from '@countersign/contract/signer'
import { Backoff } from './backoff.ts'
import type { Gateway } from './gateway.ts'
import {
  changesMaxBytes,
  healthLookIntervalMs,
  healthProbesAtOnceMaxCount,
  healthProbeTimeoutMs,
  rejudgeIntervalMs,
  sightingsIntervalMs,
  upstreamHeadMaxBytes,
} from './limits.ts'
import type { DecisionLog } from '#decisions/decision-log.file'
import { shipDecisions } from '#decisions/shipper.job'
import { enrol } from '#enrolment/enrol.job'
import type { Enrolment } from '#enrolment/enrolment'
import { tellKeys } from '#enrolment/tell-keys.job'
import { writeEnrolment } from '#enrolment/enrolment.file'
import type { GatewayKey, SealedFor } from '#enrolment/key.file'
import type { FeedKeeping } from '#feed/feed-copy.file'
import { followFeed } from '#feed/follow.job'
import { feedVerifier } from '#feed/verify'
import { reportSightings } from '#sightings/report.job'
import type { CredentialsCopy } from '#upstream-credentials/copy.file'
import { followCredentials } from '#upstream-credentials/follow.job'
import { checkUpstreams } from '#upstream-health/check.job'

type Means = Pick<
  Gateway,
  'controlPlane' | 'enrolment' | 'facts' | 'metrics' | 'clock' | 'log' | 'randomBytes'
>

/** How to wait: for a time, or until the gateway stops; and longer after each failure. */
export interface Pauses {
  readonly pause: (ms: number) => Promise<void>
  readonly backoff: () => Backoff
  readonly signal: AbortSignal
}

export interface BackgroundOptions {
  readonly gateway: Means
  readonly copy: FeedKeeping
  /** Gives the enrolment as soon as there is one; undefined where the gateway stops before. */
  readonly enrolled: (pauses: Pauses) => Promise<Enrolment | undefined>
  /** The decisions to hand over, and where it is written down how far that is. */
  readonly shipped: { readonly log: DecisionLog; readonly directory: string }
  /** With which keys the gateway signs, for the one process that tells them. */
  readonly tells?: readonly [SigningKey, P256PublicKey]
  /** What only a process that answers requests needs. */
  readonly serving?: Pick<
    Gateway,
    'streams' | 'upstreamCredentials' | 'sightings' | 'upstreams' | 'upstreamHealth'
  > & {
    readonly key: GatewayKey
    readonly sealedFor: SealedFor
    readonly credentialsCopy: CredentialsCopy
  }
  readonly signal: AbortSignal
}

/** Runs until `signal` aborts. Rejects where the gateway cannot go on. */
export async function runBackground(options: BackgroundOptions): Promise<void> {
  const { gateway, copy, enrolled, shipped, tells, serving, signal } = options
  const { controlPlane, facts, metrics, clock, log: logger } = gateway
  const pauses = pausesOf(gateway, signal)
  const { pause, backoff } = pauses
  const enrolment = await enrolled(pauses)
  if (!enrolment) return
  gateway.enrolment.current = enrolment
  if (serving) {
    const rejudging = setInterval(() => serving.streams.rejudge(), rejudgeIntervalMs)
    signal.addEventListener('abort', () => clearInterval(rejudging), { once: true })
  }
  await Promise.all([
    followFeed({
      controlPlane,
      facts,
      copy,
      verifier: await feedVerifier(enrolment.feedKey),
      now: clock.now,
      pause,
      backoff: backoff(),
      changesMaxBytes,
      logger,
      signal,
      onRejected: (kind) => metrics.feedRejected(kind),
    }),
    serving &&
      checkUpstreams({
        health: serving.upstreamHealth,
        facts,
        upstreams: serving.upstreams,
        controlPlane,
        now: clock.now,
        pause,
        lookEveryMs: healthLookIntervalMs,
        probeTimeoutMs: healthProbeTimeoutMs,
        atOnceMaxCount: healthProbesAtOnceMaxCount,
        headMaxBytes: upstreamHeadMaxBytes,
        logger,
        signal,
      }),
    tells &&
      tellKeys({
        controlPlane,
        gateway: enrolment.gateway,
        facts,
        keys: tells,
        backoff: backoff(),
        pause,
        logger,
        signal,
      }),
    serving &&
      followCredentials({
        credentials: serving.upstreamCredentials,
        facts,
        enrolment,
        key: serving.key,
        sealedFor: serving.sealedFor,
        copy: serving.credentialsCopy,
        controlPlane,
        backoff: backoff(),
        pause,
        logger,
        signal,
      }),
    serving &&
      reportSightings({
        sightings: serving.sightings,
        controlPlane,
        everyMs: sightingsIntervalMs,
        backoff: backoff(),
        pause,
        signal,
      }),
    shipDecisions({
      ...shipped,
      controlPlane,
      logger,
      backoff: backoff(),
      pause,
      signal,
      onShipped: (records, outcome) => metrics.shipped(records, outcome),
    }),
  ])
}

/** How a gateway waits until it stops. */
export function pausesOf({ randomBytes }: Pick<Means, 'randomBytes'>, signal: AbortSignal): Pauses {
  return {
    pause: (ms) => pauseUnlessStopped(ms, signal),
    backoff: () =>
      new Backoff({
        firstMs: 100,
        maxMs: 10_000,
        random32: () => Buffer.from(randomBytes(4)).readUInt32LE(),
      }),
    signal,
  }
}

interface EnrolOnceOptions extends Pauses {
  readonly settings: Pick<Settings<'gateway'>, 'gatewayEnrolmentToken' | 'gatewayName'>
  readonly gateway: Pick<Means, 'controlPlane' | 'enrolment' | 'log'>
  readonly key: GatewayKey
  readonly directory: string
}

/** The enrolment that was kept, or one that is obtained now, and kept. Rejects with `EnrolmentRefused`. */
export async function enrolOnce(options: EnrolOnceOptions): Promise<Enrolment | undefined> {
  const { settings, gateway, key, directory, pause, backoff, signal } = options
  const { enrolment, controlPlane, log: logger } = gateway
  if (enrolment.current) return enrolment.current
  const given = await enrol({
    controlPlane,
    token: settings.gatewayEnrolmentToken?.reveal() ?? '',
    name: settings.gatewayName,
    key,
    backoff: backoff(),
    pause,
    logger,
    signal,
  })
  if (!given) return undefined
  writeEnrolment(join(directory, 'enrolment.json'), given)
  logger.info({ gateway: given.gateway }, 'enrolled')
  return given
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
