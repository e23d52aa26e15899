// What a party that speaks SAML 2.0 told us of itself in its metadata: nothing in a message can change
// it. And what an application has besides, that is signed on to with SAML.
import { z } from 'zod'
import { isInternal, isPublic } from './classification.ts'
import { clientAddress } from './client-address.ts'

/** saml-core §8.3.6: a URI of at most 1024 characters. */
export const samlEntityId = isInternal(
  z
    .string()
    .min(1)
    .max(1024)
    .regex(/^[\x21-\x7e]+$/, 'an address or name without spaces'),
)

/** A certificate in base64, without the lines around it. Only the key in it counts. */
const certificate = isPublic(
  z
    .string()
    .max(16_384)
    .regex(/^[A-Za-z0-9+/]+={0,2}$/, 'a certificate in base64, as it stands in metadata'),
)
export const samlCertificates = isPublic(z.array(certificate).max(8))

/** Where a party is told that a session has ended. */
export const samlSingleLogout = z.strictObject({
  /** Where a browser goes with a request (HTTP-Redirect). */
  redirect: clientAddress.optional(),
  /** Where a browser goes with an answer, where that is another address. */
  redirectResponse: clientAddress.optional(),
  /** Where we ask without a browser (SOAP); the one way that works when nobody looks. */
  soap: clientAddress.optional(),
})

/** What a person's attribute can be filled with. */
const samlAttributeSources = [
  'id',
  'name',
  'email',
  'title',
  'department',
  'class',
  'groups',
] as const
export type SamlAttributeSource = (typeof samlAttributeSources)[number]

/** An application that is a SAML service provider. */
export const samlSignOn = z.strictObject({
  kind: isInternal(z.literal('saml')),
  entityId: samlEntityId,
  /** Where assertions are posted to; the first is used where a request does not choose. */
  assertionConsumers: z
    .array(
      z.strictObject({
        url: clientAddress,
        /** The number by which a request may name it. */
        index: isInternal(z.int().min(0).max(65_535)).optional(),
      }),
    )
    .min(1)
    .max(16),
  /** Keys that it signs requests with. Where there is one, an unsigned request is refused. */
  certificates: samlCertificates.optional(),
  singleLogout: samlSingleLogout.optional(),
  /** `persistent`: a name of its own for each person, worth nothing elsewhere. */
  nameId: isInternal(z.enum(['persistent', 'email'])),
  /** What it is told of a person besides; nothing where this is absent. */
  attributes: z
    .array(
      z.strictObject({
        name: isInternal(
          z
            .string()
            .min(1)
            .max(256)
            .regex(/^[\x21-\x7e]+$/, 'a name or URI'),
        ),
        from: isInternal(z.enum(samlAttributeSources)),
      }),
    )
    .max(32)
    .optional(),
})
export type SamlSignOn = z.infer<typeof samlSignOn>
