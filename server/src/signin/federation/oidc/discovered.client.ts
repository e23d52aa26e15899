// What an OpenID provider says of itself, read once in a while, checked before it is believed, and
// only in algorithms that a public key can be used with.
import type { OidcProvider } from '@countersign/contract/identity-provider'
import { problem } from '@countersign/contract/problems'
import type { Secret } from '@countersign/contract/secret'
import { createRemoteJWKSet, customFetch as joseFetch, type JWTVerifyGetKey } from 'jose'
import {
  allowInsecureRequests,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  clockTolerance,
  Configuration,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  None,
  PrivateKeyJwt,
  type ServerMetadata,
} from 'openid-client'
import { answerTimeoutMs, boundedFetch } from '#signin/federation/bounded.client'
import { signingKey } from './client-key.ts'

/** Algorithms of tokens we believe (RFC 8725 §3.1). None of them works with a shared secret. */
export const algorithms: readonly string[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]

/** How far a provider's clock may differ from ours, in seconds. */
export const clockToleranceSeconds = 60
/** How long we believe what a provider said of itself, in milliseconds. */
const believedForMs = 10 * 60_000
/** Unknown keys are asked for no more often than this, in milliseconds. */
const keysCooldownMs = 30_000

export interface Discovered {
  readonly configuration: Configuration
  readonly metadata: ServerMetadata
  /** Finds the key that a token names. */
  readonly keys: JWTVerifyGetKey
}

/** What we show the provider, with the moment it was set. */
export type Credential =
  | { readonly kind: 'none' }
  | { readonly kind: 'secret'; readonly secret: Secret; readonly setAt: number }
  | { readonly kind: 'key'; readonly key: Secret; readonly setAt: number }

interface Believed extends Discovered {
  /** What it was made of. */
  readonly from: string
  readonly until: number
}

/** Providers as they described themselves. One entry for each provider there is. */
export class DiscoveredProviders {
  readonly #believed = new Map<string, Believed>()

  /** @throws signin.provider_unreachable where the provider cannot be asked, or may not be believed. */
  async get(provider: OidcProvider, credential: Credential, now: number): Promise<Discovered> {
    const from = JSON.stringify([provider.oidc, credential.kind === 'none' ? 0 : credential.setAt])
    const known = this.#believed.get(provider.id)
    if (known?.from === from && known.until > now) return known
    const found = await discover(provider, credential)
    this.#believed.set(provider.id, { ...found, from, until: now + believedForMs })
    return found
  }

  /** Forgets a provider that was removed. */
  forget(provider: string): void {
    this.#believed.delete(provider)
  }
}

async function discover({ oidc }: OidcProvider, credential: Credential): Promise<Discovered> {
  const fetch = boundedFetch(oidc.issuer)
  const isLocal = oidc.issuer.startsWith('http:')
  const timeout = answerTimeoutMs / 1000
  const metadata = await readMetadata(oidc, {
    [customFetch]: fetch,
    timeout,
    ...(isLocal ? { execute: [allowInsecureRequests] } : {}),
  })
  const { issuer, jwks_uri: keysUrl } = metadata
  if (!isSameUrl(issuer, oidc.issuer)) throw unfit(`it calls itself \`${issuer}\``)
  if (keysUrl === undefined) throw unfit('it does not say where its keys are')
  if (metadata.authorization_endpoint === undefined) throw unfit('nobody can sign in there')
  if (metadata.token_endpoint === undefined) throw unfit('it gives no tokens')
  const offered = metadata.id_token_signing_alg_values_supported ?? ['RS256']
  const believed = offered.filter((algorithm) => algorithms.includes(algorithm))
  if (believed.length === 0) throw unfit('it signs with nothing that we believe')
  const configuration = new Configuration(
    { ...metadata, id_token_signing_alg_values_supported: believed },
    oidc.clientId,
    { [clockTolerance]: clockToleranceSeconds },
    await authentication(oidc, credential),
  )
  configuration[customFetch] = fetch
  configuration.timeout = timeout
  // The connection vouches for the provider only as far as its certificate; the signature always.
  enableNonRepudiationChecks(configuration)
  if (isLocal) allowInsecureRequests(configuration)
  const keys = createRemoteJWKSet(new URL(keysUrl), {
    timeoutDuration: answerTimeoutMs,
    cooldownDuration: keysCooldownMs,
    cacheMaxAge: believedForMs,
    [joseFetch]: (url, { method, headers, signal }) => fetch(url, { method, headers, signal }),
  })
  return { configuration, metadata, keys }
}

async function readMetadata(
  { issuer, clientId }: OidcProvider['oidc'],
  options: Parameters<typeof discovery>[4],
): Promise<ServerMetadata> {
  try {
    const found = await discovery(new URL(issuer), clientId, undefined, None(), options)
    return found.serverMetadata()
  } catch (error) {
    throw Object.assign(problem('signin.provider_unreachable'), { cause: error })
  }
}

async function authentication(
  { clientAuthentication }: OidcProvider['oidc'],
  credential: Credential,
): Promise<ClientAuth> {
  switch (clientAuthentication) {
    case 'none':
      return None()
    case 'secret-basic':
      return ClientSecretBasic(secretOf(credential))
    case 'secret-post':
      return ClientSecretPost(secretOf(credential))
    case 'private-key': {
      if (credential.kind !== 'key') throw unfit('it has no key of ours')
      return PrivateKeyJwt(await signingKey(credential.key))
    }
  }
}

function secretOf(credential: Credential): string {
  if (credential.kind !== 'secret') throw unfit('its client secret is missing')
  return credential.secret.reveal()
}

function isSameUrl(left: string, right: string): boolean {
  return URL.parse(left)?.href === URL.parse(right)?.href
}

function unfit(why: string): Error {
  return Object.assign(problem('signin.provider_unreachable'), { cause: new Error(why) })
}
