// Finds what looks like a credential in an attribute that many may read. Only where and what kind
// is ever returned: a finding that repeats the secret would spread it.
import type { SuspectedSecret } from './model.ts'

type Looks = SuspectedSecret['looksLike']

const patterns: readonly (readonly [Looks, RegExp])[] = [
  ['private-key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ['token', /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|AKIA[A-Z0-9]{16}|xox[abps]-[A-Za-z0-9-]{10,})/],
  ['token', /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\./],
  ['password-hash', /\{(?:SSHA|SHA|SMD5|MD5|CRYPT|PBKDF2)[A-Z0-9-]*\}\S{8,}/i],
  // The word and a separator, then something: `Passwort: x`, `pwd=x`, `pw is x`.
  [
    'password',
    /(?<![\p{L}\d])(?:pass(?:word|wort|wd|phrase|code)?|pwd?|kennwort|mot de passe|contraseña)\s*(?:[:=]|\b(?:is|ist|est|es)\b)\s*(?!\s|(?:not|never|kept|in|set|reset|changed|expired?s?|required|managed|rotated|stored|unknown|lost|old|the|a)\b)\S+/iu,
  ],
  // Without a separator only what no sentence contains: letters, digits and perhaps signs in one word.
  ['password', /(?<![\p{L}\d])(?:passw(?:or[dt]|d)|pwd?|kennwort)\s+(?=\S*\p{L})(?=\S*\d)\S{6,}/iu],
]

/** Longer texts are looked at up to here: these attributes hold notes, not documents. */
const textMaxCharacters = 4_096

/** What a readable text seems to hold; undefined for nothing. */
export function suspectedSecret(text: string): Looks | undefined {
  const seen = text.length > textMaxCharacters ? text.slice(0, textMaxCharacters) : text
  return patterns.find(([, pattern]) => pattern.test(seen))?.[0]
}

/** What kind of credential an attribute made for passwords holds, from how its value begins. */
export function passwordLooks(value: string): Looks {
  return /^(?:\{(?!CLEAR)[A-Z0-9-]+\}|\$\d[a-z]?\$)/i.test(value) ? 'password-hash' : 'password'
}
