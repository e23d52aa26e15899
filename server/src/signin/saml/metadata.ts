// Metadata: what SAML parties tell administrators about each other (saml-metadata). Ours is written
// here, theirs is read here, once, when an administrator enters it.
import { samlSignOn, type SamlSignOn } from '@countersign/contract/saml'
import { samlPart, type SamlPart } from '@countersign/contract/identity-provider-saml'
import { bindings, nameIdFormats, ns } from './names.ts'
import {
  attributeOf,
  child,
  childrenOf,
  isNamed,
  maybeChild,
  readXml,
  requiredAttribute,
  SamlFault,
  textOf,
} from './xml.ts'
import { trustedKey } from './xml-signature.ts'
import type { XmlElement } from './xml-tree.ts'
import { type Xml, xml, xmlText } from './xml-write.ts'

/** Largest metadata, in characters. */
const metadataMaxCharacters = 1024 * 1024

/** Who we are to one identity provider elsewhere. */
export interface OwnServiceProvider {
  readonly entityId: string
  readonly acsUrl: string
  readonly logoutUrl: string
  /** In PEM, the one in use first. */
  readonly certificates: readonly string[]
}

/** Our metadata as a service provider. */
export function serviceProviderMetadata(own: OwnServiceProvider): string {
  return descriptor(own.entityId, [
    xml(
      'md:SPSSODescriptor',
      {
        AuthnRequestsSigned: 'true',
        WantAssertionsSigned: 'true',
        protocolSupportEnumeration: ns.protocol,
      },
      [
        ...own.certificates.map(keyDescriptor),
        xml('md:SingleLogoutService', { Binding: bindings.redirect, Location: own.logoutUrl }),
        xml('md:AssertionConsumerService', {
          Binding: bindings.post,
          Location: own.acsUrl,
          index: '0',
          isDefault: 'true',
        }),
      ],
    ),
  ])
}

/** Who we are to applications. */
export interface OwnIdentityProvider {
  readonly entityId: string
  readonly signOnUrl: string
  readonly logoutUrl: string
  readonly certificates: readonly string[]
}

/** Our metadata as an identity provider. */
export function identityProviderMetadata(own: OwnIdentityProvider): string {
  const { redirect, post } = bindings
  return descriptor(own.entityId, [
    xml(
      'md:IDPSSODescriptor',
      { WantAuthnRequestsSigned: 'true', protocolSupportEnumeration: ns.protocol },
      [
        ...own.certificates.map(keyDescriptor),
        xml('md:SingleLogoutService', { Binding: redirect, Location: own.logoutUrl }),
        xml('md:NameIDFormat', {}, nameIdFormats.persistent),
        xml('md:NameIDFormat', {}, nameIdFormats.email),
        xml('md:SingleSignOnService', { Binding: redirect, Location: own.signOnUrl }),
        xml('md:SingleSignOnService', { Binding: post, Location: own.signOnUrl }),
      ],
    ),
  ])
}

function descriptor(entityId: string, roles: readonly Xml[]): string {
  return xmlText(xml('md:EntityDescriptor', { entityID: entityId }, roles))
}

function keyDescriptor(pem: string): Xml {
  const base64 = pem.replace(/-----[A-Z ]+-----|\s/g, '')
  return xml('md:KeyDescriptor', { use: 'signing' }, [
    xml('ds:KeyInfo', {}, [xml('ds:X509Data', {}, [xml('ds:X509Certificate', {}, base64)])]),
  ])
}

/** Reads the metadata of an identity provider. @throws SamlFault */
export function readProviderMetadata(text: string): SamlPart {
  const { entityId, role } = readDescriptor(text, 'IDPSSODescriptor')
  const certificates = certificatesOf(role)
  if (certificates.length === 0) throw new SamlFault('the metadata has no key to verify with')
  const signOnUrl = locationOf(role, 'SingleSignOnService', bindings.redirect)
  if (signOnUrl === undefined) {
    throw new SamlFault('the metadata has no `SingleSignOnService` for HTTP-Redirect')
  }
  const singleLogout = singleLogoutOf(role)
  return accepted(samlPart, {
    entityId,
    signOnUrl,
    certificates,
    ...(singleLogout === undefined ? {} : { singleLogout }),
  })
}

/** Reads the metadata of an application. @throws SamlFault */
export function readApplicationMetadata(text: string): SamlSignOn {
  const { entityId, role } = readDescriptor(text, 'SPSSODescriptor')
  const certificates = certificatesOf(role)
  const consumers = childrenOf(role, ns.metadata, 'AssertionConsumerService')
    .filter((it) => attributeOf(it, 'Binding') === bindings.post)
    .toSorted((left, right) => defaultLast(left) - defaultLast(right))
    .map((it) => ({
      url: requiredAttribute(it, 'Location'),
      index: Number(requiredAttribute(it, 'index')),
    }))
  if (consumers.length === 0) {
    throw new SamlFault('the metadata has no `AssertionConsumerService` for HTTP-POST')
  }
  const singleLogout = singleLogoutOf(role)
  const formats = new Set(childrenOf(role, ns.metadata, 'NameIDFormat').map(textOf))
  const wantsEmail = formats.has(nameIdFormats.email) && !formats.has(nameIdFormats.persistent)
  return accepted(samlSignOn, {
    kind: 'saml',
    entityId,
    assertionConsumers: consumers,
    ...(certificates.length === 0 ? {} : { certificates }),
    ...(singleLogout === undefined ? {} : { singleLogout }),
    nameId: wantsEmail ? 'email' : 'persistent',
  })
}

function defaultLast(consumer: XmlElement): number {
  return attributeOf(consumer, 'isDefault') === 'true' ? 0 : 1
}

function readDescriptor(
  text: string,
  roleName: string,
): { readonly entityId: string; readonly role: XmlElement } {
  // People write comments into metadata; they come from an administrator, and leave before parsing.
  const root = readXml(text.replace(/<!--[\s\S]*?-->/g, ''), metadataMaxCharacters)
  if (!isNamed(root, ns.metadata, 'EntityDescriptor')) {
    throw new SamlFault('the metadata must be one `EntityDescriptor`')
  }
  const role = childrenOf(root, ns.metadata, roleName).find((it) =>
    requiredAttribute(it, 'protocolSupportEnumeration').split(/\s+/).includes(ns.protocol),
  )
  if (!role) throw new SamlFault(`the metadata has no \`${roleName}\` for SAML 2.0`)
  return { entityId: requiredAttribute(root, 'entityID'), role }
}

/** Certificates for signing, as base64, each once. */
function certificatesOf(role: XmlElement): readonly string[] {
  const found = childrenOf(role, ns.metadata, 'KeyDescriptor')
    .filter((it) => attributeOf(it, 'use') !== 'encryption')
    .flatMap((it) => {
      const data = maybeChild(child(it, ns.signature, 'KeyInfo'), ns.signature, 'X509Data')
      return data ? childrenOf(data, ns.signature, 'X509Certificate') : []
    })
    .map((it) => textOf(it).replace(/\s/g, ''))
  for (const certificate of found) trustedKey(certificate)
  return [...new Set(found)]
}

function singleLogoutOf(role: XmlElement): SamlPart['singleLogout'] {
  const services = childrenOf(role, ns.metadata, 'SingleLogoutService')
  const redirect = services.find((it) => attributeOf(it, 'Binding') === bindings.redirect)
  const answers = redirect && attributeOf(redirect, 'ResponseLocation')
  const soap = locationOf(role, 'SingleLogoutService', bindings.soap)
  return redirect || soap !== undefined
    ? {
        ...(redirect ? { redirect: requiredAttribute(redirect, 'Location') } : {}),
        ...(answers === undefined ? {} : { redirectResponse: answers }),
        ...(soap === undefined ? {} : { soap }),
      }
    : undefined
}

function locationOf(role: XmlElement, service: string, binding: string): string | undefined {
  const found = childrenOf(role, ns.metadata, service).find(
    (it) => attributeOf(it, 'Binding') === binding,
  )
  return found && requiredAttribute(found, 'Location')
}

interface Schema<T> {
  safeParse(value: unknown):
    | { readonly success: true; readonly data: T }
    | {
        readonly success: false
        readonly error: {
          readonly issues: readonly {
            readonly path: readonly PropertyKey[]
            readonly message: string
          }[]
        }
      }
}

function accepted<T>(schema: Schema<T>, value: unknown): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new SamlFault(`\`${issue?.path.join('.') ?? ''}\`: ${issue?.message ?? 'is not accepted'}`)
}
