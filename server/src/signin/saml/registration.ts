// What an application that speaks SAML may not register.
import type { Application } from '@countersign/contract/documents'
import type { Estate } from '@countersign/contract/estate'
import { problem } from '@countersign/contract/problems'
import type { SignOn } from '@countersign/contract/sign-on'
import { SamlFault } from './xml.ts'
import { trustedKey } from './xml-signature.ts'

/**
 * Refuses keys that cannot be used, and a name that another application has: a request says who asks
 * by that name alone.
 * @throws applications.sign_on_unfit
 */
export function refuseUnfitSaml(
  application: Application['id'],
  signOn: SignOn,
  estate: Pick<Estate, 'all'>,
): void {
  if (signOn.kind !== 'saml') return
  const { entityId, certificates = [] } = signOn
  try {
    for (const certificate of certificates) trustedKey(certificate)
  } catch (error) {
    if (!(error instanceof SamlFault)) throw error
    throw problem('applications.sign_on_unfit', error.message)
  }
  const same = estate
    .all('application')
    .find(
      ({ id, signOn: other }) =>
        id !== application && other?.kind === 'saml' && other.entityId === entityId,
    )
  if (same) {
    throw problem(
      'applications.sign_on_unfit',
      `\`${same.id}\` has the entity id \`${entityId}\` already: take it from one of them`,
    )
  }
}
