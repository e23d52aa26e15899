// Puts the parts of a gateway together, in the order in which each needs the ones before, and
// takes them apart again.
import type { AddressInfo, Server } from 'node:net'
import { join } from 'node:path'
import { newId } from '@countersign/contract/ids'
import type { ByTier } from '@countersign/contract/setting-value'
import type { Settings } from '@countersign/contract/settings'
import { runBackground } from './background.job.ts'
import { controlPlaneAt } from './control-plane.client.ts'
import type { Gateway } from './gateway.ts'
import {
  assertionsMaxCount,
  certificateFilesIntervalMs,
  endingMaxAgeMs,
  endingsMaxCount,
  proofsMaxCount,
  trustDomainsIntervalMs,
} from './limits.ts'
import { listener } from './listener.routes.ts'
import { addressOf, closeServer, drain, listen } from './serving.process.ts'
import { StartFault } from './start-fault.ts'
import { claimDirectory, openState, restoreFacts, type StateOptions } from './state.file.ts'
import { recordCut } from '#decisions/record-cut'
import { openExternal } from '#external/open'
import { LiveEstate } from '#feed/live-estate'
import { Metrics } from '#operate/metrics'
import { operateListener } from '#operate/operate.routes'
import { OpenStreams } from '#streams/open-streams'
import { openRedirect } from '#tls/open-redirect'
import { openTls, type Tls } from '#tls/open.file'
import { Endings } from '#tunnel/endings'
import { assertionsSignedBy } from '#upstream/assertion'
import { clientPairs } from '#upstream/client-pairs.file'
import { Upstreams, type UpstreamTimeouts } from '#upstream/upstreams.client'
import { UpstreamCredentials } from '#upstream-credentials/held'
import { credentials } from '#workloads/credentials'
import { trustDomains } from '#workloads/trust-domains.file'

export interface StartOptions extends Omit<StateOptions, 'metrics'> {
  readonly settings: Settings<'gateway'>
  /** Random bytes fit for keys. */
  readonly randomBytes: (count: number) => Uint8Array
  readonly upstreamTimeouts?: Partial<UpstreamTimeouts>
}

export interface RunningGateway {
  readonly address: AddressInfo
  readonly operateAddress: AddressInfo
  /** Where other proxies ask, if the settings say so. */
  readonly externalAddress?: AddressInfo
  /** Where plain http is sent to https, if the settings say so. */
  readonly redirectAddress?: AddressInfo
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
  const { settings, logger, clock, randomBytes } = options
  refusePlainHttp(settings.serverUrl)
  const directory = join(settings.dataDir, 'gateway')
  const held = await claimDirectory(directory)
  const stopping = new AbortController()
  const listening: Server[] = []
  try {
    const metrics = new Metrics()
    const state = openState(directory, { ...options, metrics })
    const { key, enrolment, decisions, copy } = state
    if (!enrolment.current && !settings.gatewayEnrolmentToken) {
      throw new StartFault(
        'this gateway is not enrolled: set COUNTERSIGN_GATEWAY_ENROLMENT_TOKEN to a token from `countersign serve`',
      )
    }
    const facts = new LiveEstate(inMilliseconds(settings.gatewayStaleAfter))
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
      upstreams: new Upstreams(
        clientPairs({
          directory: join(directory, 'upstream-certificates'),
          now: clock.now,
          rereadAfterMs: certificateFilesIntervalMs,
        }),
        options.upstreamTimeouts,
      ),
      credentials: credentials({
        trustDomains: trustDomains({
          path: settings.gatewayTrustDomains,
          now: clock.now,
          rereadAfterMs: trustDomainsIntervalMs,
          log: logger,
        }),
        proofsMaxCount,
      }),
      assertions: await assertionsSignedBy(
        { EdDSA: key, ES256: state.p256Key },
        { keptMaxCount: assertionsMaxCount },
      ),
      upstreamCredentials: new UpstreamCredentials(),
      controlPlane,
      streams: openStreams(facts, { ...state, metrics }, options),
      endings: new Endings({ maxCount: endingsMaxCount, maxAgeMs: endingMaxAgeMs }),
      metrics,
      log: logger,
    }
    observe(gateway)

    const tls = await openTls(settings, join(directory, 'tls'), gateway)
    const door = listener(gateway, tls?.entrance)
    const { server } = door
    const operate = operateListener({
      metrics,
      facts,
      now: clock.now,
      ...(tls?.authority === undefined ? {} : { authority: tls.authority }),
    })
    listening.push(server, operate)
    await listen(server, settings.gatewayListen, 'COUNTERSIGN_GATEWAY_LISTEN')
    await listen(operate, settings.gatewayOperateListen, 'COUNTERSIGN_GATEWAY_OPERATE_LISTEN')
    const external = await openExternal(settings, gateway)
    const redirect = await openRedirect(settings, gateway)
    const keeping = tls?.keep(stopping.signal)
    const working = runBackground({
      settings,
      gateway,
      copy,
      key,
      sealedFor: state.sealedFor,
      credentialsCopy: state.credentialsCopy,
      directory,
      signal: stopping.signal,
    })

    return {
      address: addressOf(server),
      operateAddress: addressOf(operate),
      ...(external ? { externalAddress: external.address } : {}),
      ...(redirect ? { redirectAddress: redirect.address } : {}),
      gateway,
      ...(tls ? { tls } : {}),
      failed: new Promise((_, reject) => {
        working.catch(reject)
      }),
      async stop() {
        await drain(door, gateway.streams)
        stopping.abort()
        await Promise.allSettled([
          working,
          keeping,
          closeServer(operate),
          external?.close(),
          redirect?.close(),
        ])
        await Promise.allSettled([gateway.upstreams.close(), controlPlane.close()])
        decisions.close()
        await held.release()
      },
    }
  } catch (error) {
    stopping.abort()
    for (const server of listening) server.close()
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
    onJudged: (tookMs) => metrics.revoked(tookMs / 1000),
    async onCut(_stream, question) {
      metrics.streamCut()
      try {
        return await recordCut(question, { facts, enrolment, decisions, clock, randomBytes })
      } catch (error) {
        logger.error({ err: error }, 'the end of an access was not recorded')
        return undefined
      }
    },
  })
}

function observe({ metrics, facts, clock, decisions, streams }: Gateway): void {
  metrics.observe({
    feedSequence: () => facts.sequence,
    feedAgeSeconds: () => facts.ageMs(clock.now()) / 1000,
    isStale: (tier) => facts.isStale(clock.now(), tier),
    decisionLogBytes: () => decisions.bytes,
    openStreams: () => streams.size,
  })
}

function inMilliseconds([zero, one, two, three]: ByTier): ByTier {
  return [zero * 1000, one * 1000, two * 1000, three * 1000]
}
