// Figures for whoever operates the server, in the text format of Prometheus.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

export interface Metrics {
  readonly contentType: string
  /** One answered request, by declared route, never by what the caller wrote. */
  answered(labels: { method: string; route: string; status: number }, seconds: number): void
  /** Decisions that were kept. */
  kept(count: number): void
  /** A sign-in with an account of the last resort. */
  breakGlassUsed(isDrill: boolean): void
  render(): Promise<string>
}

/** Figures that are read when someone looks. */
export interface Readings {
  readonly journalSequence: () => number
  /** False once a check of the journal found that it was changed. */
  readonly journalIntact: () => boolean
  readonly feedFollowers: () => number
}

const durationBucketsSeconds = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

export function createMetrics({
  journalSequence,
  journalIntact,
  feedFollowers,
}: Readings): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry, prefix: 'countersign_server_' })
  const durations = new Histogram({
    name: 'countersign_server_request_duration_seconds',
    help: 'time to answer a request, in seconds',
    labelNames: ['method', 'route', 'status'],
    buckets: durationBucketsSeconds,
    registers,
  })
  const decisions = new Counter({
    name: 'countersign_server_decisions_kept_total',
    help: 'decisions that were recorded',
    registers,
  })
  const breakGlass = new Counter({
    name: 'countersign_server_break_glass_used_total',
    help: 'sign-ins with accounts of the last resort',
    labelNames: ['drill'],
    registers,
  })
  gauge('countersign_server_journal_sequence', 'position of the journal', journalSequence)
  gauge('countersign_server_journal_intact', '1 while the chain of the journal holds', () =>
    journalIntact() ? 1 : 0,
  )
  gauge('countersign_server_feed_followers', 'gateways that follow the feed now', feedFollowers)

  function gauge(name: string, help: string, read: () => number): void {
    registry.registerMetric(
      new Gauge({
        name,
        help,
        registers: [],
        collect() {
          this.set(read())
        },
      }),
    )
  }

  return {
    contentType: registry.contentType,
    answered: ({ method, route, status }, seconds) =>
      durations.observe({ method, route, status: String(status) }, seconds),
    kept: (count) => decisions.inc(count),
    breakGlassUsed: (isDrill) => breakGlass.inc({ drill: String(isDrill) }),
    render: () => registry.metrics(),
  }
}
