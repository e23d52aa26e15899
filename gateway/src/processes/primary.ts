// The primary process of a gateway that has several. It answers no visitor: it enrols, keeps the
// facts for the next start, orders certificates, remembers what must hold in every process, answers
// operators for all of them, and begins a process again that died.
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { AggregatorRegistry } from 'prom-client'
import {
  controlPlaneOf,
  type GatewayOptions,
  observe,
  requireUsable,
  staleAfterMs,
} from '#assemble'
import { enrolOnce, runBackground } from '#background.job'
import type { Addresses } from '#doors'
import { LiveEstate } from '#feed/live-estate'
import { proofsMaxCount } from '#limits'
import { Metrics } from '#operate/metrics'
import { operateListener, type OperatingState } from '#operate/operate.routes'
import { addressOf, closeServer, listen } from '#serving.process'
import { claimDirectory, openState, restoreFacts } from '#state.file'
import type { IssuedPair } from '#tls/issue'
import { openTls } from '#tls/open.file'
import { SeenProofs } from '#workloads/seen-proofs'
import { shipLeftBehind } from './left-behind.job.ts'
import { type Forked, Workers } from './workers.process.ts'

export interface PrimaryOptions extends GatewayOptions {
  readonly count: number
  readonly fork: (number: number) => Forked
}

export interface RunningPrimary extends Addresses {
  readonly operateAddress: AddressInfo
  /** Settles only if the gateway cannot go on: rejects with the reason. */
  readonly failed: Promise<never>
  /** Lets requests in progress finish, for a bounded time, then ends everything. */
  readonly stop: () => Promise<void>
}

/** Starts a gateway of `count` processes and this one. Rejects with `StartFault`. */
export async function startPrimary(options: PrimaryOptions): Promise<RunningPrimary> {
  const { settings, logger, clock, randomBytes, count } = options
  const directory = join(settings.dataDir, 'gateway')
  const held = await claimDirectory(directory)
  const stopping = new AbortController()
  let operate: Server | undefined
  let workers: Workers | undefined
  try {
    const metrics = new Metrics()
    const state = openState({ own: directory, common: directory }, { ...options, metrics })
    requireUsable(settings, state)
    const { enrolment, copy, decisions } = state
    const facts = new LiveEstate(staleAfterMs(settings))
    if (enrolment.current) await restoreFacts(enrolment.current, copy, facts, options)
    const controlPlane = controlPlaneOf(options, state)
    const gateway = {
      controlPlane,
      enrolment,
      facts,
      metrics,
      clock,
      log: logger,
      randomBytes,
      decisions,
    }
    observe(gateway)

    const proofs = new SeenProofs({ maxCount: proofsMaxCount })
    const challenges = new Map<string, IssuedPair>()
    const begun = new Workers({
      count,
      fork: options.fork,
      now: clock.now,
      log: logger,
      answers: {
        begin: () => ({
          enrolment: enrolment.current,
          challenges: [...challenges].map(([host, pair]) => ({ host, pair })),
        }),
        proof: ({ name, endsAt, nowMs }) => proofs.isFirst(name, endsAt, nowMs),
      },
    })
    workers = begun
    metrics.observeProcesses(() => begun.listeningCount)
    const tls = await openTls(settings, join(directory, 'tls'), gateway, {
      kind: 'orders',
      async challenge(host, pair) {
        if (pair) challenges.set(host, pair)
        else challenges.delete(host)
        await begun.tell('challenge', { host, pair })
      },
      certificate: (host) => begun.tell('certificate', host),
    })

    const addresses = await begun.start()
    operate = operateListener({
      metrics: () => metricsOfAll(metrics, begun),
      metricsType: metrics.registry.contentType,
      state: () => stateOfAll(begun),
      ...(tls?.authority === undefined ? {} : { authority: tls.authority }),
    })
    await listen(operate, settings.gatewayOperateListen, 'COUNTERSIGN_GATEWAY_OPERATE_LISTEN')
    const { signal } = stopping
    const keeping = tls?.keep(signal)
    const working = runBackground({
      gateway,
      copy,
      async enrolled(pauses) {
        const given = await enrolOnce({ settings, gateway, key: state.key, directory, ...pauses })
        if (given) {
          enrolment.current = given
          await begun.tell('enrolled', given)
        }
        return given
      },
      shipped: { log: decisions, directory },
      tells: [state.key.publicKey, state.p256Key.publicKey],
      signal,
    })
    const shippingRest = shipLeftBehind({
      ...options,
      gateway,
      directory,
      runningCount: count,
      signal,
    })

    const operating = operate
    return {
      ...addresses,
      operateAddress: addressOf(operating),
      failed: new Promise((_, reject) => {
        working.catch(reject)
      }),
      async stop() {
        await begun.stop()
        stopping.abort()
        await Promise.allSettled([working, shippingRest, keeping, closeServer(operating)])
        await Promise.allSettled([controlPlane.close()])
        decisions.close()
        await held.release()
      },
    }
  } catch (error) {
    stopping.abort()
    operate?.close()
    await workers?.stop()
    await held.release()
    throw error
  }
}

/** Ready is a gateway every process of which that accepts connections can decide. */
async function stateOfAll(workers: Workers): Promise<OperatingState> {
  const count = workers.listeningCount
  const states = await workers.askAll('state', null)
  if (count === 0) return 'not-listening'
  if (states.length < count) return 'silent'
  return states.find((state) => state !== 'ready') ?? 'ready'
}

async function metricsOfAll({ registry }: Metrics, workers: Workers): Promise<string> {
  const theirs = await workers.askAll('metrics', null)
  const ours = await registry.getMetricsAsJSON()
  return AggregatorRegistry.aggregate([ours, ...theirs]).metrics()
}
