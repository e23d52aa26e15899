// What every SAML message has: an id, a version, an instant, and who issues it (saml-core §3.2).
import type { IdSource } from '@countersign/contract/ids'
import { instantText, ns, readInstant } from './names.ts'
import {
  attributeOf,
  child,
  isNamed,
  maybeChild,
  requiredAttribute,
  SamlFault,
  textOf,
} from './xml.ts'
import type { XmlElement } from './xml-tree.ts'
import { type Xml, xml, type XmlName } from './xml-write.ts'

/** How far another party's clock may differ from ours, in milliseconds. */
export const samlSkewMs = 2 * 60_000
/** How old a message may be when it arrives, in milliseconds. */
const messageMaxAgeMs = 10 * 60_000

/** A new id. It begins with a letter, because an XML ID must, and nobody can guess it. */
export function newMessageId({ randomBytes }: Pick<IdSource, 'randomBytes'>): string {
  return `_${Buffer.from(randomBytes(20)).toString('hex')}`
}

export interface OutgoingMessage {
  readonly id: string
  readonly issuer: string
  readonly destination: string
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly inResponseTo?: string | undefined
}

/** A protocol message with its head, the issuer first. */
export function message(
  name: XmlName,
  { id, issuer, destination, now, inResponseTo }: OutgoingMessage,
  attributes: Xml['attributes'],
  content: readonly (Xml | undefined)[],
): Xml {
  return xml(
    name,
    {
      ID: id,
      Version: '2.0',
      IssueInstant: instantText(now),
      Destination: destination,
      InResponseTo: inResponseTo,
      ...attributes,
    },
    [xml('saml:Issuer', {}, issuer), ...content],
  )
}

/** The status of a response (saml-core §3.2.2.2), most general code first. */
export function statusXml(codes: readonly string[]): Xml {
  const nested = codes.reduceRight<Xml | undefined>(
    (inner, code) => xml('samlp:StatusCode', { Value: code }, [inner]),
    undefined,
  )
  return xml('samlp:Status', {}, [nested])
}

export interface IncomingHead {
  readonly id: string
  readonly issuer: string
}

/** Checks a message's name, version, age and address, and says who issued it. @throws SamlFault */
export function readHead(
  root: XmlElement,
  localName: string,
  { destination, now }: { readonly destination: string; readonly now: number },
): IncomingHead {
  if (!isNamed(root, ns.protocol, localName)) throw new SamlFault(`this is no \`${localName}\``)
  refuseVersion(root)
  const issued = readInstant(requiredAttribute(root, 'IssueInstant'))
  if (!(issued - samlSkewMs <= now && now <= issued + messageMaxAgeMs + samlSkewMs)) {
    throw new SamlFault('the message is too old, or from the future')
  }
  const addressed = attributeOf(root, 'Destination')
  if (addressed !== undefined && addressed !== destination) {
    throw new SamlFault('the message is for another address (`Destination`)')
  }
  return { id: requiredAttribute(root, 'ID'), issuer: issuerOf(root) }
}

export function refuseVersion(element: XmlElement): void {
  if (attributeOf(element, 'Version') !== '2.0') throw new SamlFault('the version is not 2.0')
}

/** @throws SamlFault where there is no issuer, or not one. */
export function issuerOf(element: XmlElement): string {
  return textOf(child(element, ns.assertion, 'Issuer'))
}

/** The codes of a status, most general first. */
export function readStatus(root: XmlElement): readonly string[] {
  const codes: string[] = []
  let code = maybeChild(child(root, ns.protocol, 'Status'), ns.protocol, 'StatusCode')
  while (code && codes.length < 4) {
    codes.push(requiredAttribute(code, 'Value'))
    code = maybeChild(code, ns.protocol, 'StatusCode')
  }
  return codes
}
