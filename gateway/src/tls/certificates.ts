// Where certificates come from is one question with one answer: the certificate of a host, now.
import type { ServerCertificate } from './server-certificate.ts'

export interface Certificates {
  /** The certificate for a host name in lower case; undefined where there is none for it. */
  readonly at: (
    host: string,
  ) => ServerCertificate | undefined | Promise<ServerCertificate | undefined>
  /** Those in use now. */
  readonly all: () => readonly ServerCertificate[]
  /** Looks whether something is to be replaced or renewed, and does it. Never rejects. */
  readonly refresh: () => Promise<void>
  /** How often to ask for that, in milliseconds. */
  readonly refreshIntervalMs: number
}

/** Whether a certificate is past two thirds of its life, when a new one is due. */
export function isDue({ notBefore, notAfter }: ServerCertificate, nowMs: number): boolean {
  return nowMs >= notBefore + ((notAfter - notBefore) * 2) / 3
}
