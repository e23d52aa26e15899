// Puts the parts of a gateway together, in the order in which each needs the ones before, and
// takes them apart again.
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { newId } from '@countersign/contract/ids'
import type { Settings } from '@countersign/contract/settings'
import { runBackground } from './background.job.ts'
import { controlPlaneAt } from './control-plane.client.ts'
import type { Gateway } from './gateway.ts'
import { assertionsMaxCount } from './limits.ts'
import { listener } from './listener.routes.ts'
import { addressOf, closeServer, drain, listen } from './serving.process.ts'
import { StartFault } from './start-fault.ts'
import { claimDirectory, openState, restoreFacts, type StateOptions } from './state.file.ts'
import { recordCut } from '#decisions/record-cut'
import { LiveEstate } from '#feed/live-estate'
import { Metrics } from '#operate/metrics'
import { operateListener } from '#operate/operate.routes'
import { OpenStreams } from '#streams/open-streams'
import { assertionsSignedBy } from '#upstream/assertion'
import { Upstreams, type UpstreamTimeouts } from '#upstream/upstreams.client'

export interface StartOptions extends Omit<StateOptions, 'metrics'> {
  readonly settings: Settings<'gateway'>
  /** Random bytes fit for keys. */
  readonly randomBytes: (count: number) => Uint8Array
  readonly upstreamTimeouts?: Partial<UpstreamTimeouts>
}

export interface RunningGateway {
  readonly address: AddressInfo
  readonly operateAddress: AddressInfo
  readonly gateway: Gateway
  /** Settles only if the gateway cannot go on: rejects with the reason. */
  readonly failed: Promise<never>
  /** Lets requests in progress finish, for a bounded time, then ends everything. */
  readonly stop: () => Promise<void>
}

/** Starts a gateway. Rejects with `StartFault` where the operator must change something. */
export async function startGateway(options: StartOptions): Promise<RunningGateway> {
  const { settings, logger, clock, randomBytes } = options
  refusePlainHttp(settings.serverUrl)
  const directory = join(settings.dataDir, 'gateway')
  const held = await claimDirectory(directory)
  const stopping = new AbortController()
  try {
    const metrics = new Metrics()
    const state = openState(directory, { ...options, metrics })
    const { key, enrolment, decisions, copy } = state
    if (!enrolment.current && !settings.gatewayEnrolmentToken) {
      throw new StartFault(
        'this gateway is not enrolled: set COUNTERSIGN_GATEWAY_ENROLMENT_TOKEN to a token from `countersign serve`',
      )
    }
    const facts = new LiveEstate(settings.gatewayStaleAfter * 1000)
    const controlPlane = controlPlaneAt({
      url: settings.serverUrl,
      key,
      gateway: () => enrolment.current?.gateway,
      now: clock.now,
      newTokenId: () => newId('request', { now: clock.now, randomBytes }),
    })
    if (enrolment.current) await restoreFacts(enrolment.current, copy, facts, options)
    const gateway: Gateway = {
      clock,
      randomBytes,
      enrolment,
      facts,
      decisions,
      upstreams: new Upstreams(options.upstreamTimeouts),
      assertions: await assertionsSignedBy(key, { keptMaxCount: assertionsMaxCount }),
      controlPlane,
      streams: openStreams(facts, { ...state, metrics }, options),
      metrics,
      log: logger,
    }
    observe(gateway)

    const server = listener(gateway)
    const operate = operateListener({ metrics, facts, now: clock.now })
    await listen(server, settings.gatewayListen, 'COUNTERSIGN_GATEWAY_LISTEN')
    await listen(operate, settings.gatewayOperateListen, 'COUNTERSIGN_GATEWAY_OPERATE_LISTEN')
    const working = runBackground({
      settings,
      gateway,
      copy,
      key,
      directory,
      signal: stopping.signal,
    })

    return {
      address: addressOf(server),
      operateAddress: addressOf(operate),
      gateway,
      failed: new Promise((_, reject) => {
        working.catch(reject)
      }),
      async stop() {
        await drain(server, gateway.streams)
        stopping.abort()
        await Promise.allSettled([working, closeServer(operate)])
        await Promise.allSettled([gateway.upstreams.close(), controlPlane.close()])
        decisions.close()
        await held.release()
      },
    }
  } catch (error) {
    stopping.abort()
    await held.release()
    throw error
  }
}

/** Plain http would show tokens and facts to everyone on the way. */
function refusePlainHttp({ protocol, hostname, href }: URL): void {
  if (protocol === 'https:' || /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname)) return
  throw new StartFault(
    `\`COUNTERSIGN_SERVER_URL\` is \`${href}\`, which is plain http to another machine: use https, or run both on one machine`,
  )
}

function openStreams(
  facts: LiveEstate,
  { enrolment, decisions, metrics }: Pick<Gateway, 'enrolment' | 'decisions' | 'metrics'>,
  { clock, randomBytes, atEndOfTurn, logger }: StartOptions,
): OpenStreams {
  return new OpenStreams({
    facts,
    now: clock.now,
    atEndOfTurn,
    onCut(_stream, question) {
      metrics.streamCut()
      recordCut(question, { facts, enrolment, decisions, clock, randomBytes }).catch(
        (error: unknown) => logger.error({ err: error }, 'the end of an access was not recorded'),
      )
    },
  })
}

function observe({ metrics, facts, clock, decisions, streams }: Gateway): void {
  metrics.observe({
    feedSequence: () => facts.sequence,
    feedAgeSeconds: () => facts.ageMs(clock.now()) / 1000,
    decisionLogBytes: () => decisions.bytes,
    openStreams: () => streams.size,
  })
}
