// What a protocol has to bring along for providers that speak it. Everything else is the same for
// all of them: who someone is here, what their sign-in is worth, how they are let in.
import type { federationApi } from '@countersign/contract/api/federation'
import type {
  IdentityProvider,
  OidcProvider,
  SamlProvider,
} from '@countersign/contract/identity-provider'
import type { RouteInput, RouteResult } from '@countersign/contract/route'
import type { Transaction } from 'kysely'
import type { Database } from '#store/database'
import type { Begun } from './flow.ts'
import type { ProviderSession } from './provider-sessions.store.ts'

/** What an administrator gives besides the provider's document. */
type Given = Omit<RouteInput<typeof federationApi.putProvider>['body'], 'provider'>
/** What administrators see of a provider besides its document. */
type View = Omit<
  RouteResult<typeof federationApi.providers>['providers'][number],
  'provider' | 'links'
>
export type Check = RouteResult<typeof federationApi.checkProvider>

export interface ProviderProtocol<P extends IdentityProvider> {
  /** The address to which the browser goes to sign in; `state` has to come back from there. */
  begin(provider: P, begun: Begun, now: number): Promise<string>
  /** The address to which the browser goes to sign out there too; undefined where there is none. */
  signOut(provider: P, session: ProviderSession, now: number): Promise<string | undefined>
  /**
   * Keeps secrets that come with a provider, in the transaction that keeps the provider.
   * @throws identity.provider_unfit where something is missing.
   */
  prepare(tx: Transaction<Database>, provider: P, given: Given, now: number): Promise<void>
  view(provider: P): Promise<View>
  /** Asks the provider itself. */
  check(provider: P, now: number): Promise<Check>
}

export interface Protocols {
  readonly oidc: ProviderProtocol<OidcProvider>
  readonly saml: ProviderProtocol<SamlProvider>
}

/** Does something with a provider in the protocol that it speaks. */
export function speak<T>(
  protocols: Protocols,
  provider: IdentityProvider,
  work: <P extends IdentityProvider>(protocol: ProviderProtocol<P>, provider: P) => T,
): T {
  switch (provider.kind) {
    case 'oidc':
      return work(protocols.oidc, provider)
    case 'saml':
      return work(protocols.saml, provider)
  }
}
