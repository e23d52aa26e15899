// The OpenID provider: what of the protocols is on, how long things live, and where the library asks
// us. Whatever is not listed is off.
import {
  type Client,
  type Configuration,
  errors,
  type KoaContextWithOIDC,
  Provider,
} from 'oidc-provider'
import type { Log } from '#log'
import { type AttemptLimits, Attempts } from '#signin/attempts'
import { sessionMaxAgeMs } from '#signin/session'
import type { SignedOn } from '#signin/sign-ons.store'
import { type AccountOptions, decide, findAccount } from './accounts.ts'
import { adapters } from './adapter.ts'
import { isSecretOf } from './client-secret.ts'
import { isOriginOf } from './client.ts'
import type { ProviderKeys } from './keys.store.ts'
import { page, withButtons } from './page.ts'
import { prompts } from './prompts.ts'
import { acrValues } from './standing.ts'
import { followOurSessions, type Visits } from './visit.ts'

/** Where the provider lies at the host of the console. Its issuer is this address. */
export const providerPath = '/oidc'

export interface ProviderOptions extends Omit<AccountOptions, 'visits' | 'host'> {
  readonly publicUrl: URL
  readonly keys: ProviderKeys
  readonly visits: Visits
  readonly fetch: NonNullable<Configuration['fetch']>
  readonly log: Log
}

/** Sign-ons of one session: a browser that loops is stopped, a morning with many applications not. */
const signOnLimits: AttemptLimits = { burst: 60, refillMs: 5_000, keysMax: 20_000 }

/** How long an answer of ours is good for, in seconds. */
const accessTokenMaxAgeSeconds = 600
const codeMaxAgeSeconds = 60
const interactionMaxAgeSeconds = 600
const clockToleranceSeconds = 30
const keysMaxBytes = 64 * 1024

/** A provider, and how applications are told of sessions that have ended. */
export interface MadeProvider {
  readonly provider: Provider
  /** Tells an application. False where it wants no word; rejects where it did not take it. */
  readonly tellOf: (ended: Pick<SignedOn, 'application' | 'person' | 'sid'>) => Promise<boolean>
}

/** What the library's clients can do besides what its types say. */
interface Telling {
  backchannelLogout?: (sub: string, sid: string) => Promise<unknown>
}

/** Makes the provider with the keys of this moment. */
export function makeProvider(options: ProviderOptions): MadeProvider {
  const { publicUrl, keys, visits, ledger, now } = options
  const { origin, hostname, protocol } = publicUrl
  const limits = new Attempts(signOnLimits)
  const accounts = { ...options, host: hostname }

  /** Seconds until the session ends that a request, or a token, rests on. */
  const untilSessionEnds = (id: string | undefined): number => {
    const session = id === undefined ? undefined : ledger.estate.get('session', id)
    return Math.max(1, Math.floor(((session?.endsAt ?? 0) - now()) / 1000))
  }

  const configuration: Configuration = {
    adapter: adapters({ ...options, own: keys.own }),
    jwks: { keys: [...keys.signing.reveal()] as NonNullable<Configuration['jwks']>['keys'] },
    findAccount: findAccount(accounts),
    interactions: {
      url: (_, { uid }) => `${providerPath}/interaction/${uid}`,
      policy: prompts({
        decide: (ctx) => {
          const { session } = visits.of(ctx)
          const application = ctx.oidc.client?.clientId
          if (!session || application === undefined) {
            throw new Error('a decision is asked for with nobody there')
          }
          return decide(accounts, ctx, { application, session, address: undefined })
        },
      }),
    },
    // Registered by an administrator is granted, and no more than is registered. Each sign-on has a
    // grant of its own, so that what one stolen code gave can be taken back alone.
    async loadExistingGrant(ctx) {
      const { client, account, provider } = ctx.oidc
      const { session } = visits.of(ctx)
      if (!client || !account || !session) return undefined
      if (!limits.spend(session.id, now())) {
        throw new errors.TemporarilyUnavailable('too many sign-ons; wait a minute')
      }
      const grant = new provider.Grant({ accountId: account.accountId, clientId: client.clientId })
      grant.addOIDCScope(client.scope ?? 'openid')
      await grant.save()
      return grant
    },
    scopes: ['openid', 'offline_access', 'profile', 'email', 'groups'],
    claims: {
      openid: ['sub', 'acr', 'amr', 'auth_time'],
      profile: ['name', 'preferred_username'],
      email: ['email'],
      groups: ['groups'],
      sid: null,
    },
    acrValues: [...acrValues],
    subjectTypes: ['public'],
    responseTypes: ['code'],
    clientAuthMethods: ['none', 'client_secret_basic', 'private_key_jwt'],
    // RFC 8725 §3.1: only algorithms with a public key, so that none can be taken for a secret.
    enabledJWA: {
      idTokenSigningAlgValues: ['RS256', 'ES256'],
      clientAuthSigningAlgValues: ['ES256', 'RS256', 'PS256', 'EdDSA'],
      dPoPSigningAlgValues: ['ES256', 'EdDSA'],
    },
    allowOmittingSingleRegisteredRedirectUri: false,
    pkce: { required: () => true },
    features: {
      devInteractions: { enabled: false },
      claimsParameter: { enabled: true },
      pushedAuthorizationRequests: { enabled: true },
      dPoP: { enabled: true },
      revocation: {
        enabled: true,
        // RFC 7009 §2.1.
        allowedPolicy: (_, client, token) => token.clientId === client.clientId,
      },
      backchannelLogout: { enabled: true },
      resourceIndicators: { enabled: false },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => {
          ctx.body = signOutPage(ctx, form)
        },
        postLogoutSuccessSource: (ctx) => {
          ctx.body = page({
            title: 'You are signed out',
            paragraphs: ['Your session has ended here and at every application it was used for.'],
          })
        },
      },
      deviceFlow: {
        enabled: true,
        charset: 'base-20',
        mask: '****-****',
        userCodeInputSource: (ctx, form, out) => {
          ctx.body = page({
            title: 'Sign a device on',
            paragraphs: [
              ...(out === undefined ? [] : ['That code is not known, or was used already.']),
              'Type the code that the device shows. Do this only where you started it yourself.',
            ],
            form: withButtons(withoutScript(form), [{ text: 'Continue' }]),
          })
        },
        userCodeConfirmSource: (ctx, form, client, _, userCode) => {
          ctx.body = page({
            title: `Sign a device on to ${client.clientName ?? client.clientId}?`,
            paragraphs: [
              `The device must show the code ${userCode}. Whoever holds it is then signed on as you.`,
            ],
            form: withButtons(form, [
              { text: 'Sign it on' },
              { text: 'It is not mine', name: 'abort', second: true },
            ]),
          })
        },
        successSource: (ctx) => {
          ctx.body = page({
            title: 'The device is signed on',
            paragraphs: ['You may close this page.'],
          })
        },
      },
    },
    routes: {
      authorization: '/authorize',
      code_verification: '/device',
      device_authorization: '/device/authorize',
      end_session: '/sign-out',
      jwks: '/jwks',
      pushed_authorization_request: '/request',
      revocation: '/revoke',
      token: '/token',
      userinfo: '/userinfo',
    },
    ttl: {
      AccessToken: accessTokenMaxAgeSeconds,
      AuthorizationCode: codeMaxAgeSeconds,
      DeviceCode: interactionMaxAgeSeconds,
      Grant: Math.floor(sessionMaxAgeMs / 1000),
      IdToken: accessTokenMaxAgeSeconds,
      Interaction: interactionMaxAgeSeconds,
      RefreshToken: (_, token) => untilSessionEnds(token.sessionUid),
      Session: (_, session) =>
        session.accountId === undefined ? interactionMaxAgeSeconds : untilSessionEnds(session.uid),
    },
    // A code, a device code and what they give rest on our session, which `findAccount` asks about.
    expiresWithSession: () => false,
    issueRefreshToken: (_, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    clockTolerance: clockToleranceSeconds,
    clientBasedCORS: (_, requester, client) => isOriginOf(requester, client.redirectUris),
    fetch: options.fetch,
    fetchResponseBodyLimits: { jwks_uri: keysMaxBytes },
    cookies: {
      keys: [keys.own.reveal()],
      names: cookieNames(protocol),
      short: { httpOnly: true, sameSite: 'lax', signed: true },
      long: { httpOnly: true, sameSite: 'lax', signed: true },
    },
    renderError: (ctx, out) => {
      ctx.type = 'html'
      ctx.body = page({
        title: 'This sign-on cannot go on',
        paragraphs: [
          out.error_description ?? out.error,
          'Go back to the application and start again. If it happens again, tell its owner.',
        ],
      })
    },
  }

  const provider = new Provider(`${origin}${providerPath}`, configuration)
  provider.proxy = true
  provider.on('server_error', (ctx, error) => {
    const { requestId } = visits.of(ctx)
    options.log.error({ requestId, error: String(error) }, 'a sign-on failed')
  })
  provider.Client.prototype.compareClientSecret = function compare(actual: string) {
    return isSecretOf(this.clientSecret, actual)
  }
  followOurSessions(provider, visits, keys.own)
  const clients = provider.Client.prototype as Client & Telling
  const tell = clients.backchannelLogout
  // Every end of a session is told from one place, and a sign-out is one of them.
  clients.backchannelLogout = async () => {}
  return {
    provider,
    tellOf: async ({ application, person, sid }) => {
      const client = await provider.Client.find(application)
      if (client?.backchannelLogoutUri === undefined) return false
      await tell?.call(client, person, sid)
      return true
    },
  }
}

// Browsers take a `__Secure-` cookie only with TLS, where no sibling over plain HTTP can set it
// (RFC 6265bis §4.1.3.1). They have paths, so `__Host-` cannot be theirs.
function cookieNames(protocol: string): NonNullable<Configuration['cookies']>['names'] {
  const prefix = protocol === 'https:' ? '__Secure-' : ''
  return {
    session: `${prefix}countersign-openid`,
    interaction: `${prefix}countersign-openid-interaction`,
    resume: `${prefix}countersign-openid-resume`,
  }
}

function signOutPage(ctx: KoaContextWithOIDC, form: string): string {
  const { client } = ctx.oidc
  return page({
    title: 'Sign out everywhere?',
    paragraphs: [
      ...(client ? [`${client.clientName ?? client.clientId} asks to sign you out.`] : []),
      'Your session ends here and at every application it is used for.',
    ],
    form: withButtons(form, [
      { text: 'Sign out everywhere', name: 'logout' },
      { text: 'Stay signed in', second: true },
    ]),
  })
}

// The library writes a handler into the field, which the page's policy would not run.
function withoutScript(form: string): string {
  return form
    .replace(/ onfocus="[^"]*"/, '')
    .replace('type="text"', 'type="text" aria-label="Code"')
}
