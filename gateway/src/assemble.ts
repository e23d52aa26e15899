// Puts the parts of a gateway together that requests go through, in the order in which each needs
// the ones before. A gateway of several processes has them once in each.
import { join } from 'node:path'
import { newId } from '@countersign/contract/ids'
import type { ByTier } from '@countersign/contract/setting-value'
import type { Settings } from '@countersign/contract/settings'
import { type ControlPlane, controlPlaneAt } from './control-plane.client.ts'
import type { Gateway } from './gateway.ts'
import {
  assertionsMaxCount,
  certificateFilesIntervalMs,
  endingMaxAgeMs,
  endingsMaxCount,
  formBodiesAtOnceMaxCount,
  formBodyMaxBytes,
  formBodyTimeoutMs,
  keptAnswerMaxAgeMs,
  keptAnswersMaxCount,
  sightingsKeptMaxCount,
  sightingTellAgainAfterMs,
  trustDomainsIntervalMs,
} from './limits.ts'
import { StartFault } from './start-fault.ts'
import { type Places, restoreFacts, type State, type StateOptions } from './state.file.ts'
import { recordCut } from '#decisions/record-cut'
import { KeptAnswers } from '#external/kept-answers'
import { LiveEstate } from '#feed/live-estate'
import type { Metrics } from '#operate/metrics'
import type { Peers } from '#processes/peers'
import { FormBodies } from '#refusal/form-body'
import { Sightings } from '#sightings/sightings'
import { OpenStreams } from '#streams/open-streams'
import { Endings } from '#tunnel/endings'
import { assertionsSignedBy } from '#upstream/assertion'
import { clientPairs } from '#upstream/client-pairs.file'
import { Upstreams, type UpstreamTimeouts } from '#upstream/upstreams.client'
import { UpstreamCredentials } from '#upstream-credentials/held'
import { UpstreamHealth } from '#upstream-health/health'
import { credentials } from '#workloads/credentials'
import { trustDomains } from '#workloads/trust-domains.file'

export interface GatewayOptions extends Omit<StateOptions, 'metrics'> {
  readonly settings: Settings<'gateway'>
  /** Random bytes fit for keys. */
  readonly randomBytes: (count: number) => Uint8Array
  readonly upstreamTimeouts?: Partial<UpstreamTimeouts>
}

interface Parts {
  readonly places: Places
  readonly state: State
  readonly metrics: Metrics
  readonly peers: Peers
}

/** The parts, with the facts that were kept. Opens no listener and calls nobody. */
export async function assembleGateway(
  options: GatewayOptions,
  { places, state, metrics, peers }: Parts,
): Promise<Gateway> {
  const { settings, logger, clock, randomBytes } = options
  const { key, enrolment, decisions, copy } = state
  const facts = new LiveEstate(staleAfterMs(settings), peers.reached)
  if (enrolment.current) await restoreFacts(enrolment.current, copy, facts, options)
  const upstreamCredentials = new UpstreamCredentials()
  const streams = openStreams(facts, { ...state, metrics }, options)
  const sightings = new Sightings({
    maxCount: sightingsKeptMaxCount,
    tellAgainAfterMs: sightingTellAgainAfterMs,
  })
  sightings.onContested(() => streams.rejudgeSoon())
  upstreamCredentials.onReplaced(() => streams.rejudgeSoon())
  return {
    clock,
    randomBytes,
    enrolment,
    facts,
    decisions,
    upstreams: new Upstreams(
      clientPairs({
        directory: join(places.common, 'upstream-certificates'),
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
      isFirstProof: peers.isFirstProof,
    }),
    assertions: assertionsSignedBy(
      { EdDSA: key, ES256: state.p256Key },
      { keptMaxCount: assertionsMaxCount },
    ),
    upstreamCredentials,
    upstreamHealth: new UpstreamHealth(),
    controlPlane: controlPlaneOf(options, state),
    sightings,
    streams,
    endings: new Endings({
      maxCount: endingsMaxCount,
      maxAgeMs: endingMaxAgeMs,
      elsewhere: peers.ending,
    }),
    keptAnswers: new KeptAnswers({
      maxCount: keptAnswersMaxCount,
      maxAgeMs: keptAnswerMaxAgeMs,
      now: clock.now,
      randomBytes,
      peers,
    }),
    formBodies: new FormBodies({
      bodyMaxBytes: formBodyMaxBytes,
      bodiesAtOnceMaxCount: formBodiesAtOnceMaxCount,
      timeoutMs: formBodyTimeoutMs,
    }),
    metrics,
    log: logger,
  }
}

/** How long facts count without word from the control plane, by tier, in milliseconds. */
export function staleAfterMs({ gatewayStaleAfter }: GatewayOptions['settings']): ByTier {
  const [zero, one, two, three] = gatewayStaleAfter
  return [zero * 1000, one * 1000, two * 1000, three * 1000]
}

/** The way to the control plane. */
export function controlPlaneOf(
  { settings, clock, randomBytes }: GatewayOptions,
  { key, enrolment }: Pick<State, 'key' | 'enrolment'>,
): ControlPlane {
  return controlPlaneAt({
    url: settings.serverUrl,
    key,
    gateway: () => enrolment.current?.gateway,
    now: clock.now,
    newTokenId: () => newId('request', { now: clock.now, randomBytes }),
  })
}

/**
 * Throws `StartFault` where the settings cannot work: tokens and facts over plain http, or nothing
 * to enrol with.
 */
export function requireUsable(
  { serverUrl: { protocol, hostname, href }, gatewayEnrolmentToken }: GatewayOptions['settings'],
  { enrolment }: Pick<State, 'enrolment'>,
): void {
  if (protocol !== 'https:' && !/^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname)) {
    throw new StartFault(
      `\`COUNTERSIGN_SERVER_URL\` is \`${href}\`, which is plain http to another machine: use https, or run both on one machine`,
    )
  }
  if (!enrolment.current && !gatewayEnrolmentToken) {
    throw new StartFault(
      'this gateway is not enrolled: set COUNTERSIGN_GATEWAY_ENROLMENT_TOKEN to a token from `countersign serve`',
    )
  }
}

function openStreams(
  facts: LiveEstate,
  { enrolment, decisions, metrics }: Pick<Gateway, 'enrolment' | 'decisions' | 'metrics'>,
  { clock, randomBytes, atEndOfTurn, logger }: GatewayOptions,
): OpenStreams {
  return new OpenStreams({
    facts,
    now: clock.now,
    atEndOfTurn,
    onJudged: (tookMs) => metrics.revoked(tookMs / 1000),
    onCredentialChanged({ opened: { question } }) {
      metrics.streamCut()
      logger.info(
        { application: question.resource.id },
        'a stream was cut: the credential that its application was opened with changed',
      )
    },
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

/** Shows what is known and held in numbers. */
export function observe({
  metrics,
  facts,
  clock,
  decisions,
  streams,
  upstreamHealth,
}: Pick<Gateway, 'metrics' | 'facts' | 'clock' | 'decisions'> & {
  readonly streams?: OpenStreams
  readonly upstreamHealth?: UpstreamHealth
}): void {
  if (upstreamHealth) metrics.observeUpstreams(() => upstreamHealth.report())
  metrics.observe({
    feedSequence: () => facts.sequence,
    feedAgeSeconds: () => facts.ageMs(clock.now()) / 1000,
    isStale: (tier) => facts.isStale(clock.now(), tier),
    decisionLogBytes: () => decisions.bytes,
    openStreams: () => streams?.size ?? 0,
  })
}
