// The keys with which applications verify assertions (RFC 7517 §5): this gateway's own, and those
// of the organisation's other gateways, so that it makes no difference which one of them an
// application fetches the set from.
import { hash } from 'node:crypto'
import type { Estate } from '@countersign/contract/estate'
import { type SigningKey, thumbprintText } from '@countersign/contract/signer'

type PublishedKey = Readonly<Record<string, string>>

/** The own keys first, and each key once. */
export function keySet(
  own: readonly SigningKey[],
  estate: Pick<Estate, 'all'>,
): { readonly keys: readonly PublishedKey[] } {
  const others = estate.all('signer').flatMap(({ keys }) => keys)
  const published = [...own, ...others].map((key) => [keyId(key), key] as const)
  const byId = new Map(published.toReversed())
  const ids = new Set(published.map(([id]) => id))
  return {
    keys: [...ids].flatMap((kid) => {
      const key = byId.get(kid)
      return key ? [{ ...key, kid, use: 'sig', alg: key.kty === 'EC' ? 'ES256' : 'EdDSA' }] : []
    }),
  }
}

/** The thumbprint of a key (RFC 7638), which names it in the header of what it signed. */
export function keyId(key: SigningKey): string {
  return hash('sha256', thumbprintText(key), 'base64url')
}
