// Signatures inside of XML (XML Signature, in the profile of saml-core §5.4). What counts is never
// the message that came, but the bytes that were signed, read anew: whatever an attacker puts around,
// beside or above a signed element is not in them.
import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { SignedXml } from 'xml-crypto'
import { ns } from './names.ts'
import {
  attributeOf,
  child,
  childrenOf,
  elementsOf,
  everyElement,
  isNamed,
  maybeChild,
  readXml,
  requiredAttribute,
  SamlFault,
} from './xml.ts'
import type { XmlElement } from './xml-tree.ts'

const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#'
const enveloped = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature'
export const rsaSha256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'
const sha256 = 'http://www.w3.org/2001/04/xmlenc#sha256'

// Everything that is not here is refused: SHA-1, HMAC with a public key, other transformations.
const signatureMethods: ReadonlySet<string> = new Set([
  rsaSha256,
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
])
const digestMethods: ReadonlySet<string> = new Set([
  sha256,
  'http://www.w3.org/2001/04/xmlenc#sha512',
])
const transforms = [enveloped, exclusive]
const modulusMinBits = 2048

/** A key in a certificate that an administrator trusts; nothing else of a certificate counts. */
export type TrustedKey = KeyObject

/**
 * The key of a certificate, in PEM or as metadata has it.
 * @throws SamlFault where it is none, or too short.
 */
export function trustedKey(certificate: string): TrustedKey {
  const base64 = certificate.replace(/-----(?:BEGIN|END) CERTIFICATE-----|\s/g, '')
  let key: KeyObject
  try {
    key = createPublicKey(
      new X509Certificate(Buffer.from(base64, 'base64')).publicKey.export({
        type: 'spki',
        format: 'pem',
      }),
    )
  } catch {
    throw new SamlFault('a certificate cannot be read')
  }
  const { modulusLength = 0 } = key.asymmetricKeyDetails ?? {}
  if (key.asymmetricKeyType !== 'rsa' || modulusLength < modulusMinBits) {
    throw new SamlFault(`a certificate must have an RSA key of ${modulusMinBits} bits or more`)
  }
  return key
}

/** Whether an element has a signature of its own. */
export function isSigned(element: XmlElement): boolean {
  return childrenOf(element, ns.signature, 'Signature').length > 0
}

/**
 * What was signed of an element, read from the bytes that were signed.
 * @param text the whole message.
 * @param element an element of the message as `readXml` gave it.
 * @throws SamlFault where it is not signed by one of the keys, in the one way that counts.
 */
export function signedPart(
  text: string,
  element: XmlElement,
  keys: readonly TrustedKey[],
): XmlElement {
  const signature = child(element, ns.signature, 'Signature')
  refuseOtherShapes(signature, element)
  for (const key of keys) {
    const bytes = verified(text, signature, key)
    if (bytes === undefined) continue
    const part = readXml(bytes)
    const isThis =
      isNamed(part, element.namespaceURI ?? '', element.localName) &&
      attributeOf(part, 'ID') === attributeOf(element, 'ID')
    if (isThis) return part
  }
  throw new SamlFault('a signature does not verify with any key that is trusted')
}

function refuseOtherShapes(signature: XmlElement, signed: XmlElement): void {
  const refused = (): SamlFault => new SamlFault('a signature is not made as SAML has it')
  const [info, value, ...more] = elementsOf(signature)
  if (!info || !value || more.length > 1) throw refused()
  if (!isNamed(info, ns.signature, 'SignedInfo')) throw refused()
  if (!isNamed(value, ns.signature, 'SignatureValue')) throw refused()
  if (more.some((it) => !isNamed(it, ns.signature, 'KeyInfo'))) throw refused()
  const [method, algorithm, reference, ...others] = elementsOf(info)
  if (!method || !algorithm || !reference || others.length > 0) throw refused()
  if (!isNamed(method, ns.signature, 'CanonicalizationMethod')) throw refused()
  if (!isNamed(algorithm, ns.signature, 'SignatureMethod')) throw refused()
  if (!isNamed(reference, ns.signature, 'Reference')) throw refused()
  if (requiredAttribute(method, 'Algorithm') !== exclusive) throw refused()
  if (!signatureMethods.has(requiredAttribute(algorithm, 'Algorithm'))) {
    throw new SamlFault('a signature is made with an algorithm that does not count')
  }
  // saml-core §5.4.2: the reference is to the element that the signature stands in.
  const id = requiredAttribute(signed, 'ID')
  if (!/^[A-Za-z_][\w.-]{0,255}$/.test(id)) throw new SamlFault('an ID is not a name')
  if (attributeOf(reference, 'URI') !== `#${id}`) {
    throw new SamlFault('a signature is about another element')
  }
  const used = childrenOf(child(reference, ns.signature, 'Transforms'), ns.signature, 'Transform')
  const names = used.map((it) => attributeOf(it, 'Algorithm'))
  if (names.join(' ') !== transforms.join(' ')) throw refused()
  const digest = child(reference, ns.signature, 'DigestMethod')
  if (!digestMethods.has(requiredAttribute(digest, 'Algorithm'))) {
    throw new SamlFault('a signature is made with a digest that does not count')
  }
  // A second one further down would be found by whoever searches the tree by name.
  for (const it of everyElement(signature)) {
    if (it !== signature && isNamed(it, ns.signature, 'Signature')) throw refused()
  }
  if (maybeChild(signature, ns.signature, 'Object')) throw refused()
}

/** The canonical bytes of the one reference, or undefined. The key that a message names is ignored. */
function verified(text: string, signature: XmlElement, key: TrustedKey): string | undefined {
  try {
    const check = new SignedXml({ publicCert: key, getCertFromKeyInfo: () => null })
    check.loadSignature(signature)
    if (!check.checkSignature(text.replace(/\r\n?/g, '\n'))) return undefined
    const [bytes, ...more] = check.getSignedReferences()
    return more.length === 0 ? bytes : undefined
  } catch {
    return undefined
  }
}

/** Our own key with its certificate. */
export interface SamlKey {
  /** PKCS #8 in PEM. */
  readonly privateKey: string
  /** In PEM. */
  readonly certificate: string
}

/**
 * Signs the element of an ID in a text that we wrote, next to its issuer (saml-core §5.4.1).
 * @param id an id of ours, so it needs no escaping.
 */
export function signXml(text: string, id: string, { privateKey, certificate }: SamlKey): string {
  const xpath = `//*[@ID='${id}']`
  const signing = new SignedXml({
    privateKey,
    publicCert: certificate,
    signatureAlgorithm: rsaSha256,
    canonicalizationAlgorithm: exclusive,
  })
  signing.addReference({ xpath, uri: `#${id}`, transforms, digestAlgorithm: sha256 })
  signing.computeSignature(text, {
    prefix: 'ds',
    location: { reference: `${xpath}/*[local-name()='Issuer']`, action: 'after' },
  })
  return signing.getSignedXml()
}
