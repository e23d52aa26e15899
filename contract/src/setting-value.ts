// What the text of a setting may be, and the value it stands for.
import { Secret } from './secret.ts'

export interface ValueOf {
  readonly text: string
  readonly path: string
  readonly address: Address
  /** An address, or none. */
  readonly listen: Address | undefined
  readonly url: URL
  readonly flag: boolean
  readonly count: number
  readonly level: LogLevel
  readonly tls: TlsSource
  readonly tiers: ByTier
  /** How many; `auto` is one for each core. */
  readonly processes: number | 'auto'
  readonly secret: Secret | undefined
}

/** Where to listen. IPv6 hosts are without brackets. */
export interface Address {
  readonly host: string
  readonly port: number
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const
type LogLevel = (typeof logLevels)[number]
const tlsSources = ['off', 'own', 'files', 'acme'] as const
/** Processes of one gateway at most. */
export const processesMaxCount = 64
/** A count for each tier of applications, from 0 to 3. */
export type ByTier = readonly [number, number, number, number]
/** Where the certificates of a gateway come from. */
export type TlsSource = (typeof tlsSources)[number]

/** A row of the table of settings, as far as its value goes. */
interface ReadRow {
  readonly env: string
  readonly type: keyof ValueOf
}

/** A setting that cannot be used. The message says which, why and what to do. */
export class SettingError extends Error {
  override readonly name = 'SettingError'
}

/** Reads a value. Throws `SettingError`, which says what was expected. */
export function readValue(row: ReadRow, text: string): ValueOf[keyof ValueOf] {
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
    case 'processes': {
      const count = Number(text)
      const isCount = /^\d{1,2}$/.test(text) && count >= 1 && count <= processesMaxCount
      if (text !== 'auto' && !isCount) throw wrong(`1 to ${processesMaxCount}, or \`auto\``)
      return text === 'auto' ? text : count
    }
    case 'level': {
      const level = logLevels.find((it) => it === text)
      if (!level) throw wrong(`one of ${logLevels.join(', ')}`)
      return level
    }
    case 'tiers': {
      if (!/^\d{1,9}(?:,\d{1,9}){3}$|^\d{1,9}$/.test(text)) {
        throw wrong('one whole number, or four with commas between them')
      }
      const [zero = 0, one = zero, two = zero, three = zero] = text.split(',').map(Number)
      return [zero, one, two, three]
    }
    case 'tls': {
      const source = tlsSources.find((it) => it === text)
      if (!source) throw wrong(`one of ${tlsSources.join(', ')}`)
      return source
    }
    case 'url':
      if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
        throw wrong('an http or https URL')
      return new URL(text)
    case 'listen':
    case 'address': {
      if (text === '' && row.type === 'listen') return undefined
      const match = /^(?:\[([0-9a-f:]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(text)
      const host = match?.[1] ?? match?.[2]
      const port = Number(match?.[3])
      if (host === undefined || port > 65_535) throw wrong('`host:port`')
      return { host, port }
    }
  }
}
