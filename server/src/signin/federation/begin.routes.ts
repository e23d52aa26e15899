// Choosing a provider and going there.
import { signinApi } from '@countersign/contract/api/signin'
import { signinFederationApi } from '@countersign/contract/api/signin-federation'
import type { IdentityProvider } from '@countersign/contract/identity-provider'
import { problem } from '@countersign/contract/problems'
import type { SigninDependencies } from '#http/dependencies'
import { type Implementation, implement } from '#http/implement'
import { acceptedReturn, attemptKey, type Entrance, sourceOf, tooMany } from '#signin/entrance'
import { orTell } from './complete.ts'
import { beginFlow, journeyMaxAgeMs, providerCookie } from './flow.ts'
import { keepFlow } from './flow.store.ts'
import { type Protocols, speak } from './protocol.ts'
import { authorityOf } from './provider.ts'
import { readProvider, readProviders } from './provider.store.ts'

/** What answers `findProvider` and `begin` of `signinFederationApi`. */
export function beginRoutes(
  deps: SigninDependencies,
  entrance: Entrance,
  protocols: Protocols,
): readonly Implementation[] {
  const { store } = deps
  const { sites, challenges } = entrance
  return [
    implement(signinFederationApi.findProvider, async ({ body }, { caller, now }) => {
      if (!challenges.spend(attemptKey(caller), now)) throw tooMany()
      // Only the domain is looked at, so the answer cannot depend on who exists.
      const provider = authorityOf(await readProviders(store.db), body.address)
      return provider ? { provider: offerOf(provider) } : {}
    }),

    implement(signinFederationApi.begin, async ({ params, query }, exchange) => {
      const { caller, now, reply, cookie } = exchange
      const { return: returnTo, fresh } = query
      const wish = { provider: params.provider, returnTo, isFresh: fresh !== undefined }
      await orTell(deps, entrance, exchange, wish, async () => {
        if (!challenges.spend(attemptKey(caller), now)) throw tooMany()
        if (returnTo !== undefined) acceptedReturn(returnTo, sites)
        const provider = await readProvider(store.db, params.provider)
        if (!provider?.enabled) throw problem('signin.provider_unknown')
        const isFresh = fresh !== undefined || !provider.saysWhen || asksFresh(returnTo)
        const begun = beginFlow(
          { provider: provider.id, returnTo, isFresh },
          cookie(providerCookie),
          sourceOf(deps, exchange),
        )
        const address = await speak(protocols, provider, (protocol, it) =>
          protocol.begin(it, begun, now),
        )
        await keepFlow(store.db, begun.flow)
        reply.cookie(providerCookie, begun.cookie, journeyMaxAgeMs / 1000)
        reply.redirect(address)
      })
    }),
  ]
}

/** A provider as the sign-in page shows it. */
export function offerOf({ id, name, contact }: IdentityProvider): {
  readonly provider: string
  readonly name: string
  readonly contact?: string
} {
  return { provider: id, name, ...(contact === undefined ? {} : { contact }) }
}

// A gateway that wants a fresh sign-in says so in the address to go on to.
function asksFresh(returnTo: string | undefined): boolean {
  const url = returnTo === undefined ? null : URL.parse(returnTo, 'http://localhost')
  return url?.pathname === signinApi.continue.path && url.searchParams.get('fresh') === '1'
}
