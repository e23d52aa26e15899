// One of several processes of a gateway that accept connections. It decides, records and cuts by
// itself; what must hold for all of them alike, it asks the primary process.
import { join } from 'node:path'
import { assembleGateway, type GatewayOptions, observe, requireUsable } from '#assemble'
import { runBackground } from '#background.job'
import { claimDirectory, openState } from '#state.file'
import { openDoors } from '#doors'
import type { Enrolment } from '#enrolment/enrolment'
import type { Gateway } from '#gateway'
import { decisionsMaxBytes, peersTimeoutMs } from '#limits'
import { Metrics } from '#operate/metrics'
import { stateOf } from '#operate/operate.routes'
import { openTls, type Tls } from '#tls/open.file'
import { type Channel, Line } from './line.process.ts'
import { peersThrough } from './peers.ts'
import { processPlace } from './places.file.ts'
import type { Answers } from './questions.ts'

export interface WorkerOptions extends GatewayOptions {
  readonly number: number
  /** How many there are; they share the room on disk. */
  readonly count: number
  readonly channel: Channel
  /** Told by the primary that it should stop. */
  readonly onStop: () => void
}

export interface RunningWorker {
  /** Settles only if it cannot go on: rejects with the reason. */
  readonly failed: Promise<never>
  readonly stop: () => Promise<void>
}

/** What the primary asks can come before there is somebody to answer. */
interface Awaited {
  gateway?: Gateway
  tls?: Tls | undefined
  readonly enrolled: PromiseWithResolvers<Enrolment | undefined>
}

/** Begins to accept connections. Rejects with `StartFault`. */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { settings, number, count, channel } = options
  const common = join(settings.dataDir, 'gateway')
  const own = processPlace(common, number)
  const awaited: Awaited = { enrolled: Promise.withResolvers() }
  const line = new Line(channel, answersOf(awaited, options))
  const held = await claimDirectory(own)
  const stopping = new AbortController()
  stopping.signal.addEventListener('abort', () => awaited.enrolled.resolve(undefined))
  const begun = await line.ask('begin', null, peersTimeoutMs)
  if (begun.enrolment) awaited.enrolled.resolve(begun.enrolment)

  const metrics = new Metrics()
  const places = { own, common }
  const state = openState(places, {
    decisionsMaxBytes: Math.floor(decisionsMaxBytes / count),
    ...options,
    metrics,
  })
  requireUsable(settings, state)
  const peers = peersThrough(line, number)
  const gateway = await assembleGateway(options, { places, state, metrics, peers })
  observe(gateway)
  const tls = await openTls(settings, join(common, 'tls'), gateway, { kind: 'shows' })
  for (const { host, pair } of begun.challenges) tls?.told?.challenge(host, pair)
  awaited.gateway = gateway
  awaited.tls = tls

  const doors = await openDoors(settings, gateway, tls)
  const { signal } = stopping
  const keeping = tls?.keep(signal)
  const working = runBackground({
    gateway,
    copy: state.copy,
    enrolled: () => awaited.enrolled.promise,
    shipped: { log: gateway.decisions, directory: own },
    serving: { ...gateway, ...state },
    signal,
  })
  await line.ask('listening', doors.addresses, peersTimeoutMs)

  return {
    failed: new Promise((_, reject) => {
      working.catch(reject)
    }),
    async stop() {
      await doors.drain()
      stopping.abort()
      await Promise.allSettled([working, keeping, doors.close()])
      gateway.upstreams.close()
      await Promise.allSettled([gateway.controlPlane.close()])
      gateway.decisions.close()
      await held.release()
    },
  }
}

function answersOf(awaited: Awaited, { clock, onStop }: WorkerOptions): Answers {
  const serving = (): Gateway => {
    if (!awaited.gateway) throw new Error('this process has not begun yet')
    return awaited.gateway
  }
  return {
    enrolled(enrolment) {
      awaited.enrolled.resolve(enrolment)
      return null
    },
    reach: ({ sequence, timeoutMs }) => serving().facts.reachHere(sequence, timeoutMs),
    async ending({ decision, presented, nowMs }) {
      const found = serving().endings.findHere(decision, presented, nowMs)
      if (!found) return undefined
      const { why, at } = found
      return { why, at, record: await found.record }
    },
    kept: (id) => {
      const reply = serving().keptAnswers.takeHere(id)
      return reply && { ...reply, headers: { ...reply.headers } }
    },
    challenge({ host, pair }) {
      awaited.tls?.told?.challenge(host, pair)
      return null
    },
    certificate(host) {
      awaited.tls?.told?.certificate(host)
      return null
    },
    state: () => stateOf(serving().facts, clock.now()),
    metrics: async () =>
      (await serving().metrics.registry.getMetricsAsJSON()).map((metric) => ({ ...metric })),
    stop() {
      onStop()
      return null
    },
  }
}
