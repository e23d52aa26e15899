// An entry as LDIF files and LDAP servers both give it. Names are in lower case and without
// options; a value is text, or bytes where the attribute is binary or the bytes are no UTF-8.

export type Value = string | Uint8Array

export interface Entry {
  readonly dn: string
  /** File and line, or the page it came with. */
  readonly where: string
  readonly values: ReadonlyMap<string, readonly Value[]>
  /** Attributes of which the server gave only a part (`member;range=0-1499`). */
  readonly partial: readonly string[]
}

/** Attributes whose values are octets, so that they are not read as text. */
export const binaryAttributes: ReadonlySet<string> = new Set([
  'objectguid',
  'objectsid',
  'sidhistory',
  'ntsecuritydescriptor',
  'msds-groupmsamembership',
  'msds-allowedtoactonbehalfofotheridentity',
  'usercertificate',
])

/** The first value as text; undefined where there is none. */
export function text(entry: Entry, name: string): string | undefined {
  const value = entry.values.get(name)?.[0]
  return value === undefined ? undefined : asText(value)
}

/** Every value as text; undefined where there is none. */
export function texts(entry: Entry, name: string): readonly string[] | undefined {
  const values = entry.values.get(name)
  return values === undefined || values.length === 0 ? undefined : values.map(asText)
}

/** The first value as a whole number; undefined where there is none or it is none. */
export function integer(entry: Entry, name: string): number | undefined {
  const value = text(entry, name)
  return value !== undefined && /^-?\d{1,15}$/.test(value) ? Number(value) : undefined
}

/** A truth value of LDAP (RFC 4517 §3.3.3). */
export function truth(entry: Entry, name: string): boolean | undefined {
  const value = text(entry, name)?.toUpperCase()
  return value === 'TRUE' ? true : value === 'FALSE' ? false : undefined
}

export function asText(value: Value): string {
  return typeof value === 'string' ? value : Buffer.from(value).toString('latin1')
}
