// Where an OpenID provider sends people back to, reads our key, and says that a session has ended.
import { signinFederationApi } from '@countersign/contract/api/signin-federation'
import type { OidcProvider } from '@countersign/contract/identity-provider'
import { problem, type ProblemCode } from '@countersign/contract/problems'
import { type Implementation, implement } from '#http/implement'
import { attemptKey, type Entrance, tooMany } from '#signin/entrance'
import { completeSignIn, orTell } from '#signin/federation/complete'
import { endAt } from '#signin/federation/end.store'
import { isTheirs, providerCookie } from '#signin/federation/flow'
import { takeFlow } from '#signin/federation/flow.store'
import { readProvider } from '#signin/federation/provider.store'
import { spendOnce } from '#signin/token-exchange.store'
import { addressesOf } from './addresses.ts'
import { publicHalf } from './client-key.ts'
import { credentialOf } from './credential.store.ts'
import { algorithms } from './discovered.client.ts'
import { readLogoutToken } from './logout-token.ts'
import { discoveredOf, type OidcDependencies } from './oidc-protocol.ts'
import { redeem } from './redeem.client.ts'
import type { SigninDependencies } from '#http/dependencies'

/** What answers the part of `signinFederationApi` that OpenID providers and their browsers ask. */
export function oidcRoutes(
  deps: SigninDependencies & OidcDependencies,
  entrance: Entrance,
): readonly Implementation[] {
  const { store, ledger, settings, masterKey, log } = deps
  const { failures, challenges } = entrance
  const enabled = async (id: string, otherwise: ProblemCode): Promise<OidcProvider> => {
    const provider = await readProvider(store.db, id)
    if (provider?.kind !== 'oidc' || !provider.enabled) throw problem(otherwise)
    return provider
  }
  return [
    implement(signinFederationApi.oidcCallback, async ({ params, query }, exchange) => {
      const { caller, now, cookie: cookieOf } = exchange
      const { state } = query
      // The first answer ends the journey, also where it is refused: nobody gets a second try.
      const flow = state === undefined ? undefined : await takeFlow(store.db, state)
      const cookie = cookieOf(providerCookie)
      const isOwn = flow !== undefined && isTheirs(flow, { cookie, ...params }, now)
      const { returnTo, isFresh } = isOwn ? flow : {}
      const { provider: id } = params
      await orTell(deps, entrance, exchange, { provider: id, returnTo, isFresh }, async () => {
        const key = attemptKey(caller)
        if (!failures.spend(key, now)) throw tooMany()
        if (!isOwn || cookie === undefined || state === undefined) throw problem('signin.expired')
        const provider = await enabled(params.provider, 'signin.provider_unknown')
        const discovered = await discoveredOf(deps, provider, now)
        const address = new URL(addressesOf(settings.publicUrl, provider.id).redirect)
        for (const [name, value] of Object.entries(query)) {
          if (value !== undefined) address.searchParams.set(name, value)
        }
        const answer = { provider, flow, cookie, state, address, now }
        const elsewhere = await redeem(discovered, answer)
        await completeSignIn(deps, entrance, exchange, { provider, flow, elsewhere })
        failures.giveBack(key, now)
      })
    }),

    implement(signinFederationApi.oidcKeys, async ({ params }) => {
      const provider = await enabled(params.provider, 'signin.provider_unknown')
      const credential = await credentialOf(store.db, masterKey, provider)
      return { keys: credential.kind === 'key' ? [publicHalf(credential.key)] : [] }
    }),

    implement(
      signinFederationApi.oidcFrontChannelLogout,
      async ({ params, query }, { caller, now, reply }) => {
        if (!challenges.spend(attemptKey(caller), now)) throw tooMany()
        const provider = await enabled(params.provider, 'signin.logout_refused')
        const { iss, sid } = query
        // A page anywhere can make a browser ask this. Only the provider knows the session's name.
        if (sid === undefined || sid === '' || iss !== provider.oidc.issuer) {
          throw problem('signin.logout_refused', 'give `iss` and `sid` of a session')
        }
        const { sequence } = await endAt(ledger, provider.id, { sid })
        reply.sequence(sequence)
        return 'signed out\n'
      },
    ),

    implement(
      signinFederationApi.oidcBackChannelLogout,
      async ({ params, body }, { caller, now, reply, requestId }) => {
        if (!challenges.spend(attemptKey(caller), now)) throw tooMany()
        const provider = await enabled(params.provider, 'signin.logout_refused')
        const { keys, metadata } = await discoveredOf(deps, provider, now)
        const means = { keys, algorithms, now }
        const { sid, subject, once } = await readLogoutToken(
          body.logout_token,
          provider,
          metadata.issuer,
          means,
        )
        const { sequence, changed } = await endAt(
          ledger,
          provider.id,
          { sid, subject },
          async (tx) => {
            if (await spendOnce(tx, once)) return
            throw problem('signin.logout_refused', 'it was used before')
          },
        )
        log.info({ requestId, provider: provider.id, changed }, 'a provider ended sessions')
        reply.sequence(sequence)
        return {}
      },
    ),
  ]
}
