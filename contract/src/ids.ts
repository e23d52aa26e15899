// Every id says what it names, so that a log line, a URL and a bug report can be read without
// a second look, and so that a person's id can never be passed where a session's is meant.

declare const brand: unique symbol

/** What an id can name, and the prefix it carries. */
export const idPrefixes = {
  decision: 'dec',
  session: 'ses',
  release: 'rel',
  gateway: 'gw',
  passkey: 'key',
  link: 'lnk',
  recovery: 'rcv',
  request: 'req',
  accessToken: 'tok',
  breakGlassUse: 'bgu',
  mfaExclusion: 'mfx',
} as const

export type IdKind = keyof typeof idPrefixes
export type Id<K extends IdKind> = `${(typeof idPrefixes)[K]}_${string}` & { readonly [brand]: K }

export type DecisionId = Id<'decision'>
export type PasskeyId = Id<'passkey'>

/** Where new ids come from: a clock in milliseconds since the epoch and a source of random bytes. */
export interface IdSource {
  readonly now: () => number
  readonly randomBytes: (count: number) => Uint8Array
}

// Crockford's base 32: no letters that read as digits, and it sorts as its bytes do.
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
const timeCharacters = 10
const randomCharacters = 16

/**
 * A new id: 48 bits of time and 80 of randomness, so that ids sort by the moment they were made.
 * An id is a name, never a credential.
 */
export function newId<K extends IdKind>(kind: K, source: IdSource): Id<K> {
  let time = source.now()
  let head = ''
  for (let index = 0; index < timeCharacters; index++) {
    head = alphabet.charAt(time % 32) + head
    time = Math.floor(time / 32)
  }
  let tail = ''
  // A byte's low five bits are uniform, because 256 is a multiple of 32.
  for (const byte of source.randomBytes(randomCharacters)) tail += alphabet.charAt(byte & 31)
  return `${idPrefixes[kind]}_${head}${tail}` as Id<K>
}

/** Whether `text` is well formed as an id of this kind. It says nothing about existence. */
export function isId<K extends IdKind>(kind: K, text: string): text is Id<K> {
  const prefix = `${idPrefixes[kind]}_`
  return text.startsWith(prefix) && /^[0-9a-hjkmnp-tv-z]{26}$/.test(text.slice(prefix.length))
}
