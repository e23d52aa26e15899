// Certificates from an authority that speaks ACME: one for each host, kept on disk, ordered before
// the old one ends. An order that fails is tried again, later each time, because authorities count.
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSecureContext, type SecureContext } from 'node:tls'
import type { Logger } from 'pino'
import { writeAtomically } from '#atomic-write.file'
import { type Certificates, isDue } from './certificates.ts'
import type { AcmeOrder } from './acme.client.ts'
import type { IssuedPair } from './issue.ts'
import { readCertificate, type ServerCertificate } from './server-certificate.ts'

export interface AcmeOptions {
  readonly directory: string
  readonly order: (
    what: Pick<AcmeOrder, 'accountKey' | 'host' | 'challenge'>,
  ) => Promise<IssuedPair>
  readonly newAccountKey: () => Promise<string>
  /** The hosts that applications are served at now. */
  readonly hosts: () => readonly string[]
  readonly now: () => number
  readonly log: Pick<Logger, 'info' | 'error'>
  /** Shows a proof, or no longer, at the other processes of this gateway. Never rejects. */
  readonly challengeElsewhere?: AcmeOrder['challenge']
  /** Told of each new certificate on disk. */
  readonly onKept?: (host: string) => void
  /** Told of each order's outcome. */
  readonly onOrder: (outcome: 'used' | 'rejected') => void
  readonly refreshIntervalMs: number
  readonly firstRetryMs: number
  readonly retryMaxMs: number
  /** Orders in one refresh; the others wait for the next. */
  readonly ordersMaxCount: number
}

export interface AcmeCertificates extends Certificates {
  /** What proves to the authority that a host is ours, while it asks. */
  readonly challengeAt: (host: string) => SecureContext | undefined
}

interface Waiting {
  readonly until: number
  readonly delayMs: number
}

/** Reads what is kept. Rejects with what the disk says. */
export async function acmeCertificates(options: AcmeOptions): Promise<AcmeCertificates> {
  const { directory, hosts, now, refreshIntervalMs, ordersMaxCount } = options
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const accountKey = await accountKeyIn(options)
  const known = new Map<string, ServerCertificate>()
  const waiting = new Map<string, Waiting>()
  const challenges = new Challenges()
  const challenge: AcmeOrder['challenge'] = async (host, proof) => {
    challenges.set(host, proof)
    await options.challengeElsewhere?.(host, proof)
  }

  const isWanted = (host: string): boolean => {
    const certificate = known.get(host) ?? readKept(directory, host, now())
    if (certificate) known.set(host, certificate)
    return (!certificate || isDue(certificate, now())) && (waiting.get(host)?.until ?? 0) <= now()
  }

  const obtain = async (host: string): Promise<void> => {
    const { order, log, onOrder, firstRetryMs, retryMaxMs } = options
    try {
      const pair = await order({ accountKey, host, challenge })
      const certificate = readCertificate(pair, now())
      if (!certificate.covers(host)) throw new Error('the certificate is not for this host')
      keep(directory, host, pair)
      known.set(host, certificate)
      options.onKept?.(host)
      waiting.delete(host)
      onOrder('used')
      log.info({ host, fingerprint: certificate.fingerprint }, 'a new certificate is in use')
    } catch (error) {
      const last = waiting.get(host)?.delayMs
      const delayMs = last === undefined ? firstRetryMs : Math.min(retryMaxMs, last * 2)
      waiting.set(host, { until: now() + delayMs, delayMs })
      onOrder('rejected')
      log.error(
        { host, err: error instanceof Error ? error.message : String(error), retryInMs: delayMs },
        'no certificate could be obtained; check that the authority reaches this gateway under the name',
      )
    }
  }

  const refresh = async (): Promise<void> => {
    const served = new Set(hosts().filter(isPublic))
    for (const host of known.keys()) if (!served.has(host)) known.delete(host)
    const wanted = [...served].filter(isWanted).slice(0, ordersMaxCount)
    // One after the other: authorities count orders that are open at once.
    for (const host of wanted) await obtain(host)
  }
  let refreshing: Promise<void> | undefined

  return {
    refreshIntervalMs,
    at: (host) => known.get(host),
    all: () => [...known.values()],
    challengeAt: (host) => challenges.at(host),
    refresh: () => (refreshing ??= refresh().finally(() => (refreshing = undefined))),
  }
}

/** Certificates that another process of this gateway orders. */
export interface ShownCertificates extends AcmeCertificates, Told {}

/** What that process tells. */
export interface Told {
  readonly challenge: (host: string, proof: IssuedPair | undefined) => void
  readonly certificate: (host: string) => void
}

/** Reads what another process keeps; orders nothing. */
export function shownCertificates({
  directory,
  hosts,
  now,
  refreshIntervalMs,
}: Pick<AcmeOptions, 'directory' | 'hosts' | 'now' | 'refreshIntervalMs'>): ShownCertificates {
  const known = new Map<string, ServerCertificate>()
  const challenges = new Challenges()
  const read = (host: string): void => {
    const certificate = readKept(directory, host, now())
    if (certificate) known.set(host, certificate)
  }
  return {
    refreshIntervalMs,
    at: (host) => known.get(host),
    all: () => [...known.values()],
    challengeAt: (host) => challenges.at(host),
    async refresh() {
      const served = new Set(hosts().filter(isPublic))
      for (const host of known.keys()) if (!served.has(host)) known.delete(host)
      for (const host of served) {
        const certificate = known.get(host)
        // Whoever did not hear of a new one finds it here.
        if (!certificate || isDue(certificate, now())) read(host)
      }
    },
    challenge: (host, proof) => challenges.set(host, proof),
    certificate: (host) => {
      if (isPublic(host)) read(host)
    },
  }
}

class Challenges {
  readonly #contexts = new Map<string, SecureContext>()

  set(host: string, proof: IssuedPair | undefined): void {
    if (!proof) this.#contexts.delete(host)
    else this.#contexts.set(host, createSecureContext({ key: proof.key, cert: proof.chain }))
  }

  at(host: string): SecureContext | undefined {
    return this.#contexts.get(host)
  }
}

/** Whether a public authority could ever vouch for a name. */
function isPublic(host: string): boolean {
  return host.includes('.') && !/(?:^|\.)localhost$|\.(?:local|internal)$|\.\d+$/.test(host)
}

async function accountKeyIn({ directory, newAccountKey }: AcmeOptions): Promise<string> {
  const path = join(directory, 'account.key')
  const known = readIfThere(path)
  if (known !== undefined) return known
  const made = await newAccountKey()
  writeAtomically(path, made)
  return made
}

// Chain and key in one file, so that they are replaced in one moment.
function keep(directory: string, host: string, { chain, key }: IssuedPair): void {
  writeAtomically(join(directory, `${host}.pem`), `${key.trim()}\n${chain.trim()}\n`)
}

function readKept(directory: string, host: string, now: number): ServerCertificate | undefined {
  const text = readIfThere(join(directory, `${host}.pem`))
  if (text === undefined) return undefined
  try {
    const certificate = readCertificate({ chain: text, key: text }, now)
    return certificate.covers(host) ? certificate : undefined
  } catch {
    // Expired or damaged: a new one is ordered in its place.
    return undefined
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
