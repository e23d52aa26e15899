// The secret that an application shows at the token endpoint. It has 256 random bits and is told
// once; what is kept is its SHA-256. A new one does not stop the old one at once, so that it can be
// entered on the other side without haste.
import { type IdSource } from '@countersign/contract/ids'
import { tokenHash } from '@countersign/contract/session'
import { z } from 'zod'
import { isSame, newSecret } from '#signin/secrets'

/** The kind of document that holds them; the id is the application's. */
export const clientSecretKind = 'client-secret'

/** How long the secret before counts on, in milliseconds. */
const overlapMs = 24 * 60 * 60_000

export const clientSecrets = z.strictObject({
  id: z.string(),
  secrets: z
    .array(
      z.strictObject({
        hash: z.string().regex(/^[0-9a-f]{64}$/),
        issuedAt: z.int().nonnegative(),
        endsAt: z.int().nonnegative().optional(),
      }),
    )
    .max(2),
})
export type ClientSecrets = z.infer<typeof clientSecrets>

/** A new secret, and what is kept from now on. */
export function issueClientSecret(
  application: string,
  before: ClientSecrets | undefined,
  source: IdSource,
): { readonly secret: string; readonly kept: ClientSecrets; readonly previousEndsAt?: number } {
  const now = source.now()
  const secret = newSecret(source)
  const newest = currentSecrets(before, now).at(-1)
  const issued = { hash: tokenHash(secret), issuedAt: now }
  if (!newest) return { secret, kept: { id: application, secrets: [issued] } }
  const endsAt = Math.min(newest.endsAt ?? Infinity, now + overlapMs)
  return {
    secret,
    kept: { id: application, secrets: [{ ...newest, endsAt }, issued] },
    previousEndsAt: endsAt,
  }
}

/** Those that count now, oldest first. */
export function currentSecrets(
  kept: ClientSecrets | undefined,
  now: number,
): ClientSecrets['secrets'] {
  return kept?.secrets.filter(({ endsAt }) => endsAt === undefined || endsAt > now) ?? []
}

const separator = '.'

/** How the provider's library is told of the hashes, where it expects the secret itself. */
export function hashesAsSecret(kept: ClientSecrets | undefined, now: number): string {
  return ['sha256', ...currentSecrets(kept, now).map(({ hash }) => hash)].join(separator)
}

/** Whether what was presented has one of the hashes. */
export function isSecretOf(hashes: string | undefined, presented: string): boolean {
  const found = tokenHash(presented)
  return (hashes ?? '')
    .split(separator)
    .map((hash) => isSame(hash, found))
    .includes(true)
}
