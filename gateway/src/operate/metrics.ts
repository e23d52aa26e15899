// What operators see of a gateway, in numbers. No label holds anything a client could choose.
import type { Verdict } from '@countersign/contract/decision'
import type { ProblemCode } from '@countersign/contract/problems'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

/** Values that are read when somebody asks for them. */
export interface Observed {
  readonly feedSequence: () => number
  readonly feedAgeSeconds: () => number
  readonly decisionLogBytes: () => number
  readonly openStreams: () => number
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
  readonly #notRecorded = this.#counter(
    'countersign_decision_log_faults_total',
    'times the decision log could not be written',
    [],
  )

  constructor() {
    collectDefaultMetrics({ register: this.registry })
  }

  /** Adds the values that others hold. */
  observe({ feedSequence, feedAgeSeconds, decisionLogBytes, openStreams }: Observed): void {
    this.#gauge('countersign_feed_sequence', 'journal position of the facts', feedSequence)
    this.#gauge('countersign_feed_age_seconds', 'since the facts were confirmed', feedAgeSeconds)
    this.#gauge(
      'countersign_decision_log_bytes',
      'decision records on disk, not yet handed over and deleted',
      decisionLogBytes,
    )
    this.#gauge('countersign_open_streams', 'requests and WebSockets in progress', openStreams)
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

  streamCut(): void {
    this.#streamsCut.inc()
  }

  notRecorded(): void {
    this.#notRecorded.inc()
  }

  #counter<const L extends string>(name: string, help: string, labelNames: readonly L[]) {
    return new Counter<L>({ name, help, labelNames: [...labelNames], registers: [this.registry] })
  }

  #gauge(name: string, help: string, read: () => number): void {
    const gauge: Gauge = new Gauge({ name, help, registers: [], collect: () => gauge.set(read()) })
    this.registry.registerMetric(gauge)
  }
}
