// The organisation's decision on which factors count. One document, which only the server needs.
import { factorsPolicy, type FactorsPolicy } from '@countersign/contract/factors'
import { problem } from '@countersign/contract/problems'
import { readCertificate } from './attestation.ts'

export const factorsPolicyKind = 'factors-policy'
export const factorsPolicyId = 'current'

/** What holds until an administrator decides: passkeys only. */
export const startingPolicy: FactorsPolicy = factorsPolicy.parse({})

/**
 * The policy, once it is certain that it can be followed.
 * @throws identity.factors_invalid naming what cannot.
 */
export function acceptedPolicy(
  policy: FactorsPolicy,
  isGroup: (id: string) => boolean,
): FactorsPolicy {
  const seen = new Set<string>()
  for (const { aaguid, name, roots } of policy.hardwareKeys) {
    if (seen.has(aaguid)) throw invalid(`\`${aaguid}\` is there twice: name each model once`)
    seen.add(aaguid)
    for (const pem of roots) {
      const certificate = readCertificate(pem)
      if (!certificate) throw invalid(`a root of \`${name}\` is no certificate in PEM`)
      if (!certificate.ca) {
        throw invalid(`a root of \`${name}\` is not the certificate of an authority`)
      }
    }
  }
  const unknown = policy.otpGroups.find((id) => !isGroup(id))
  if (unknown !== undefined) throw invalid(`no group has the id \`${unknown}\``)
  return policy
}

const invalid = (detail: string) => problem('identity.factors_invalid', detail)
