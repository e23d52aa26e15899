// The TLS side of a gateway, as its settings say.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { TlsSource } from '@countersign/contract/setting-value'
import type { Settings } from '@countersign/contract/settings'
import type { Gateway } from '#gateway'
import {
  acmeFirstRetryMs,
  acmeIntervalMs,
  acmeOrdersMaxCount,
  acmeRetryMaxMs,
  acmeTimeoutMs,
  certificateFilesIntervalMs,
  certificatesIntervalMs,
  certificateWarningMs,
} from '#limits'
import { StartFault } from '#start-fault'
import { newAccountKey, orderCertificate } from './acme.client.ts'
import { type AcmeOptions, acmeCertificates, shownCertificates, type Told } from './acme.file.ts'
import type { Certificates } from './certificates.ts'
import { clientAuthorities } from './client-authorities.file.ts'
import { entrance, type Entrance, type EntranceOptions } from './entrance.ts'
import { givenCertificates } from './given.file.ts'
import { keepCertificates } from './keep.job.ts'
import { type OwnCertificates, ownCertificates } from './own-authority.file.ts'

type TlsSettings = Pick<
  Settings<'gateway'>,
  | 'gatewayName'
  | 'gatewayTls'
  | 'gatewayTlsCertificate'
  | 'gatewayTlsKey'
  | 'gatewayTlsClients'
  | 'gatewayAcmeDirectory'
  | 'gatewayAcmeContact'
>

export interface Tls {
  readonly entrance: Entrance
  /** The certificate of our own authority in PEM, if that issues them. */
  readonly authority: string | undefined
  /** Looks at once whether a certificate is to be replaced. Never rejects. */
  readonly refresh: () => Promise<void>
  /** Keeps certificates current until the signal. Never rejects. */
  readonly keep: (signal: AbortSignal) => Promise<void>
  /** For a process whose certificates another one orders: what that tells. */
  readonly told?: Told
}

/** What a process does of the ordering of certificates: all, all for others too, or nothing. */
export type TlsPart =
  | { readonly kind: 'alone' }
  | {
      readonly kind: 'orders'
      readonly challenge: NonNullable<AcmeOptions['challengeElsewhere']>
      readonly certificate: (host: string) => Promise<void>
    }
  | { readonly kind: 'shows' }

type Means = Pick<Gateway, 'facts' | 'clock' | 'log' | 'metrics'>

/** Opens what is kept in `directory`; undefined where TLS is off. Rejects with `StartFault`. */
export async function openTls(
  settings: TlsSettings,
  directory: string,
  means: Means,
  part: TlsPart = { kind: 'alone' },
): Promise<Tls | undefined> {
  if (settings.gatewayTls === 'off') {
    if (settings.gatewayTlsClients !== '') {
      throw new StartFault(
        '`COUNTERSIGN_GATEWAY_TLS_CLIENTS` needs TLS: set COUNTERSIGN_GATEWAY_TLS as well',
      )
    }
    return undefined
  }
  const { clock, log, metrics } = means
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const clients =
      settings.gatewayTlsClients === ''
        ? undefined
        : clientAuthorities(settings.gatewayTlsClients, log)
    const { certificates, authority, challengeAt, told } = await certificatesOf(
      { ...settings, gatewayTls: settings.gatewayTls },
      directory,
      means,
      part,
    )
    metrics.observeCertificates(certificates.all)
    return {
      entrance: entrance({ certificates, clients, ...(challengeAt ? { challengeAt } : {}) }),
      authority,
      ...(told ? { told } : {}),
      async refresh() {
        clients?.refresh()
        await certificates.refresh()
      },
      keep: (signal) =>
        keepCertificates({
          certificates,
          refreshFiles: () => clients?.refresh(),
          now: clock.now,
          log,
          warningMs: certificateWarningMs,
          filesIntervalMs: certificateFilesIntervalMs,
          signal,
        }),
    }
  } catch (error) {
    if (error instanceof StartFault) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw new StartFault(
      `TLS cannot begin (${why}): correct COUNTERSIGN_GATEWAY_TLS and the files it needs`,
    )
  }
}

interface Opened {
  readonly certificates: Certificates
  readonly authority: string | undefined
  readonly challengeAt?: EntranceOptions['challengeAt']
  readonly told?: Told
}

async function certificatesOf(
  settings: TlsSettings & { readonly gatewayTls: Exclude<TlsSource, 'off'> },
  directory: string,
  { facts, clock, log, metrics }: Means,
  part: TlsPart,
): Promise<Opened> {
  const isServed = (host: string): boolean => {
    const application = facts.current?.applicationAt(host)
    return application?.upstream !== undefined
  }
  switch (settings.gatewayTls) {
    case 'own': {
      const own: OwnCertificates = await ownCertificates({
        directory,
        name: `Countersign ${settings.gatewayName}`.slice(0, 64),
        now: clock.now,
        isServed,
        refreshIntervalMs: certificatesIntervalMs,
      })
      log.info({ file: join(directory, 'authority.pem') }, 'the own authority issues certificates')
      return { certificates: own, authority: own.authority }
    }
    case 'files': {
      const { gatewayTlsCertificate, gatewayTlsKey } = settings
      if (gatewayTlsCertificate === '' || gatewayTlsKey === '') {
        throw new StartFault(
          'COUNTERSIGN_GATEWAY_TLS is `files`: set COUNTERSIGN_GATEWAY_TLS_CERTIFICATE and COUNTERSIGN_GATEWAY_TLS_KEY',
        )
      }
      const certificates = givenCertificates({
        certificatePath: gatewayTlsCertificate,
        keyPath: gatewayTlsKey,
        now: clock.now,
        log,
        onRead: (outcome) => metrics.certificate(outcome),
        refreshIntervalMs: certificateFilesIntervalMs,
      })
      return { certificates, authority: undefined }
    }
    case 'acme': {
      const { gatewayAcmeDirectory, gatewayAcmeContact } = settings
      const common = {
        directory: join(directory, 'acme'),
        hosts: () => facts.current?.all('application').flatMap(({ hosts }) => hosts) ?? [],
        now: clock.now,
        refreshIntervalMs: acmeIntervalMs,
      }
      if (part.kind === 'shows') {
        const shown = shownCertificates(common)
        return {
          certificates: shown,
          authority: undefined,
          challengeAt: shown.challengeAt,
          told: shown,
        }
      }
      const certificates = await acmeCertificates({
        ...common,
        ...(part.kind === 'orders'
          ? {
              challengeElsewhere: part.challenge,
              onKept: (host) => void part.certificate(host),
            }
          : {}),
        order: (what) =>
          orderCertificate({
            ...what,
            directoryUrl: gatewayAcmeDirectory.href,
            contact: gatewayAcmeContact,
            timeoutMs: acmeTimeoutMs,
          }),
        newAccountKey,
        log,
        onOrder: (outcome) => metrics.certificate(outcome),
        firstRetryMs: acmeFirstRetryMs,
        retryMaxMs: acmeRetryMaxMs,
        ordersMaxCount: acmeOrdersMaxCount,
      })
      return { certificates, authority: undefined, challengeAt: certificates.challengeAt }
    }
  }
}
