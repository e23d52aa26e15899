// What a sign-in elsewhere is worth here. The provider says how someone proved who they are; the
// table of that provider says what we make of it. Where the table is silent, it is a password.
import type { Authentication } from '@countersign/contract/documents'
import type { IdentityProvider } from '@countersign/contract/identity-provider'

/** How someone proved who they are, in the provider's words. */
export interface Said {
  /** RFC 8176. */
  readonly amr: readonly string[]
  readonly acr: string | undefined
}

/**
 * The authentication that a session carries.
 * @param observedAt when they proved it, in milliseconds since the epoch.
 */
export function reportedAuthentication(
  { id, trust }: Pick<IdentityProvider, 'id' | 'trust'>,
  { amr, acr }: Said,
  observedAt: number,
): Authentication {
  const row = trust.find(({ when, is }) => (when === 'amr' ? amr.includes(is) : acr === is))
  const { method, phishingResistant } = row ?? { method: 'password', phishingResistant: false }
  return { method, phishingResistant, observedAt, provenance: 'reported', provider: id }
}
