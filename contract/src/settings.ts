// Every setting of every program, as one table: the manual is generated from it, a value is
// checked against it, and a `COUNTERSIGN_` name that is not in it is an error, because a
// misspelt security setting that is silently ignored is an open door.
import { Secret } from './secret.ts'
import type { Classification } from './classification.ts'

export type Program = 'server' | 'gateway' | 'up'

interface SettingRow {
  /** Name of the environment variable. */
  readonly env: string
  readonly programs: readonly Program[]
  readonly type: 'text' | 'path' | 'address' | 'url' | 'flag' | 'count' | 'level' | 'secret'
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
  gatewayName: setting(
    'COUNTERSIGN_GATEWAY_NAME',
    ['gateway'],
    'text',
    'gateway',
    'the name operators see for this gateway',
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
      'count',
      '3600',
      'how long a gateway decides without word from the server, before it refuses everything',
    ),
    unit: 'seconds',
  },
  logLevel: setting(
    'COUNTERSIGN_LOG_LEVEL',
    ['server', 'gateway'],
    'level',
    'info',
    'least severe line written to the log: trace, debug, info, warn, error or fatal',
  ),
} as const satisfies Record<string, SettingRow>

type SettingName = keyof typeof settings

interface ValueOf {
  readonly text: string
  readonly path: string
  readonly address: Address
  readonly url: URL
  readonly flag: boolean
  readonly count: number
  readonly level: LogLevel
  readonly secret: Secret | undefined
}

/** Where to listen. IPv6 hosts are without brackets. */
export interface Address {
  readonly host: string
  readonly port: number
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const
type LogLevel = (typeof logLevels)[number]

/** The settings a program reads, with their checked values. */
export type Settings<P extends Program> = {
  readonly [
    N in SettingName as P extends (typeof settings)[N]['programs'][number] ? N : never
  ]: ValueOf[(typeof settings)[N]['type']]
}

/** A setting that cannot be used. The message says which, why and what to do. */
export class SettingError extends Error {
  override readonly name = 'SettingError'
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
      .map(([name, row]) => [name, parse(row, environment[row.env] || row.default)]),
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

function parse(row: SettingRow, text: string): ValueOf[keyof ValueOf] {
  const wrong = (expected: string): SettingError =>
    new SettingError(
      `\`${row.env}\` is \`${row.type === 'secret' ? '[secret]' : text}\`, expected ${expected}: correct it and start again`,
    )
  switch (row.type) {
    case 'text':
    case 'path':
      return text
    case 'secret':
      return text === '' ? undefined : new Secret(text)
    case 'flag':
      if (text !== '0' && text !== '1') throw wrong('`0` or `1`')
      return text === '1'
    case 'count':
      if (!/^\d{1,9}$/.test(text)) throw wrong('a whole number')
      return Number(text)
    case 'level': {
      const level = logLevels.find((it) => it === text)
      if (!level) throw wrong(`one of ${logLevels.join(', ')}`)
      return level
    }
    case 'url':
      if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
        throw wrong('an http or https URL')
      return new URL(text)
    case 'address': {
      const match = /^(?:\[([0-9a-f:]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(text)
      const host = match?.[1] ?? match?.[2]
      const port = Number(match?.[3])
      if (host === undefined || port > 65_535) throw wrong('`host:port`')
      return { host, port }
    }
  }
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
