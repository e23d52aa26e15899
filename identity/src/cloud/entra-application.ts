// Applications and service principals of Entra ID, with what they sign in with and how people do.
import type { Application, ApplicationCredential, SignOn } from '#cloud-model'
import { type Fields, listOf, momentOf, textOf, truthOf } from '#files/fields'
import { given } from '#given'

/** The application that a service principal or its registration describes. */
export function applicationOf(app: Fields): Application {
  const listed = Array.isArray(app['passwordCredentials']) || Array.isArray(app['keyCredentials'])
  const owners = Array.isArray(app['owners'])
    ? listOf(app['owners']).flatMap((it) => textOf(it['id']) ?? [])
    : undefined
  const type = textOf(app['servicePrincipalType'])
  return given({
    id: textOf(app['id']) ?? textOf(app['appId']) ?? 'unknown',
    name: textOf(app['displayName']) ?? textOf(app['appId']) ?? 'unknown',
    enabled: truthOf(app['accountEnabled']),
    createdAt: momentOf(app['createdDateTime']),
    signOn: signOns[textOf(app['preferredSingleSignOnMode']) ?? ''],
    credentials: listed
      ? [
          ...listOf(app['passwordCredentials']).map((it) => credentialOf(it, 'password')),
          ...listOf(app['keyCredentials']).map((it) => credentialOf(it, 'certificate')),
        ]
      : undefined,
    owners,
    managedIdentity: type === undefined ? undefined : type === 'ManagedIdentity',
  })
}

const signOns: Readonly<Record<string, SignOn>> = {
  saml: 'saml',
  oidc: 'openid-connect',
  password: 'password-kept-here',
  notSupported: 'none',
}

function credentialOf(it: Fields, kind: ApplicationCredential['kind']): ApplicationCredential {
  return given({
    id: textOf(it['keyId']) ?? 'unknown',
    kind,
    startsAt: momentOf(it['startDateTime']),
    endsAt: Object.hasOwn(it, 'endDateTime') ? (momentOf(it['endDateTime']) ?? 'never') : undefined,
  } as const)
}
