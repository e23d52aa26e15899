// What operators see of a gateway, in numbers. No label holds anything a client could choose.
import type { Direction, TunnelEnd } from '#streams/tcp-tunnel'
import type { Verdict } from '@countersign/contract/decision'
import { type Tier, tiers } from '@countersign/contract/document-shapes'
import type { UpstreamHealthReport } from '@countersign/contract/upstream-health'
import type { ProblemCode } from '@countersign/contract/problems'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

/** Values that are read when somebody asks for them. */
export interface Observed {
  readonly feedSequence: () => number
  readonly feedAgeSeconds: () => number
  /** Whether the facts are too old for applications of a tier. */
  readonly isStale: (tier: Tier) => boolean
  readonly decisionLogBytes: () => number
  readonly openStreams: () => number
}

/** When a certificate ends. */
export interface CertificateEnd {
  /** SHA-256 in hex. */
  readonly fingerprint: string
  /** Milliseconds since the epoch. */
  readonly notAfter: number
}

export class Metrics {
  readonly registry = new Registry()
  readonly #decisions = this.#counter('countersign_decisions_total', 'decisions by verdict', [
    'verdict',
  ])
  readonly #decisionSeconds = new Histogram({
    name: 'countersign_decision_seconds',
    help: 'how long deciding took',
    buckets: [1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 1e-2],
    registers: [this.registry],
  })
  readonly #revocationSeconds = new Histogram({
    name: 'countersign_revocation_seconds',
    help: 'from when the control plane signed a change until every stream it ends was cut',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60],
    registers: [this.registry],
  })
  readonly #malformed = this.#counter(
    'countersign_malformed_requests_total',
    'requests refused because they could be understood in two ways, by kind',
    ['kind'],
  )
  readonly #problems = this.#counter(
    'countersign_problems_total',
    'requests that ended without a decision taking effect, by problem',
    ['code'],
  )
  readonly #upstream = this.#counter(
    'countersign_upstream_failures_total',
    'allowed requests that an application did not answer, by problem',
    ['code'],
  )
  readonly #feedRejected = this.#counter(
    'countersign_feed_rejected_total',
    'messages of the feed that were not believed, by reason',
    ['reason'],
  )
  readonly #shipped = this.#counter(
    'countersign_decisions_shipped_total',
    'decision records handed to the control plane, by outcome',
    ['outcome'],
  )
  readonly #streamsCut = this.#counter(
    'countersign_streams_cut_total',
    'open streams cut because their access ended',
    [],
  )
  readonly #tunnelsEnded = this.#counter(
    'countersign_tunnels_ended_total',
    'tunnels that ended, by how they did',
    ['why'],
  )
  readonly #tunnelBytes = this.#counter(
    'countersign_tunnel_bytes_total',
    'bytes that passed through tunnels, by direction',
    ['direction'],
  )
  readonly #handshakesFailed = this.#counter(
    'countersign_tls_handshake_failures_total',
    'TLS handshakes that failed, those for names nobody serves among them',
    [],
  )
  readonly #certificates = this.#counter(
    'countersign_certificates_total',
    'new certificates that were put to use or could not be, by outcome',
    ['outcome'],
  )
  readonly #notRecorded = this.#counter(
    'countersign_decision_log_faults_total',
    'times the decision log could not be written',
    [],
  )

  constructor() {
    collectDefaultMetrics({ register: this.registry })
  }

  /** Adds the values that others hold. */
  observe({
    feedSequence,
    feedAgeSeconds,
    isStale,
    decisionLogBytes,
    openStreams,
  }: Observed): void {
    this.#gauge('countersign_feed_sequence', 'journal position of the facts', feedSequence, 'min')
    this.#gauge(
      'countersign_feed_age_seconds',
      'since the facts were confirmed',
      feedAgeSeconds,
      'max',
    )
    const stale: Gauge<'tier'> = new Gauge({
      name: 'countersign_facts_stale',
      help: '1 where the facts are too old for applications of the tier, which are then refused',
      labelNames: ['tier'],
      registers: [],
      aggregator: 'max',
      collect() {
        for (const tier of tiers) stale.set({ tier: String(tier) }, isStale(tier) ? 1 : 0)
      },
    })
    this.registry.registerMetric(stale)
    this.#gauge(
      'countersign_decision_log_bytes',
      'decision records on disk, not yet handed over and deleted',
      decisionLogBytes,
    )
    this.#gauge('countersign_open_streams', 'requests and WebSockets in progress', openStreams)
  }

  /** Adds how many processes of this gateway accept connections. */
  observeProcesses(count: () => number): void {
    this.#gauge('countersign_gateway_processes', 'processes that accept connections', count)
  }

  /** Adds whether the applications work that say how to find out. */
  observeUpstreams(report: () => UpstreamHealthReport): void {
    const gauge: Gauge<'application'> = new Gauge({
      name: 'countersign_upstream_healthy',
      help: '1 where an application that says how to find out works, 0 where it does not',
      labelNames: ['application'],
      registers: [],
      aggregator: 'min',
      collect() {
        gauge.reset()
        const { asked, failing } = report()
        for (const application of asked) gauge.set({ application }, 1)
        for (const { application } of failing) gauge.set({ application }, 0)
      },
    })
    this.registry.registerMetric(gauge)
  }

  /** Adds when certificates in use end. */
  observeCertificates(all: () => readonly CertificateEnd[]): void {
    const gauge: Gauge<'fingerprint'> = new Gauge({
      name: 'countersign_certificate_expires_seconds',
      help: 'when a certificate in use ends, since the epoch, by its SHA-256',
      labelNames: ['fingerprint'],
      registers: [],
      aggregator: 'max',
      collect() {
        gauge.reset()
        for (const { fingerprint, notAfter } of all()) gauge.set({ fingerprint }, notAfter / 1000)
      },
    })
    this.registry.registerMetric(gauge)
  }

  decided(verdict: Verdict, tookNs: number): void {
    this.#decisions.inc({ verdict })
    this.#decisionSeconds.observe(tookNs / 1e9)
  }

  malformed(kind: string): void {
    this.#malformed.inc({ kind })
  }

  answeredWithProblem(code: ProblemCode): void {
    this.#problems.inc({ code })
  }

  upstreamFailed(code: ProblemCode): void {
    this.#upstream.inc({ code })
  }

  feedRejected(reason: string): void {
    this.#feedRejected.inc({ reason })
  }

  shipped(records: number, outcome: string): void {
    this.#shipped.inc({ outcome }, records)
  }

  revoked(seconds: number): void {
    this.#revocationSeconds.observe(seconds)
  }

  streamCut(): void {
    this.#streamsCut.inc()
  }

  tunnelEnded(why: TunnelEnd): void {
    this.#tunnelsEnded.inc({ why })
  }

  tunnelBytes(direction: Direction, bytes: number): void {
    this.#tunnelBytes.inc({ direction }, bytes)
  }

  handshakeFailed(): void {
    this.#handshakesFailed.inc()
  }

  certificate(outcome: 'used' | 'rejected'): void {
    this.#certificates.inc({ outcome })
  }

  notRecorded(): void {
    this.#notRecorded.inc()
  }

  #counter<const L extends string>(name: string, help: string, labelNames: readonly L[]) {
    return new Counter<L>({ name, help, labelNames: [...labelNames], registers: [this.registry] })
  }

  // `aggregator`: what counts of several processes of one gateway.
  #gauge(
    name: string,
    help: string,
    read: () => number,
    aggregator: 'sum' | 'min' | 'max' = 'sum',
  ): void {
    const collect = (): void => gauge.set(read())
    const gauge: Gauge = new Gauge({ name, help, registers: [], collect, aggregator })
    this.registry.registerMetric(gauge)
  }
}
