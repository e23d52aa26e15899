// An application's registration in the words of OpenID Connect Dynamic Client Registration 1.0, which
// is what the provider's library reads. An administrator registered it, so there is nobody to ask for
// consent: what it may learn is in its registration, and is listed to the person.
import type { Application } from '@countersign/contract/documents'
import type { OpenIdSignOn } from '@countersign/contract/sign-on'
import type { AllClientMetadata, ResponseType } from 'oidc-provider'

const code: ResponseType = 'code'

/** The registration of an application; undefined where it does not speak OpenID Connect with us. */
export function openIdSignOnOf(application: Application | undefined): OpenIdSignOn | undefined {
  return application?.signOn?.kind === 'oidc' ? application.signOn : undefined
}

/** What the library knows of a client. `secret` is where the secret itself is expected. */
export function clientMetadata(
  { id, name }: Pick<Application, 'id' | 'name'>,
  signOn: OpenIdSignOn,
  secret: string | undefined,
): AllClientMetadata & { readonly client_id: string } {
  const { jwks, jwksUri, backchannelLogoutUri } = signOn
  return {
    client_id: id,
    client_name: name,
    ...(secret === undefined ? {} : { client_secret: secret }),
    // RFC 8252 §7.3: a program on the person's own machine listens at whatever port is free.
    application_type: isOnOwnMachine(signOn) ? 'native' : 'web',
    redirect_uris: [...signOn.redirectUris],
    post_logout_redirect_uris: [...(signOn.postLogoutRedirectUris ?? [])],
    ...(backchannelLogoutUri === undefined
      ? {}
      : {
          backchannel_logout_uri: backchannelLogoutUri,
          backchannel_logout_session_required: true,
        }),
    token_endpoint_auth_method: signOn.proof,
    ...(jwks === undefined ? {} : { jwks: { keys: [...jwks.keys] } }),
    ...(jwksUri === undefined ? {} : { jwks_uri: jwksUri }),
    response_types: [code],
    grant_types: [
      'authorization_code',
      ...(signOn.refresh ? ['refresh_token'] : []),
      ...(signOn.deviceFlow ? ['urn:ietf:params:oauth:grant-type:device_code'] : []),
    ],
    id_token_signed_response_alg: signOn.idTokenAlgorithm ?? 'RS256',
    scope: ['openid', ...signOn.scopes, ...(signOn.refresh ? ['offline_access'] : [])].join(' '),
    require_pushed_authorization_requests: signOn.requirePar ?? false,
    dpop_bound_access_tokens: signOn.requireDpop ?? false,
    require_auth_time: true,
  }
}

function isOnOwnMachine({ proof, redirectUris }: OpenIdSignOn): boolean {
  return proof === 'none' && redirectUris.every((uri) => uri.startsWith('http://'))
}

/** Whether a page of this origin belongs to the application, so that it may ask from a browser. */
export function isOriginOf(origin: string, redirectUris: readonly string[] | undefined): boolean {
  return redirectUris?.some((uri) => URL.parse(uri)?.origin === origin) ?? false
}
