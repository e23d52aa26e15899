// Certificates that somebody else obtains and puts into files. They are read again when they
// change; a new pair that cannot be used changes nothing but the log, and says so every time.
import { readFileSync } from 'node:fs'
import type { Logger } from 'pino'
import type { Certificates } from './certificates.ts'
import { CertificateFault, readCertificate, type ServerCertificate } from './server-certificate.ts'

export interface GivenOptions {
  readonly certificatePath: string
  readonly keyPath: string
  readonly now: () => number
  readonly log: Pick<Logger, 'info' | 'error'>
  /** Told whether the files could be used, each time they changed. */
  readonly onRead: (outcome: 'used' | 'rejected') => void
  readonly refreshIntervalMs: number
}

/** Reads the pair. Throws `CertificateFault` where it cannot be used at the start. */
export function givenCertificates(options: GivenOptions): Certificates {
  const { certificatePath, now, log, onRead, refreshIntervalMs } = options
  let seen = readPair(options)
  let current = readCertificate(seen, now())
  return {
    refreshIntervalMs,
    at: (host) => (current.covers(host) ? current : undefined),
    all: () => [current],
    async refresh() {
      try {
        const pair = readPair(options)
        if (pair.chain === seen.chain && pair.key === seen.key) return
        const next: ServerCertificate = readCertificate(pair, now())
        // Both files are rarely written in one moment; only what was used counts as seen.
        seen = pair
        current = next
        onRead('used')
        log.info({ fingerprint: next.fingerprint }, 'a new certificate is in use')
      } catch (error) {
        onRead('rejected')
        const why = error instanceof Error ? error.message : String(error)
        log.error(
          { err: why, file: certificatePath, until: new Date(current.notAfter).toISOString() },
          'the new certificate cannot be used, so the old one stays; correct the files',
        )
      }
    },
  }
}

const fileMaxCharacters = 1024 * 1024

function readPair({ certificatePath, keyPath }: GivenOptions) {
  return { chain: read(certificatePath), key: read(keyPath) }
}

function read(path: string): string {
  const text = readFileSync(path, 'utf8')
  if (text.length > fileMaxCharacters) throw new CertificateFault(`\`${path}\` is too large`)
  return text
}
