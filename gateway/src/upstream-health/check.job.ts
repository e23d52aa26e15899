// Asks applications whether they work, as often as they say, and tells the control plane.
import { healthReportMs } from '@countersign/contract/upstream-health'
import type { Logger } from 'pino'
import type { ControlPlane } from '#control-plane.client'
import type { LiveEstate } from '#feed/live-estate'
import type { Upstreams } from '#upstream/upstreams.client'
import type { Askable, UpstreamHealth } from './health.ts'
import { probe } from './probe.client.ts'

export interface CheckUpstreamsOptions {
  readonly health: UpstreamHealth
  readonly facts: Pick<LiveEstate, 'current'>
  readonly upstreams: Pick<Upstreams, 'to'>
  readonly controlPlane: Pick<ControlPlane, 'reportHealth'>
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly pause: (ms: number) => Promise<void>
  readonly lookEveryMs: number
  readonly probeTimeoutMs: number
  readonly atOnceMaxCount: number
  readonly headMaxBytes: number
  readonly logger: Logger
  readonly signal: AbortSignal
}

/** Runs until `signal` aborts. Never rejects. */
export async function checkUpstreams(options: CheckUpstreamsOptions): Promise<void> {
  const { health, facts, now, pause, lookEveryMs, atOnceMaxCount, signal } = options
  let asking = 0
  let told: Told = { revision: 0, at: -Infinity }
  let isTelling = false
  while (!signal.aborted) {
    const applications = facts.current?.all('application') ?? []
    for (const application of health.due(applications, now(), atOnceMaxCount - asking)) {
      asking += 1
      void ask(application, options).finally(() => (asking -= 1))
    }
    // A control plane that does not answer must not keep anybody from being asked.
    if (!isTelling) {
      isTelling = true
      void tell(told, options)
        .then((latest) => (told = latest))
        .finally(() => (isTelling = false))
    }
    await pause(lookEveryMs)
  }
}

async function ask(application: Askable, options: CheckUpstreamsOptions): Promise<void> {
  const { health, now, logger, signal } = options
  const wasFailing = health.isFailing(application.id)
  const why = await answerOf(application, options)
  if (signal.aborted) return
  health.found(application, why, now())
  const isFailing = health.isFailing(application.id)
  if (isFailing === wasFailing) return
  const about = { application: application.id, ...(why === undefined ? {} : { why }) }
  if (isFailing) logger.warn(about, 'an application does not work: requests to it fail at once')
  else logger.info(about, 'an application works again')
}

async function answerOf(
  application: Askable,
  { upstreams, probeTimeoutMs, headMaxBytes, signal }: CheckUpstreamsOptions,
): Promise<string | undefined> {
  try {
    const { tls } = upstreams.to(application)
    return await probe({ application, tls, timeoutMs: probeTimeoutMs, headMaxBytes, signal })
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

interface Told {
  readonly revision: number
  /** Milliseconds since the epoch. */
  readonly at: number
}

// At once when something changed, and from time to time, because a control plane forgets when it
// starts anew. One that does not hear is told at the next look.
async function tell(last: Told, options: CheckUpstreamsOptions): Promise<Told> {
  const { health, controlPlane, now } = options
  const { revision } = health
  const report = health.report()
  const isDue = revision !== last.revision || now() - last.at >= healthReportMs
  const isWorthIt = report.asked.length > 0 || revision !== last.revision
  if (!isDue || !isWorthIt) return last
  return (await controlPlane.reportHealth(report)) ? { revision, at: now() } : last
}
