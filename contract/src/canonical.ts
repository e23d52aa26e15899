// Hashes and signatures need one spelling of a value. This is the JSON Canonicalization Scheme
// (RFC 8785) for the values that cross our boundaries: no floats beyond what JSON.stringify
// prints, keys sorted by UTF-16 code units, `undefined` members left out. Every decision is
// written in it, so it builds one text and no lists on the way.

/** The canonical JSON text of `value`. Throws on what JSON cannot say. */
export function canonicalJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quoted(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'number':
      if (Number.isFinite(value)) return JSON.stringify(value)
      throw new TypeError('a number that is not finite has no JSON form')
    case 'object':
      if (value === null) return 'null'
      return Array.isArray(value) ? arrayText(value) : objectText(value)
    case 'bigint':
    case 'function':
    case 'symbol':
    case 'undefined':
      throw new TypeError(`a ${typeof value} has no JSON form`)
  }
}

function arrayText(items: readonly unknown[]): string {
  let text = ''
  for (const item of items) text += (text === '' ? '[' : ',') + canonicalJson(item)
  return text === '' ? '[]' : `${text}]`
}

function objectText(object: object): string {
  const keys = Object.keys(object)
  if (!isSorted(keys)) keys.sort()
  let text = ''
  for (const key of keys) {
    const member: unknown = object[key as keyof typeof object]
    if (member === undefined) continue
    text += `${text === '' ? '{' : ','}${quoted(key)}:${canonicalJson(member)}`
  }
  return text === '' ? '{}' : `${text}}`
}

// Short texts of plain ASCII, which most are, need no escapes and no look by `JSON.stringify`.
const needsNoEscape = /^[\x20\x21\x23-\x5b\x5d-\x7e]{0,64}$/

function quoted(text: string): string {
  return needsNoEscape.test(text) ? `"${text}"` : JSON.stringify(text)
}

function isSorted(keys: readonly string[]): boolean {
  let previous = ''
  for (const key of keys) {
    if (key < previous) return false
    previous = key
  }
  return true
}
