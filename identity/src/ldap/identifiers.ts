// Identifiers of Active Directory, which it keeps as octets and people write as text, and the
// distinguished name (RFC 4514) in one form, so that two spellings of a name meet.

/** A security identifier as `S-1-5-21-…`; undefined for octets that are none. */
export function sidText(bytes: Uint8Array, offset = 0): string | undefined {
  const count = bytes[offset + 1] ?? 0
  if (bytes[offset] !== 1 || count > 15 || bytes.length < offset + 8 + 4 * count) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const authority = view.getUint16(offset + 2) * 0x1_0000_0000 + view.getUint32(offset + 4)
  let text = `S-1-${authority}`
  for (let index = 0; index < count; index++) {
    text += `-${view.getUint32(offset + 8 + 4 * index, true)}`
  }
  return text
}

/** A security identifier that may have come as octets or as text. */
export function sidOf(value: string | Uint8Array | undefined): string | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'string') return sidText(value)
  return /^S-1-\d+(?:-\d+){0,15}$/i.test(value) ? value.toUpperCase() : undefined
}

/** A GUID that may have come as octets (the first three parts little-endian) or as text. */
export function guidOf(value: string | Uint8Array | undefined): string | undefined {
  if (typeof value === 'string') {
    const bare = value.replaceAll(/[{}]/g, '').toLowerCase()
    return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(bare) ? bare : undefined
  }
  if (value?.length !== 16) return undefined
  const hex = Buffer.from(value).toString('hex')
  const pairs = (...from: readonly number[]): string =>
    from.map((index) => hex.slice(2 * index, 2 * index + 2)).join('')
  return [pairs(3, 2, 1, 0), pairs(5, 4), pairs(7, 6), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** The last part of a security identifier; undefined where there is none. */
export function relativeId(sid: string): number | undefined {
  const last = sid.slice(sid.lastIndexOf('-') + 1)
  return /^\d+$/.test(last) ? Number(last) : undefined
}

/** A distinguished name in one form: lower case, no spaces at separators, one way to escape. */
export function dnKey(dn: string): string {
  const lower = dn.toLowerCase()
  if (!lower.includes('\\') && !/\s[,=+]|[,=+]\s|^\s|\s$/.test(lower)) return lower
  // `\2c` and `\,` are the same sign. Outside of escapes, spaces at separators mean nothing.
  return unescapedHex(lower)
    .replaceAll(/(?<!\\)\s*([,=+])\s*/g, '$1')
    .trim()
}

/** Escaped octets as the sign they are, with the backslash only where the sign needs it. */
function unescapedHex(dn: string): string {
  return dn.replaceAll(/(?:\\[0-9a-f]{2})+/g, (run) => {
    const decoded = Buffer.from(run.replaceAll('\\', ''), 'hex').toString('utf8').toLowerCase()
    return decoded.replaceAll(/[,=+<>#;"\\]/g, String.raw`\$&`)
  })
}
