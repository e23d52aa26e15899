// What a provider says of someone, in our words. Claims come in any shape and size; only short
// texts of the names that were agreed are read, and nothing else is kept.
import type { IdentityProvider } from '@countersign/contract/identity-provider'

const wordMaxCharacters = 256

/** The longest name a provider may have for someone, in characters (OpenID Connect Core 1.0 §2 has 255). */
export const subjectMaxCharacters = 512

export interface Words {
  readonly name?: string
  readonly email?: string
  readonly emailVerified?: boolean
  readonly id?: string
  readonly department?: string
  readonly title?: string
}

type Text = Exclude<keyof Words, 'emailVerified'>
const texts: readonly Text[] = ['name', 'email', 'id', 'department', 'title']

/** The agreed claims; what is missing, empty, too long or of another type is left out. */
export function wordsOf(
  { claims: names }: Pick<IdentityProvider, 'claims'>,
  claims: Readonly<Record<string, unknown>>,
): Words {
  const claim = (name: string | undefined): unknown =>
    name !== undefined && Object.hasOwn(claims, name) ? single(claims[name]) : undefined
  const words: { [K in Text]?: string } = {}
  for (const word of texts) {
    const value = claim(names[word])
    if (typeof value === 'string' && isShort(value)) words[word] = value.trim()
  }
  const verified = claim(names.emailVerified)
  // Some providers, and everything that comes as XML, say it as text.
  const isSaid = verified !== undefined
  return {
    ...words,
    ...(isSaid ? { emailVerified: verified === true || verified === 'true' } : {}),
  }
}

/** The words as an administrator sees them. */
export function shownWords(words: Words): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(words).map(([word, value]) => [word, String(value)]))
}

// An attribute that may have several values has one here, or none.
function single(value: unknown): unknown {
  return Array.isArray(value) ? (value.length === 1 ? value[0] : undefined) : value
}

function isShort(value: string): boolean {
  const trimmed = value.trim()
  return trimmed !== '' && trimmed.length <= wordMaxCharacters && !/\p{Cc}/u.test(trimmed)
}
