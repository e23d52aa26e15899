// What SAML brings along for identity providers elsewhere, towards which we are a service provider.
//
// The messages are read and written here with `xml-crypto` for their signatures. `@node-saml/node-saml`
// is not used for it: it reads the system's clock itself, compares neither `Destination` nor
// `Recipient`, takes a redirected message without a signature as a good one and any digest that Node.js
// has, and gives no hold on a flow that is kept outside of its process. It is the other side in tests.
import { X509Certificate } from 'node:crypto'
import type { SamlProvider } from '@countersign/contract/identity-provider'
import { problem } from '@countersign/contract/problems'
import type { SigninDependencies } from '#http/dependencies'
import { type Derived, derived } from '#signin/federation/flow'
import type { Check, ProviderProtocol } from '#signin/federation/protocol'
import { asServiceProvider } from './addresses.ts'
import { authnRequest } from './authn-request.ts'
import { signingKey } from './keys.ts'
import { keysOf } from './keys.store.ts'
import { logoutRequest } from './logout.ts'
import { newMessageId } from './message.ts'
import { redirectUrl } from './redirect-binding.ts'
import { nameId } from './statement.ts'
import { SamlFault } from './xml.ts'
import { trustedKey } from './xml-signature.ts'
import { xmlText } from './xml-write.ts'

/** A certificate that ends sooner is worth a word, in milliseconds. */
const endsSoonMs = 30 * 86_400_000

/** SAML, as `federationRoutes` wants a protocol. */
export function samlProtocol(deps: SigninDependencies): ProviderProtocol<SamlProvider> {
  const { settings, store, randomBytes } = deps
  const own = ({ id }: SamlProvider) => asServiceProvider(settings.publicUrl, id)
  return {
    async begin(provider, begun, now) {
      const { entityId, acsUrl } = own(provider)
      const { signOnUrl, stepUpClass } = provider.saml
      const { isFresh } = begun.flow
      const text = authnRequest({
        id: requestIdOf(begun),
        issuer: entityId,
        destination: signOnUrl,
        now,
        acsUrl,
        isFresh,
        contextClass: isFresh ? stepUpClass : undefined,
      })
      const key = signingKey(await keysOf(store.db, deps, now))
      const destination = signOnUrl
      return redirectUrl(
        { destination, parameter: 'SAMLRequest', text, relayState: begun.state },
        key,
      )
    },

    async signOut(provider, { keepsakes, sid }, now) {
      const { singleLogout, signsOutThere } = provider.saml
      const destination = singleLogout?.redirect
      const name = keepsakes['nameId']
      if (destination === undefined || name === undefined || !signsOutThere) return undefined
      const { entityId: issuer } = own(provider)
      const id = newMessageId({ randomBytes })
      const text = xmlText(
        logoutRequest(
          { id, issuer, destination, now },
          { nameId: nameId.parse(JSON.parse(name)), sessionIndex: sid },
        ),
      )
      const key = signingKey(await keysOf(store.db, deps, now))
      return redirectUrl({ destination, parameter: 'SAMLRequest', text }, key)
    },

    async prepare(_, { saml }) {
      try {
        for (const certificate of saml.certificates) trustedKey(certificate)
      } catch (error) {
        if (!(error instanceof SamlFault)) throw error
        throw problem('identity.provider_unfit', error.message)
      }
    },

    async view(provider) {
      const { entityId, acsUrl, logoutUrl } = own(provider)
      return {
        missing: [],
        addresses: {
          metadata: entityId,
          entityId,
          assertionConsumer: acsUrl,
          singleLogout: logoutUrl,
        },
      }
    },

    async check({ saml }, now) {
      const findings: Check['findings'] = []
      const ends = saml.certificates.map((it) =>
        Date.parse(new X509Certificate(Buffer.from(it, 'base64')).validTo),
      )
      if (ends.every((it) => it < now + endsSoonMs)) {
        findings.push({
          severity: 'warning',
          text: 'every certificate of the provider ends within thirty days: enter its metadata again when it has a new one',
        })
      }
      if (saml.singleLogout?.redirect === undefined) {
        findings.push({
          severity: 'note',
          text: 'the provider names no address to log out at: signing out here leaves the session there',
        })
      }
      // There is nothing to ask a SAML provider: whether it answers shows at the first sign-in.
      return { isUsable: true, findings }
    },
  }
}

/** The id of the request of a journey. Only the browser of the journey can name it again. */
export function requestIdOf(journey: Parameters<typeof derived>[0]): string {
  const what: Derived = 'request'
  return `_${derived(journey, what)}`
}
