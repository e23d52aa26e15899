// LDIF (RFC 2849), line by line: a line goes in, an entry comes out when its last line is known.
// It lists entries only; a list of changes is refused, and a value behind a URL is never fetched.
import { SourceError } from '#source-error'
import { binaryAttributes, type Entry, type Value } from './entry.ts'

export interface LdifReader {
  /** Takes one line without its line break; gives an entry when that line ended one. */
  readonly take: (line: string) => Entry | undefined
  /** Gives the last entry, if there is one. */
  readonly end: () => Entry | undefined
  /** Names of attributes that occurred in any entry, in lower case. */
  readonly seen: ReadonlySet<string>
}

export interface LdifOptions {
  /** For messages. */
  readonly file: string
  /** Attributes to keep, in lower case. */
  readonly wanted: ReadonlySet<string>
  /** Told of what was left out of an entry. */
  readonly remark: (where: string, what: string) => void
}

const lineMaxCharacters = 16 * 1024 * 1024
const valuesPerEntryMax = 5_000_000
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** How one spelling of an attribute's description is to be read. */
interface Description {
  readonly name: string
  readonly kept: boolean
  readonly partial: boolean
}

/** A reader of LDIF. It throws a `SourceError` that names the line. */
export function ldifReader({ file, wanted, remark }: LdifOptions): LdifReader {
  const descriptions = new Map<string, Description>()
  const seen = new Set<string>()
  let number = 0
  let logical: string | undefined
  let logicalNumber = 0
  let dn: string | undefined
  let dnNumber = 0
  let values = new Map<string, Value[]>()
  let partial: string[] = []
  let valuesCount = 0
  let started = false

  const at = (line: number): string => `${file}, line ${line}`
  const broken = (line: number, what: string): SourceError =>
    new SourceError(at(line), what, 'export the directory again, or mend this line')

  function describe(written: string): Description {
    const known = descriptions.get(written)
    if (known !== undefined) return known
    const [base = '', ...options] = written.toLowerCase().split(';')
    if (!/^[a-z0-9][a-z0-9.-]*$/.test(base)) {
      throw broken(logicalNumber, 'the name of an attribute is malformed')
    }
    const range = options.find((option) => option.startsWith('range='))
    const plain = options.every((option) => option === 'binary' || option === range)
    seen.add(base)
    const description = {
      name: base,
      kept: plain && wanted.has(base),
      partial: range !== undefined && !range.endsWith('-*'),
    }
    descriptions.set(written, description)
    return description
  }

  function readLine(line: string): void {
    const colon = line.indexOf(':')
    if (colon <= 0) throw broken(logicalNumber, 'a line has no attribute and colon')
    const written = line.slice(0, colon)
    if (dn === undefined) return readStart(written.toLowerCase(), line, colon)
    if (written === 'changetype') {
      if (line.slice(colon + 1).trim() === 'add') return
      throw new SourceError(
        at(logicalNumber),
        'this file lists changes, not entries',
        'export the entries themselves',
      )
    }
    const { name, kept, partial: cut } = describe(written)
    if (!kept) return
    if (++valuesCount > valuesPerEntryMax) {
      throw broken(logicalNumber, `an entry has more than ${valuesPerEntryMax} values`)
    }
    const value = valueOf(name, line, colon)
    if (value === undefined) return
    if (cut && !partial.includes(name)) partial.push(name)
    const list = values.get(name)
    if (list === undefined) values.set(name, [value])
    else list.push(value)
  }

  function readStart(written: string, line: string, colon: number): void {
    if (written === 'version' && !started) {
      if (line.slice(colon + 1).trim() === '1') return
      throw broken(logicalNumber, 'the version of the file is not 1')
    }
    if (written !== 'dn')
      throw broken(logicalNumber, 'an entry does not begin with its name (`dn`)')
    const value = valueOf('dn', line, colon)
    if (typeof value !== 'string') throw broken(logicalNumber, 'the name of an entry is no text')
    started = true
    dn = value
    dnNumber = logicalNumber
  }

  function valueOf(name: string, line: string, colon: number): Value | undefined {
    const sign = line.charCodeAt(colon + 1)
    if (sign === 0x3c) {
      remark(at(logicalNumber), `the value of \`${name}\` is an address, which is never fetched`)
      return undefined
    }
    if (sign !== 0x3a) return line.slice(colon + 1).trimStart()
    const written = line.slice(colon + 2).trim()
    if (written.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(written)) {
      throw broken(logicalNumber, `the value of \`${name}\` is no whole base64`)
    }
    const octets = Buffer.from(written, 'base64')
    return binaryAttributes.has(name) ? octets : textOf(octets)
  }

  function flushLine(): void {
    const line = logical
    if (line === undefined) return
    logical = undefined
    // A comment may be folded too, so it is told apart only when it is whole.
    if (line.charCodeAt(0) !== 0x23) readLine(line)
  }

  function flushEntry(): Entry | undefined {
    flushLine()
    if (dn === undefined) return undefined
    const entry = { dn, where: at(dnNumber), values, partial }
    dn = undefined
    values = new Map()
    partial = []
    valuesCount = 0
    return entry
  }

  return {
    seen,
    take(raw) {
      number++
      const line = raw.charCodeAt(raw.length - 1) === 0x0d ? raw.slice(0, -1) : raw
      if (line === '') return flushEntry()
      if (line.charCodeAt(0) === 0x20) {
        if (logical === undefined) throw broken(number, 'a continuation follows no line')
        if (logical.length + line.length > lineMaxCharacters) {
          throw broken(number, `a value is longer than ${lineMaxCharacters} characters`)
        }
        logical += line.slice(1)
        return undefined
      }
      flushLine()
      logical = line
      logicalNumber = number
      return undefined
    },
    end: flushEntry,
  }
}

function textOf(octets: Uint8Array): Value {
  try {
    return utf8.decode(octets)
  } catch {
    return octets
  }
}
