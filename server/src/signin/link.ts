// Someone has to be the first administrator, before anyone is there to vouch for them. Whoever
// can reach the machine's control socket gets a link that makes one person administrator, once,
// within a day, and only while there is no administrator.
import { isInternal } from '@countersign/contract/classification'
import type { IdSource } from '@countersign/contract/ids'
import { tokenHash } from '@countersign/contract/session'
import { z } from 'zod'
import { newSecret } from './secrets.ts'

/** How long a setup link may be used, in milliseconds. */
export const setupLinkMaxAgeMs = 24 * 60 * 60_000

/** The kind of the document that is kept of a link. The server's own: no gateway hears of it. */
export const setupLinkKind = 'setup-link'

export const setupLink = z.strictObject({
  /** SHA-256 of the link's secret, in hex. */
  id: z.string().regex(/^[0-9a-f]{64}$/),
  issuedAt: isInternal(z.int().nonnegative()),
  endsAt: isInternal(z.int().nonnegative()),
})
export type SetupLink = z.infer<typeof setupLink>

/** A new link's secret and what is kept of it. */
export function newSetupLink(source: IdSource): {
  readonly secret: string
  readonly document: SetupLink
} {
  const secret = newSecret(source)
  const issuedAt = source.now()
  const endsAt = issuedAt + setupLinkMaxAgeMs
  return { secret, document: { id: tokenHash(secret), issuedAt, endsAt } }
}

/** The link as it is printed. A fragment is never sent, so the secret stays out of every log. */
export function setupUrl(publicUrl: URL, secret: string): string {
  return `${publicUrl.origin}/setup#${secret}`
}

/** Ids for a new person, best first: the name in plain letters, then with a number. */
export function* personIds(name: string): Generator<string> {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, idMaxCharacters)
    .replace(/-+$/, '')
  const base = plain === '' ? 'administrator' : plain
  yield base
  for (let number = 2; ; number++) yield `${base}-${number}`
}

const idMaxCharacters = 64
