// Every setting of every program, as one table: the manual is generated from it, a value is
// checked against it, and a `COUNTERSIGN_` name that is not in it is an error, because a
// misspelt security setting that is silently ignored is an open door.
import type { Classification } from './classification.ts'
import { readValue, SettingError, type ValueOf } from './setting-value.ts'

export type Program = 'server' | 'gateway' | 'up'

interface SettingRow {
  /** Name of the environment variable. */
  readonly env: string
  readonly programs: readonly Program[]
  readonly type: keyof ValueOf
  readonly unit?: string
  readonly default: string
  readonly classification: Classification
  readonly meaning: string
}

export const settings = {
  dataDir: setting(
    'COUNTERSIGN_DATA_DIR',
    ['server', 'gateway', 'up'],
    'path',
    'var',
    'where everything that must survive a restart is kept',
  ),
  organisation: setting(
    'COUNTERSIGN_ORGANISATION',
    ['server'],
    'text',
    'My organisation',
    'the name people see when they sign in',
  ),
  publicUrl: setting(
    'COUNTERSIGN_PUBLIC_URL',
    ['server'],
    'url',
    'http://countersign.localhost:7400',
    'where browsers reach the console through the gateway; passkeys are bound to its host',
  ),
  serverListen: setting(
    'COUNTERSIGN_SERVER_LISTEN',
    ['server', 'up'],
    'address',
    '127.0.0.1:7401',
    'where the server listens for gateways',
  ),
  serverUrl: setting(
    'COUNTERSIGN_SERVER_URL',
    ['gateway'],
    'url',
    'http://127.0.0.1:7401',
    'where the gateway finds the server; plain http only on this machine',
  ),
  databaseUrl: {
    env: 'DATABASE_URL',
    programs: ['server'],
    type: 'secret',
    default: '',
    classification: 'secret',
    meaning: 'a PostgreSQL server to keep the store in; empty for the embedded store',
  },
  consoleDir: setting(
    'COUNTERSIGN_CONSOLE_DIR',
    ['server'],
    'path',
    'console/dist',
    'where the built console lies',
  ),
  demo: setting(
    'COUNTERSIGN_DEMO',
    ['server'],
    'flag',
    '0',
    'offer sign-in as a persona with one click; never outside a demonstration',
  ),
  gatewayListen: setting(
    'COUNTERSIGN_GATEWAY_LISTEN',
    ['gateway', 'up'],
    'address',
    '127.0.0.1:7400',
    'where the gateway listens for people and programs',
  ),
  gatewayOperateListen: setting(
    'COUNTERSIGN_GATEWAY_OPERATE_LISTEN',
    ['gateway', 'up'],
    'address',
    '127.0.0.1:7402',
    'where the gateway answers health checks and metrics',
  ),
  gatewayExternalListen: setting(
    'COUNTERSIGN_GATEWAY_EXTERNAL_LISTEN',
    ['gateway'],
    'listen',
    '',
    'where the gateway answers other proxies that ask it, such as nginx or Envoy; empty for nowhere',
  ),
  gatewayExternalSecret: {
    env: 'COUNTERSIGN_GATEWAY_EXTERNAL_SECRET',
    programs: ['gateway'],
    type: 'secret',
    default: '',
    classification: 'secret',
    meaning:
      'what a proxy that asks must show: 32 to 128 letters, digits, `-` and `_`; needed where the gateway answers other proxies',
  },
  gatewayName: setting(
    'COUNTERSIGN_GATEWAY_NAME',
    ['gateway'],
    'text',
    'gateway',
    'the name operators see for this gateway',
  ),
  gatewayProcesses: setting(
    'COUNTERSIGN_GATEWAY_PROCESSES',
    ['gateway'],
    'processes',
    '1',
    'how many processes of this gateway accept connections: 1 to 64, or `auto` for one for each core',
  ),
  gatewayEnrolmentToken: {
    env: 'COUNTERSIGN_GATEWAY_ENROLMENT_TOKEN',
    programs: ['gateway'],
    type: 'secret',
    default: '',
    classification: 'secret',
    meaning: 'the single-use token with which a new gateway enrols; not needed again',
  },
  gatewayStaleAfter: {
    ...setting(
      'COUNTERSIGN_GATEWAY_STALE_AFTER',
      ['gateway'],
      'tiers',
      '300,900,3600,3600',
      'how long a gateway decides without word from the server, before it refuses: for applications of tier 0, 1, 2 and 3; one number for all',
    ),
    unit: 'seconds',
  },
  gatewayTls: setting(
    'COUNTERSIGN_GATEWAY_TLS',
    ['gateway'],
    'tls',
    'off',
    'where the certificates of the gateway come from: `off` (plain http), `own` (an authority of its own), `files` or `acme`',
  ),
  gatewayTlsCertificate: setting(
    'COUNTERSIGN_GATEWAY_TLS_CERTIFICATE',
    ['gateway'],
    'path',
    '',
    'with `files`: the certificate and its chain in PEM; read again when it changes',
  ),
  gatewayTlsKey: setting(
    'COUNTERSIGN_GATEWAY_TLS_KEY',
    ['gateway'],
    'path',
    '',
    'with `files`: the private key of the certificate in PEM; read again when it changes',
  ),
  gatewayTlsClients: setting(
    'COUNTERSIGN_GATEWAY_TLS_CLIENTS',
    ['gateway'],
    'path',
    '',
    'the authorities in PEM that vouch for workloads with a client certificate; empty to ask for none',
  ),
  gatewayTrustDomains: setting(
    'COUNTERSIGN_GATEWAY_TRUST_DOMAINS',
    ['gateway'],
    'path',
    '',
    'the keys of SPIFFE trust domains whose tokens (JWT-SVID) stand for workloads: a JSON file with `trust_domains`; empty for none',
  ),
  tokenIssuers: setting(
    'COUNTERSIGN_TOKEN_ISSUERS',
    ['server'],
    'path',
    '',
    'the systems, such as clusters and CI services, whose tokens workloads may exchange: a JSON file with `issuers`; empty for none',
  ),
  gatewayAcmeDirectory: setting(
    'COUNTERSIGN_GATEWAY_ACME_DIRECTORY',
    ['gateway'],
    'url',
    'https://acme-v02.api.letsencrypt.org/directory',
    'with `acme`: where certificates are ordered; using it accepts the terms of whoever runs it',
  ),
  gatewayAcmeContact: setting(
    'COUNTERSIGN_GATEWAY_ACME_CONTACT',
    ['gateway'],
    'text',
    '',
    'with `acme`: an email address for whoever runs it; empty for none',
  ),
  gatewayRedirectListen: setting(
    'COUNTERSIGN_GATEWAY_REDIRECT_LISTEN',
    ['gateway'],
    'listen',
    '',
    'with TLS: where plain http is answered with a redirect to https; empty for nowhere',
  ),
  logLevel: setting(
    'COUNTERSIGN_LOG_LEVEL',
    ['server', 'gateway'],
    'level',
    'info',
    'least severe line written to the log: trace, debug, info, warn, error or fatal',
  ),
} as const satisfies Record<string, SettingRow>

type SettingName = keyof typeof settings

/** The settings a program reads, with their checked values. */
export type Settings<P extends Program> = {
  readonly [
    N in SettingName as P extends (typeof settings)[N]['programs'][number] ? N : never
  ]: ValueOf[(typeof settings)[N]['type']]
}

/**
 * Reads a program's settings from an environment.
 * @throws SettingError naming every unknown `COUNTERSIGN_` variable or the first wrong value.
 */
export function readSettings<P extends Program>(
  program: P,
  environment: Readonly<Record<string, string | undefined>>,
): Settings<P> {
  const known = new Set<string>(Object.values(settings).map(({ env }) => env))
  const unknown = Object.keys(environment).filter(
    (name) => name.startsWith('COUNTERSIGN_') && !known.has(name),
  )
  if (unknown.length > 0) {
    throw new SettingError(
      `unknown setting \`${unknown.join('`, `')}\`: remove it or correct its name; docs/settings.md lists every setting`,
    )
  }
  const rows: readonly (readonly [string, SettingRow])[] = Object.entries(settings)
  return Object.fromEntries(
    rows
      .filter(([, row]) => row.programs.includes(program))
      .map(([name, row]) => [name, readValue(row, environment[row.env] || row.default)]),
  ) as Settings<P>
}

/** The manual page of all settings, in Markdown. */
export function settingsManual(): string {
  const rows: readonly SettingRow[] = Object.values(settings)
  return [
    '<!-- generated by contract/src/settings.ts -->',
    '',
    '# Settings',
    '',
    'Settings are environment variables. A `COUNTERSIGN_` variable that is not listed here stops the program with an error.',
    '',
    '| setting | read by | default | unit | classification | meaning |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows.map(
      ({ env, programs, unit, classification, meaning, ...row }) =>
        `| \`${env}\` | ${programs.join(', ')} | ${row.default === '' ? '' : `\`${row.default}\``} | ${unit ?? ''} | ${classification} | ${meaning} |`,
    ),
    '',
  ].join('\n')
}

function setting<const P extends readonly Program[], const T extends SettingRow['type']>(
  env: string,
  programs: P,
  type: T,
  fallback: string,
  meaning: string,
): {
  readonly env: string
  readonly programs: P
  readonly type: T
  readonly default: string
  readonly classification: 'internal'
  readonly meaning: string
} {
  return { env, programs, type, default: fallback, classification: 'internal', meaning }
}
