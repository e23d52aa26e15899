// What a provider offers, held against what is set here, in words for whoever sets it up.
import type { OidcProvider } from '@countersign/contract/identity-provider'
import type { Check } from '#signin/federation/protocol'
import type { Discovered } from './discovered.client.ts'

type Finding = Check['findings'][number]
type Metadata = Discovered['metadata']

interface Row {
  readonly severity: Finding['severity']
  readonly is: (metadata: Metadata, provider: OidcProvider) => boolean
  readonly text: string
}

const rows: readonly Row[] = [
  {
    severity: 'warning',
    is: (metadata) => metadata.code_challenge_methods_supported?.includes('S256') !== true,
    text: 'it does not say that it checks PKCE with `S256`: codes are bound by the nonce alone',
  },
  {
    severity: 'warning',
    is: (metadata) => metadata.authorization_response_iss_parameter_supported !== true,
    text: 'its answers do not name it (RFC 9207): only the address they arrive at tells providers apart',
  },
  {
    severity: 'warning',
    is: (metadata) => metadata['backchannel_logout_supported'] !== true,
    text: 'it does not tell us when a session there ends',
  },
  {
    severity: 'note',
    is: (_, { oidc }) => !oidc.scopes.includes('offline_access'),
    text: 'without the scope `offline_access` we cannot ask later whether it still stands by an account',
  },
  {
    severity: 'note',
    is: (metadata, { oidc }) => oidc.signsOutThere && metadata.end_session_endpoint === undefined,
    text: 'signing out here cannot sign out there',
  },
  {
    severity: 'note',
    is: (_, { trust }) => trust.length === 0,
    text: 'no sign-in there is worth more than a password here: say in `trust` what its `amr` or `acr` is worth',
  },
  {
    severity: 'warning',
    is: (_, { domains, correlation }) => domains.length === 0 && correlation.length > 0,
    text: 'it is the authority for no domain, so everyone arrives as an unknown identity until linked',
  },
  {
    severity: 'warning',
    is: (metadata, { oidc }) => {
      const known = metadata.acr_values_supported
      return (
        known !== undefined &&
        [...oidc.acrValues, ...oidc.stepUpAcrValues].some((value) => !known.includes(value))
      )
    },
    text: 'it does not know every context that is asked for with `acrValues` and `stepUpAcrValues`',
  },
]

/** Discovers the provider and compares. Never rejects because of the provider. */
export async function check(
  provider: OidcProvider,
  discover: () => Promise<Discovered>,
): Promise<Check> {
  let metadata: Metadata
  try {
    metadata = (await discover()).metadata
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined
    const why = cause instanceof Error ? cause.message : String(error)
    return {
      isUsable: false,
      findings: [{ severity: 'fault', text: `it cannot be used: ${why}` }],
    }
  }
  const findings = rows
    .filter((row) => row.is(metadata, provider))
    .map(({ severity, text }) => ({ severity, text }))
  return { isUsable: true, findings }
}
