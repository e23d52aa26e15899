// The authorities that vouch for callers with a client certificate. The file is read again when it
// changes; one that cannot be used changes nothing but the log.
import { readFileSync } from 'node:fs'
import type { Logger } from 'pino'
import { CertificateFault, certificatesIn } from './server-certificate.ts'

export interface ClientAuthorities {
  /** The certificates in PEM. */
  readonly current: () => string
  /** Reads the file again. Never throws. */
  readonly refresh: () => void
}

const fileMaxCharacters = 4 * 1024 * 1024

/** Reads the file. Throws `CertificateFault`. */
export function clientAuthorities(
  path: string,
  log: Pick<Logger, 'info' | 'error'>,
): ClientAuthorities {
  let current = read(path)
  return {
    current: () => current,
    refresh() {
      try {
        const next = read(path)
        if (next === current) return
        current = next
        log.info('new authorities vouch for client certificates')
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error)
        log.error(
          { err: why, file: path },
          'the authorities of client certificates cannot be read, so the old ones stay; correct the file',
        )
      }
    },
  }
}

function read(path: string): string {
  const text = readFileSync(path, 'utf8')
  if (text.length > fileMaxCharacters) throw new CertificateFault(`\`${path}\` is too large`)
  const certificates = certificatesIn(text)
  if (certificates.length === 0)
    throw new CertificateFault(`there is no certificate in \`${path}\``)
  const other = certificates.find(({ ca }) => !ca)
  if (other) throw new CertificateFault(`\`${path}\` holds a certificate that is no authority's`)
  return text
}
