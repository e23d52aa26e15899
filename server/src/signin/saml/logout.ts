// Ending a session at the other side (saml-core §3.7). Such a message always counts only signed: who
// could send one unsigned could sign people out as they like.
import { nameIdXml } from './answer.ts'
import {
  message,
  type OutgoingMessage,
  readHead,
  readStatus,
  samlSkewMs,
  statusXml,
} from './message.ts'
import { instantText, ns, readInstant } from './names.ts'
import { type NameId, readNameId } from './statement.ts'
import { attributeOf, childrenOf, maybeChild, requiredAttribute, SamlFault, textOf } from './xml.ts'
import type { XmlElement } from './xml-tree.ts'
import { type Xml, xml } from './xml-write.ts'

const sessionIndexesMax = 64
/** How long a request of ours to log out counts, in milliseconds. */
const requestMaxAgeMs = 5 * 60_000

/** A request to end a session there. */
export function logoutRequest(
  head: OutgoingMessage,
  { nameId, sessionIndex }: { readonly nameId: NameId; readonly sessionIndex: string | undefined },
): Xml {
  return message(
    'samlp:LogoutRequest',
    head,
    { NotOnOrAfter: instantText(head.now + requestMaxAgeMs) },
    [
      nameIdXml(nameId),
      sessionIndex === undefined ? undefined : xml('samlp:SessionIndex', {}, sessionIndex),
    ],
  )
}

/** An answer to a request to end a session here. */
export function logoutResponse(head: OutgoingMessage, codes: readonly string[]): Xml {
  return message('samlp:LogoutResponse', head, {}, [statusXml(codes)])
}

export interface IncomingLogout {
  readonly id: string
  readonly issuer: string
  readonly nameId: NameId
  /** Which sessions; all of that person where there is none. */
  readonly sessionIndexes: readonly string[]
}

interface Expected {
  readonly destination: string
  readonly now: number
}

/** Reads a request to log out, whose signature was verified. @throws SamlFault */
export function readLogoutRequest(root: XmlElement, expected: Expected): IncomingLogout {
  // saml-bindings §3.4.5.2: a signed message says for whom it is.
  requiredAttribute(root, 'Destination')
  const head = readHead(root, 'LogoutRequest', expected)
  const ends = attributeOf(root, 'NotOnOrAfter')
  if (ends !== undefined && !(expected.now < readInstant(ends) + samlSkewMs)) {
    throw new SamlFault('the request has expired')
  }
  if (maybeChild(root, ns.assertion, 'EncryptedID')) {
    throw new SamlFault('encrypted names are not taken')
  }
  const indexes = childrenOf(root, ns.protocol, 'SessionIndex').map(textOf)
  if (indexes.length > sessionIndexesMax) throw new SamlFault('there are too many sessions')
  return { ...head, nameId: readNameId(root), sessionIndexes: indexes }
}

/** Reads an answer to a request to log out, whose signature was verified. @throws SamlFault */
export function readLogoutResponse(
  root: XmlElement,
  expected: Expected,
): { readonly issuer: string; readonly status: readonly string[] } {
  requiredAttribute(root, 'Destination')
  const { issuer } = readHead(root, 'LogoutResponse', expected)
  return { issuer, status: readStatus(root) }
}
