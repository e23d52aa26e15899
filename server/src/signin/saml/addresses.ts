// What we are called, and where we are reached, in SAML. Towards each identity provider we are a
// service provider of our own, so that what one of them says can never be taken for another's word.

interface OwnAddresses {
  readonly entityId: string
  readonly logoutUrl: string
}

/** Who we are to an identity provider elsewhere. */
export function asServiceProvider(
  { origin }: Pick<URL, 'origin'>,
  provider: string,
): OwnAddresses & { readonly acsUrl: string } {
  const base = `${origin}/signin/saml/${provider}`
  return { entityId: `${base}/metadata`, acsUrl: `${base}/acs`, logoutUrl: `${base}/slo` }
}

/** Who we are to applications. */
export function asIdentityProvider({
  origin,
}: Pick<URL, 'origin'>): OwnAddresses & { readonly signOnUrl: string } {
  const base = `${origin}/saml`
  return { entityId: `${base}/metadata`, signOnUrl: `${base}/sso`, logoutUrl: `${base}/slo` }
}
