// OpenID Connect as one of the protocols that providers speak: the way there, the way out, and what
// an administrator has to set.
import type { OidcProvider } from '@countersign/contract/identity-provider'
import { problem } from '@countersign/contract/problems'
import { Secret } from '@countersign/contract/secret'
import {
  buildAuthorizationUrl,
  buildEndSessionUrl,
  calculatePKCECodeChallenge,
} from 'openid-client'
import type { SigninDependencies } from '#http/dependencies'
import { derived } from '#signin/federation/flow'
import type { ProviderProtocol } from '#signin/federation/protocol'
import { putSecret, readSecret } from '#signin/federation/provider-secrets.store'
import { addressesOf } from './addresses.ts'
import { check } from './check.ts'
import { newClientKey, publicHalf } from './client-key.ts'
import { credentialOf, secretNames } from './credential.store.ts'
import type { Discovered, DiscoveredProviders } from './discovered.client.ts'
import { signInMaxAgeSeconds } from './redeem.client.ts'

export interface OidcDependencies extends Pick<
  SigninDependencies,
  'store' | 'ledger' | 'settings' | 'masterKey' | 'log'
> {
  readonly discovered: DiscoveredProviders
}

/** A provider as it describes itself, ready to be spoken to. @throws signin.provider_unreachable */
export async function discoveredOf(
  { store, masterKey, discovered }: Pick<OidcDependencies, 'store' | 'masterKey' | 'discovered'>,
  provider: OidcProvider,
  now: number,
): Promise<Discovered> {
  return discovered.get(provider, await credentialOf(store.db, masterKey, provider), now)
}

export function oidcProtocol(deps: OidcDependencies): ProviderProtocol<OidcProvider> {
  const { store, settings, masterKey } = deps
  return {
    async begin(provider, begun, now) {
      const { configuration } = await discoveredOf(deps, provider, now)
      const { isFresh } = begun.flow
      const { scopes, acrValues, stepUpAcrValues } = provider.oidc
      const contexts = isFresh ? [...stepUpAcrValues, ...acrValues] : acrValues
      return buildAuthorizationUrl(configuration, {
        redirect_uri: addressesOf(settings.publicUrl, provider.id).redirect,
        response_type: 'code',
        scope: [...new Set(['openid', ...scopes])].join(' '),
        state: begun.state,
        nonce: derived(begun, 'nonce'),
        code_challenge: await calculatePKCECodeChallenge(derived(begun, 'verifier')),
        code_challenge_method: 'S256',
        // With an age given, the provider has to say when (OpenID Connect Core 1.0 §3.1.2.1).
        ...(isFresh
          ? { prompt: promptOf(scopes, 'login'), max_age: '0' }
          : {
              max_age: String(signInMaxAgeSeconds),
              ...(scopes.includes('offline_access') ? { prompt: 'consent' } : {}),
            }),
        ...(contexts.length === 0 ? {} : { acr_values: [...new Set(contexts)].join(' ') }),
      }).href
    },

    async signOut(provider, { keepsakes }, now) {
      if (!provider.oidc.signsOutThere) return undefined
      const { configuration, metadata } = await discoveredOf(deps, provider, now)
      if (metadata.end_session_endpoint === undefined) return undefined
      const { idToken } = keepsakes
      return buildEndSessionUrl(configuration, {
        ...(idToken === undefined ? {} : { id_token_hint: idToken }),
        post_logout_redirect_uri: addressesOf(settings.publicUrl, provider.id).afterLogout,
      }).href
    },

    async prepare(tx, provider, { clientSecret, newKey }, now) {
      const { clientAuthentication } = provider.oidc
      const takesSecret =
        clientAuthentication === 'secret-basic' || clientAuthentication === 'secret-post'
      if (clientSecret !== undefined && !takesSecret) {
        throw unfit(`with \`${clientAuthentication}\` there is no client secret: leave it out`)
      }
      const name = takesSecret ? secretNames.secret : secretNames.key
      const kept = await readSecret(tx, masterKey, { provider: provider.id, name })
      if (takesSecret && clientSecret === undefined && !kept) {
        throw unfit('its client secret is missing: give it as `clientSecret`')
      }
      const isKeyDue = clientAuthentication === 'private-key' && (newKey === true || !kept)
      const secret =
        clientSecret === undefined
          ? isKeyDue
            ? await newClientKey()
            : undefined
          : new Secret(clientSecret)
      if (!secret) return
      // It tells two settings apart, so it never stands still.
      const setAt = Math.max(now, (kept?.setAt ?? 0) + 1)
      await putSecret(tx, masterKey, { provider: provider.id, name }, { secret, setAt })
    },

    async view(provider) {
      const credential = await credentialOf(store.db, masterKey, provider)
      const { redirect, keys, frontChannelLogout, backChannelLogout, afterLogout } = addressesOf(
        settings.publicUrl,
        provider.id,
      )
      return {
        missing:
          credential.kind === 'none' && provider.oidc.clientAuthentication !== 'none'
            ? ['client secret']
            : [],
        addresses: {
          redirect,
          backChannelLogout,
          frontChannelLogout,
          afterLogout,
          ...(credential.kind === 'key' ? { keys } : {}),
        },
        ...(credential.kind === 'key' ? { publicKey: publicHalf(credential.key) } : {}),
        ...(credential.kind === 'none' ? {} : { secretSetAt: credential.setAt }),
      }
    },

    check: (provider, now) => check(provider, () => discoveredOf(deps, provider, now)),
  }
}

// OpenID Connect Core 1.0 §11: without consent to it, `offline_access` counts for nothing.
function promptOf(scopes: readonly string[], first: string): string {
  return scopes.includes('offline_access') ? `${first} consent` : first
}

const unfit = (detail: string) => problem('identity.provider_unfit', detail)
