// A gateway of one process: its parts, its doors, what it does besides requests, and its end.
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { assembleGateway, type GatewayOptions, observe, requireUsable } from './assemble.ts'
import { enrolOnce, runBackground } from './background.job.ts'
import { type Addresses, type Doors, openDoors } from './doors.ts'
import type { Gateway } from './gateway.ts'
import { proofsMaxCount } from './limits.ts'
import { addressOf, closeServer, listen } from './serving.process.ts'
import { claimDirectory, openState } from './state.file.ts'
import { Metrics } from '#operate/metrics'
import { operateListener, stateOf } from '#operate/operate.routes'
import { shipLeftBehind } from '#processes/left-behind.job'
import { nobodyElse } from '#processes/peers'
import { openTls, type Tls } from '#tls/open.file'

export type StartOptions = GatewayOptions

export interface RunningGateway extends Addresses {
  readonly operateAddress: AddressInfo
  readonly gateway: Gateway
  /** The TLS side of the door, if the settings ask for one. */
  readonly tls?: Tls
  /** Settles only if the gateway cannot go on: rejects with the reason. */
  readonly failed: Promise<never>
  /** Lets requests in progress finish, for a bounded time, then ends everything. */
  readonly stop: () => Promise<void>
}

/** Starts a gateway. Rejects with `StartFault` where the operator must change something. */
export async function startGateway(options: StartOptions): Promise<RunningGateway> {
  const { settings, clock } = options
  const directory = join(settings.dataDir, 'gateway')
  const held = await claimDirectory(directory)
  const stopping = new AbortController()
  let doors: Doors | undefined
  let operate: Server | undefined
  try {
    const metrics = new Metrics()
    const places = { own: directory, common: directory }
    const state = openState(places, { ...options, metrics })
    requireUsable(settings, state)
    const gateway = await assembleGateway(options, {
      places,
      state,
      metrics,
      peers: nobodyElse({ proofsMaxCount }),
    })
    const { facts, decisions } = gateway
    observe(gateway)

    const tls = await openTls(settings, join(directory, 'tls'), gateway)
    doors = await openDoors(settings, gateway, tls)
    operate = operateListener({
      metrics: async () => metrics.registry.metrics(),
      metricsType: metrics.registry.contentType,
      state: async () => stateOf(facts, clock.now()),
      ...(tls?.authority === undefined ? {} : { authority: tls.authority }),
    })
    await listen(operate, settings.gatewayOperateListen, 'COUNTERSIGN_GATEWAY_OPERATE_LISTEN')
    const keeping = tls?.keep(stopping.signal)
    const { signal } = stopping
    const working = runBackground({
      gateway,
      copy: state.copy,
      enrolled: (pauses) => enrolOnce({ settings, gateway, key: state.key, directory, ...pauses }),
      shipped: { log: decisions, directory },
      tells: [state.key.publicKey, state.p256Key.publicKey],
      serving: { ...gateway, ...state },
      signal,
    })
    const shippingRest = shipLeftBehind({ ...options, gateway, directory, signal })

    const { drain, close, addresses } = doors
    const operating = operate
    return {
      ...addresses,
      operateAddress: addressOf(operating),
      gateway,
      ...(tls ? { tls } : {}),
      failed: new Promise((_, reject) => {
        working.catch(reject)
      }),
      async stop() {
        await drain()
        stopping.abort()
        await Promise.allSettled([working, shippingRest, keeping, closeServer(operating), close()])
        gateway.upstreams.close()
        await Promise.allSettled([gateway.controlPlane.close()])
        decisions.close()
        await held.release()
      },
    }
  } catch (error) {
    stopping.abort()
    operate?.close()
    await Promise.allSettled([doors?.drain(), doors?.close()])
    await held.release()
    throw error
  }
}
