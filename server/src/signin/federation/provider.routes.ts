// What administrators set and decide: providers, links, and the people whom one side knows and the
// other does not.
import { federationApi, type ProviderLink } from '@countersign/contract/api/federation'
import type { IdentityProvider } from '@countersign/contract/identity-provider'
import { problem } from '@countersign/contract/problems'
import type { RouteResult } from '@countersign/contract/route'
import { actorOf } from '#http/caller'
import type { SigninDependencies } from '#http/dependencies'
import { type Implementation, implement } from '#http/implement'
import { takeTurn } from '#signin/turn.store'
import { endingAt } from './end.store.ts'
import { type Protocols, speak } from './protocol.ts'
import { faultAmong, providerKind, providerLinkKind, unmatchedKind } from './provider.ts'
import { forgetSecrets } from './provider-secrets.store.ts'
import { countLinks, linksAt, readLink, readProvider, readProviders } from './provider.store.ts'
import { unmatchedAt } from './unmatched.store.ts'

type View = RouteResult<typeof federationApi.putProvider>

/** What answers the part of `federationApi` that is about providers and links. */
export function providerRoutes(
  { store, ledger }: SigninDependencies,
  protocols: Protocols,
): readonly Implementation[] {
  const known = async (id: string): Promise<IdentityProvider> => {
    const provider = await readProvider(store.db, id)
    if (provider) return provider
    throw problem('identity.provider_not_found', `no identity provider has the id \`${id}\``)
  }
  const viewOf = async (provider: IdentityProvider, links: number): Promise<View> => {
    const view = await speak(protocols, provider, (protocol, it) => protocol.view(it))
    return { provider, ...view, links }
  }
  return [
    implement(federationApi.providers, async () => {
      const links = await countLinks(store.db)
      const providers = await readProviders(store.db)
      return {
        providers: await Promise.all(providers.map((it) => viewOf(it, links.get(it.id) ?? 0))),
      }
    }),

    implement(federationApi.putProvider, async ({ params, body }, exchange) => {
      const { caller, now, reply } = exchange
      const { provider, ...given } = body
      const { id } = provider
      if (id !== params.provider) throw unfit('its id is not the one of the address')
      const { sequence } = await ledger.write(actorOf(caller), async (tx) => {
        await takeTurn(tx)
        const all = await readProviders(tx)
        const before = all.find((it) => it.id === id)
        const others = all.filter((it) => it.id !== id)
        const fault = faultAmong(provider, others) ?? (before && faultOfChange(before, provider))
        if (fault !== undefined) throw unfit(fault)
        await speak(protocols, provider, (protocol, it) => protocol.prepare(tx, it, given, now))
        return [
          { event: 'identity.provider.put', kind: providerKind, id, after: provider },
          // Who may not sign in through it may not stay in through it.
          ...(provider.enabled ? [] : await endingAt(tx, id, {})),
        ]
      })
      reply.sequence(sequence)
      return viewOf(provider, (await linksAt(store.db, id)).length)
    }),

    implement(federationApi.removeProvider, async ({ params }, { caller, reply }) => {
      const { id } = await known(params.provider)
      let endedSessions = 0
      const { sequence } = await ledger.write(actorOf(caller), async (tx) => {
        await takeTurn(tx)
        const endings = await endingAt(tx, id, {})
        endedSessions = endings.filter((it) => it.kind === 'session' && it.after === null).length
        await forgetSecrets(tx, id)
        const event = 'identity.provider.removed'
        return [
          ...endings,
          ...(await linksAt(tx, id)).map((link) => ({
            event: 'identity.subject.unlinked' as const,
            kind: providerLinkKind,
            id: link.id,
            after: null,
          })),
          ...(await unmatchedAt(tx, id)).map((unknown) => ({
            event: 'identity.unmatched.forgotten' as const,
            kind: unmatchedKind,
            id: unknown,
            after: null,
          })),
          { event, kind: providerKind, id, after: null },
        ]
      })
      reply.sequence(sequence)
      return { provider: id, endedSessions }
    }),

    implement(federationApi.checkProvider, async ({ params }, { now }) =>
      speak(protocols, await known(params.provider), (protocol, it) => protocol.check(it, now)),
    ),

    implement(federationApi.removeLink, async ({ params }, { caller, reply }) => {
      const { sequence } = await ledger.write(actorOf(caller), async (tx) => {
        await takeTurn(tx)
        const link: ProviderLink | undefined = await readLink(tx, params.link)
        if (!link) throw problem('identity.link_not_found')
        return [
          ...(await endingAt(tx, link.provider, { subject: link.subject })),
          {
            event: 'identity.subject.unlinked',
            kind: providerLinkKind,
            id: link.id,
            after: null,
          },
        ]
      })
      reply.sequence(sequence)
      return { link: params.link }
    }),
  ]
}

// Links are to people of one provider. Another provider's people may have the same names.
function faultOfChange(before: IdentityProvider, after: IdentityProvider): string | undefined {
  return originOf(before) === originOf(after)
    ? undefined
    : 'an identity provider stays where it is: remove this one and add the other under an id of its own'
}

function originOf(provider: IdentityProvider): string {
  return provider.kind === 'oidc'
    ? JSON.stringify(['oidc', provider.oidc.issuer])
    : JSON.stringify(['saml', provider.saml.entityId])
}

const unfit = (detail: string) => problem('identity.provider_unfit', detail)
