// Identity providers elsewhere, in words.
import type { IdentityProvider, TrustRow } from '@countersign/contract/identity-provider'
import { methodWords } from './authentication.ts'

export const providerKindWords: Readonly<Record<IdentityProvider['kind'], string>> = {
  oidc: 'OpenID Connect',
  saml: 'SAML',
}

const addressTitles: Readonly<Record<string, string>> = {
  redirect: 'Redirect address',
  backChannelLogout: 'Back-channel logout',
  frontChannelLogout: 'Front-channel logout',
  afterLogout: 'After signing out',
  keys: 'Our public keys',
  metadata: 'Our metadata',
  entityId: 'Our entity id',
  assertionConsumer: 'Assertion consumer',
  singleLogout: 'Single logout',
}

/** What an address of ours is called that has to be entered at a provider. */
export const addressTitle = (name: string): string =>
  (Object.hasOwn(addressTitles, name) ? addressTitles[name] : undefined) ?? name

/** What a word of a provider is worth here. */
export function worthWords({ method, phishingResistant }: TrustRow): string {
  return phishingResistant ? `${methodWords[method]}, cannot be phished` : methodWords[method]
}
