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
  let text = ''
  for (const key of sorted(Object.keys(object))) {
    const member: unknown = object[key as keyof typeof object]
    if (member === undefined) continue
    text += `${text === '' ? '{' : ','}${keyText(key)}${canonicalJson(member)}`
  }
  return text === '' ? '{}' : `${text}}`
}

const textsOfKeys = new Map<string, string>()
const keysMaxCount = 1_000

/** A key with its colon. The same few keys come again and again. */
function keyText(key: string): string {
  const known = textsOfKeys.get(key)
  if (known !== undefined) return known
  const text = `${JSON.stringify(key)}:`
  if (textsOfKeys.size < keysMaxCount) textsOfKeys.set(key, text)
  return text
}

const plainMaxCharacters = 64

// Short texts of plain ASCII, which most are, need no escapes and no look by `JSON.stringify`.
function quoted(text: string): string {
  if (text.length > plainMaxCharacters) return JSON.stringify(text)
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code < 0x20 || code > 0x7e || code === 0x22 || code === 0x5c) return JSON.stringify(text)
  }
  return `"${text}"`
}

const fewKeys = 32

/** By UTF-16 code units, in place. The few keys that most objects have are sorted as they stand. */
function sorted(keys: string[]): readonly string[] {
  if (keys.length > fewKeys) return keys.sort()
  for (let index = 1; index < keys.length; index++) {
    const key = keys[index] ?? ''
    let place = index - 1
    for (; place >= 0 && (keys[place] ?? '') > key; place--) keys[place + 1] = keys[place] ?? ''
    keys[place + 1] = key
  }
  return keys
}
