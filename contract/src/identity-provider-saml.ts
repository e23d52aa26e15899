// What a provider that speaks SAML 2.0 has besides what all providers have.
import { z } from 'zod'
import { isInternal } from './classification.ts'
import { clientAddress } from './client-address.ts'
import { samlCertificates, samlEntityId, samlSingleLogout } from './saml.ts'

const flag = isInternal(z.boolean())

export const samlPart = z.strictObject({
  /** Its name for itself. */
  entityId: samlEntityId,
  /** Where a browser goes with our request (HTTP-Redirect). */
  signOnUrl: clientAddress,
  /** Keys that it signs with; several while they are rolled over. */
  certificates: samlCertificates.min(1),
  singleLogout: samlSingleLogout.optional(),
  /** Whether its answers must be signed as a whole, besides the assertion in them. */
  wantResponseSigned: flag.default(false),
  /** Which attribute names a person for good; without it, the name in the subject does. */
  subjectAttribute: isInternal(z.string().min(1).max(256)).optional(),
  /** The class that is asked for where a fresh or stronger sign-in is needed. */
  stepUpClass: isInternal(
    z
      .string()
      .max(512)
      .regex(/^[\x21-\x7e]+$/, 'a URI'),
  ).optional(),
  /** Whether signing out here signs out there too. */
  signsOutThere: flag.default(true),
})
export type SamlPart = z.infer<typeof samlPart>
