// Our own addresses that an OpenID provider has to know. Each provider has its own, so that an answer
// that arrives at one cannot be taken for an answer of another (RFC 9700 §4.4.2).
import { signinFederationApi } from '@countersign/contract/api/signin-federation'

export interface Addresses {
  readonly redirect: string
  readonly keys: string
  readonly frontChannelLogout: string
  readonly backChannelLogout: string
  readonly afterLogout: string
}

export function addressesOf(publicUrl: URL, provider: string): Addresses {
  const at = (path: string): string => publicUrl.origin + path.replace(':provider', provider)
  return {
    redirect: at(signinFederationApi.oidcCallback.path),
    keys: at(signinFederationApi.oidcKeys.path),
    frontChannelLogout: at(signinFederationApi.oidcFrontChannelLogout.path),
    backChannelLogout: at(signinFederationApi.oidcBackChannelLogout.path),
    afterLogout: at('/signin'),
  }
}
