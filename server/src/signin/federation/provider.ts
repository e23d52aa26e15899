// Identity providers as the server keeps them, and the rules among them: no two speak for the same
// domain, because then one could vouch for the people of the other.
import { hash } from 'node:crypto'
import type { IdentityProvider } from '@countersign/contract/identity-provider'

/** The kinds of the server's own documents. No gateway hears of them. */
export const providerKind = 'provider'
export const providerLinkKind = 'provider-link'
export const unmatchedKind = 'unmatched'

/** How many providers there may be. */
const providersMaxCount = 100

/** The id of someone at a provider: a name of both together, of one length and one alphabet. */
export function pairId(provider: string, subject: string): string {
  return hash('sha256', JSON.stringify([provider, subject]))
}

/** What a person who is not known here can name on the telephone. */
export function referenceOf(id: string): string {
  return `${id.slice(0, 4)}-${id.slice(4, 8)}-${id.slice(8, 12)}`.toUpperCase()
}

/** The domain of an address, or a domain itself, in lower case; undefined for anything else. */
export function domainOf(address: string): string | undefined {
  const domain = address.slice(address.lastIndexOf('@') + 1).trim()
  // Checked before it is made lower case, which would make an ASCII letter of the Kelvin sign.
  return /^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$/.test(domain) ? domain.toLowerCase() : undefined
}

/** Whether a provider is the authority for an address. Subdomains are domains of their own. */
export function speaksFor({ domains }: Pick<IdentityProvider, 'domains'>, email: string): boolean {
  const domain = domainOf(email)
  return email.includes('@') && domain !== undefined && domains.includes(domain)
}

/** The enabled provider that signs in the people of a domain. */
export function authorityOf(
  providers: readonly IdentityProvider[],
  address: string,
): IdentityProvider | undefined {
  const domain = domainOf(address)
  return domain === undefined
    ? undefined
    : providers.find((it) => it.enabled && it.domains.includes(domain))
}

/** Why a provider cannot stand beside the others as it is; undefined where it can. */
export function faultAmong(
  provider: IdentityProvider,
  others: readonly IdentityProvider[],
): string | undefined {
  if (others.length >= providersMaxCount) {
    return `there are ${providersMaxCount} identity providers already: remove one first`
  }
  for (const other of others) {
    const both = provider.domains.find((domain) => other.domains.includes(domain))
    if (both !== undefined) {
      return `\`${other.id}\` speaks for the domain \`${both}\` already: take it from one of them`
    }
    if (nameElsewhere(other) === nameElsewhere(provider)) {
      return `\`${other.id}\` is the same provider already: change that one`
    }
  }
  return undefined
}

// The same provider twice would make two subjects of one person, and a logout would find half of
// the sessions.
function nameElsewhere(provider: IdentityProvider): string {
  switch (provider.kind) {
    case 'oidc':
      return JSON.stringify(['oidc', provider.oidc.issuer, provider.oidc.clientId])
    case 'saml':
      return JSON.stringify(['saml', provider.saml.entityId])
  }
}
