// Everything about signing in through providers elsewhere, put together for one server.
import type { SigninDependencies } from '#http/dependencies'
import type { Implementation } from '#http/implement'
import type { Entrance } from '#signin/entrance'
import { samlProtocol } from '#signin/saml/service-provider'
import { beginRoutes } from './begin.routes.ts'
import { DiscoveredProviders } from './oidc/discovered.client.ts'
import { oidcProtocol } from './oidc/oidc-protocol.ts'
import { oidcRoutes } from './oidc/oidc.routes.ts'
import type { Protocols } from './protocol.ts'
import { providerRoutes } from './provider.routes.ts'
import { reconcileRoutes } from './reconcile.routes.ts'

export interface Federation {
  readonly protocols: Protocols
  readonly discovered: DiscoveredProviders
}

/** The protocols that providers may speak. */
export function openFederation(deps: SigninDependencies): Federation {
  const discovered = new DiscoveredProviders()
  return {
    protocols: { oidc: oidcProtocol({ ...deps, discovered }), saml: samlProtocol(deps) },
    discovered,
  }
}

/** What answers `federationApi` and `signinFederationApi`. */
export function federationRoutes(
  deps: SigninDependencies,
  entrance: Entrance,
  { protocols, discovered }: Federation,
): readonly Implementation[] {
  return [
    ...beginRoutes(deps, entrance, protocols),
    ...oidcRoutes({ ...deps, discovered }, entrance),
    ...providerRoutes(deps, protocols),
    ...reconcileRoutes(deps),
  ]
}
