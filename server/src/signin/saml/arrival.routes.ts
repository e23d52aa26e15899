// Coming back from an identity provider that speaks SAML, and hearing from it that a session is over.
// The answer is posted by a page of the provider, so the browser brings no cookie with it: everything
// that its signature proves is checked then, and what only the browser can show right after.
import { hash } from 'node:crypto'
import { samlApi } from '@countersign/contract/api/saml'
import type { SamlProvider } from '@countersign/contract/identity-provider'
import { problem } from '@countersign/contract/problems'
import { tokenPattern } from '@countersign/contract/session'
import type { SigninDependencies } from '#http/dependencies'
import { type Exchange, type Implementation, implement } from '#http/implement'
import { attemptKey, type Entrance, sourceOf, tooMany } from '#signin/entrance'
import { completeSignIn, orTell } from '#signin/federation/complete'
import { isTheirs, providerCookie } from '#signin/federation/flow'
import { takeFlow } from '#signin/federation/flow.store'
import { readProvider } from '#signin/federation/provider.store'
import { isSame } from '#signin/secrets'
import { spendOnce } from '#signin/token-exchange.store'
import { asServiceProvider } from './addresses.ts'
import { publishedCertificates } from './keys.ts'
import { keysOf } from './keys.store.ts'
import { serviceProviderMetadata } from './metadata.ts'
import { nameIdFormats } from './names.ts'
import { readPosted } from './post-binding.ts'
import { claimedRequest, readResponse, type SamlArrival } from './response.ts'
import { requestIdOf } from './service-provider.ts'
import { orRefuse, SamlFault } from './xml.ts'
import { arrivalMaxAgeMs, newWaiting } from './waiting.ts'
import { keepWaiting, takeWaiting } from './waiting.store.ts'
import { trustedKey } from './xml-signature.ts'

/** What answers `samlOurMetadata`, `samlArrival` and `samlFinish` of `samlApi`. */
export function samlArrivalRoutes(
  deps: SigninDependencies,
  entrance: Entrance,
): readonly Implementation[] {
  const { store, settings } = deps
  const { publicUrl } = settings
  return [
    implement(samlApi.samlOurMetadata, async ({ params }, { now }) => {
      const provider = await samlProvider(deps, params.provider)
      const certificates = publishedCertificates(await keysOf(store.db, deps, now))
      return serviceProviderMetadata({
        ...asServiceProvider(publicUrl, provider.id),
        certificates,
      })
    }),

    implement(samlApi.samlArrival, ({ params, body }, exchange) =>
      orTell(deps, entrance, exchange, params, async () => {
        if (!entrance.challenges.spend(attemptKey(exchange.caller), exchange.now)) throw tooMany()
        const provider = await samlProvider(deps, params.provider)
        const { arrival, requestId } = orRefuse(() => verified(provider, publicUrl, body, exchange))
        const state = body.RelayState
        if (state === undefined || !tokenPattern.test(state)) throw problem('signin.expired')
        await refuseReplay(deps, `assertion ${provider.id} ${arrival.assertionId}`, arrival)
        const { waiting, secret } = newWaiting(
          {
            purpose: 'arrival',
            provider: provider.id,
            requestId,
            state,
            ...orRefuse(() => elsewhereOf(provider, arrival)),
          },
          arrivalMaxAgeMs,
          sourceOf(deps, exchange),
        )
        await keepWaiting(store.db, waiting)
        exchange.reply.redirect(`${publicUrl.origin}${samlApi.samlFinish.path}?arrival=${secret}`)
      }),
    ),

    implement(samlApi.samlFinish, async ({ query }, exchange) => {
      const { now } = exchange
      const waiting = await takeWaiting(store.db, query.arrival, now)
      const arrived = waiting?.purpose === 'arrival' ? waiting : undefined
      const told = { provider: arrived?.provider ?? '' }
      await orTell(deps, entrance, exchange, told, async () => {
        if (!arrived) throw problem('signin.expired')
        const { state, requestId, subject, sid, acr, authTime, claims, nameId } = arrived
        const provider = await samlProvider(deps, arrived.provider)
        const cookie = exchange.cookie(providerCookie)
        const flow = await takeFlow(store.db, state)
        if (!flow || cookie === undefined) throw problem('signin.expired')
        if (!isTheirs(flow, { cookie, provider: provider.id }, now)) throw problem('signin.expired')
        // The request was this browser's own, so nobody is signed in as whoever sent them here.
        if (!isSame(requestIdOf({ cookie, state }), requestId)) throw problem('signin.expired')
        const elsewhere = { subject, sid, acr, authTime, claims, amr: [], keepsakes: { nameId } }
        await completeSignIn(deps, entrance, exchange, { provider, flow, elsewhere })
      })
    }),
  ]
}

/** The provider of this id, where it may be used. @throws signin.provider_unknown */
export async function samlProvider(
  { store }: Pick<SigninDependencies, 'store'>,
  id: string,
): Promise<SamlProvider> {
  const provider = await readProvider(store.db, id)
  if (provider?.kind !== 'saml' || !provider.enabled) throw problem('signin.provider_unknown')
  return provider
}

/** Refuses what was seen before. @throws signin.saml_refused */
export async function refuseReplay(
  { store }: Pick<SigninDependencies, 'store'>,
  what: string,
  { expiresAt }: { readonly expiresAt: number },
): Promise<void> {
  const isFirst = await spendOnce(store.db, { id: hash('sha256', what), expiresAt })
  if (!isFirst) {
    const cause = new SamlFault('the message was used before')
    throw Object.assign(problem('signin.saml_refused'), { cause })
  }
}

function verified(
  { id, saml }: SamlProvider,
  publicUrl: URL,
  { SAMLResponse: posted }: { readonly SAMLResponse?: string | undefined },
  { now }: Pick<Exchange, 'now'>,
): { readonly arrival: SamlArrival; readonly requestId: string } {
  if (posted === undefined) throw new SamlFault('there is no `SAMLResponse`')
  const text = readPosted(posted)
  const { entityId: audience, acsUrl } = asServiceProvider(publicUrl, id)
  const requestId = claimedRequest(text)
  const arrival = readResponse(text, {
    issuer: saml.entityId,
    keys: saml.certificates.map(trustedKey),
    audience,
    acsUrl,
    requestId,
    wantResponseSigned: saml.wantResponseSigned,
    now,
  })
  return { arrival, requestId }
}

const transient = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient'

/** What is known of a person there, for whoever finds out who they are here. */
function elsewhereOf({ saml }: SamlProvider, arrival: SamlArrival) {
  const { nameId, sessionIndex, contextClass, authenticatedAt, attributes } = arrival
  const { subjectAttribute } = saml
  const named = subjectAttribute === undefined ? [nameId.value] : attributes[subjectAttribute]
  const [subject, second] = named ?? []
  if (subject === undefined || second !== undefined) {
    throw new SamlFault('the attribute that names a person for good is absent, or there twice')
  }
  if (subjectAttribute === undefined && nameId.format === transient) {
    throw new SamlFault('the name changes each time: set `subjectAttribute`')
  }
  const isAddress = nameId.format === nameIdFormats.email
  return {
    subject,
    nameId: JSON.stringify(nameId),
    authTime: authenticatedAt,
    claims: {
      // What a mapping may name although it is no attribute.
      ...(isAddress ? { NameID: [nameId.value] } : {}),
      ...Object.fromEntries(
        Object.entries(attributes).map(([name, values]) => [name, [...values]]),
      ),
    },
    ...(sessionIndex === undefined ? {} : { sid: sessionIndex }),
    ...(contextClass === undefined ? {} : { acr: contextClass }),
  }
}
