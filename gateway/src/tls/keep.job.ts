// Certificates end, and files change: both are looked at from time to time, for as long as the
// gateway runs. Whoever must act is told before anything stops working.
import type { Logger } from 'pino'
import type { Certificates } from './certificates.ts'
import type { ServerCertificate } from './server-certificate.ts'

export interface KeepOptions {
  readonly certificates: Certificates
  /** Reads what else changes on disk. Never throws. */
  readonly refreshFiles: () => void
  readonly now: () => number
  readonly log: Pick<Logger, 'warn' | 'error'>
  readonly warningMs: number
  readonly filesIntervalMs: number
  readonly signal: AbortSignal
}

/** Looks at once and then at intervals, until `signal` aborts. Never rejects. */
export function keepCertificates(options: KeepOptions): Promise<void> {
  const { certificates, refreshFiles, filesIntervalMs, signal } = options
  const warned = new Map<string, number>()
  const watch = (): void => warnOfEnds(options, warned)
  let isRefreshing = false
  const refresh = (): void => {
    // A renewal may take longer than the interval.
    if (isRefreshing) return
    isRefreshing = true
    void certificates.refresh().finally(() => {
      isRefreshing = false
      watch()
    })
  }
  refresh()
  const timers = [
    setInterval(refresh, certificates.refreshIntervalMs),
    setInterval(refreshFiles, filesIntervalMs),
  ]
  return new Promise((resolve) => {
    const stop = (): void => {
      for (const timer of timers) clearInterval(timer)
      resolve()
    }
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
  })
}

const dayMs = 86_400_000

/** Warns of certificates that end soon, each once a day. */
export function warnOfEnds(
  {
    certificates,
    now,
    log,
    warningMs,
  }: Pick<KeepOptions, 'certificates' | 'now' | 'log' | 'warningMs'>,
  warned: Map<string, number>,
): void {
  const at = now()
  for (const certificate of certificates.all()) {
    const { fingerprint, notAfter } = certificate
    const last = warned.get(fingerprint)
    if (!endsSoon(certificate, at, warningMs)) continue
    if (last !== undefined && at - last < dayMs) continue
    warned.set(fingerprint, at)
    const facts = { fingerprint, ends: new Date(notAfter).toISOString() }
    if (notAfter <= at)
      log.error(facts, 'a certificate has expired; visitors refuse it; replace it')
    else log.warn(facts, 'a certificate ends soon; replace it')
  }
}

function endsSoon(
  { notBefore, notAfter }: ServerCertificate,
  at: number,
  warningMs: number,
): boolean {
  return notAfter - at < Math.min(warningMs, (notAfter - notBefore) / 3)
}
