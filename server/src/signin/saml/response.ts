// What an identity provider answers (saml-core §3.4, saml-profiles §4.1.4). An answer counts where it
// is to a request of ours, for us, of now, and where the one assertion in it is signed.
import { bearer, ns, readInstant, statuses } from './names.ts'
import { issuerOf, readHead, readStatus, refuseVersion, samlSkewMs } from './message.ts'
import { readStatement, type SamlStatement } from './statement.ts'
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
  textOf,
} from './xml.ts'
import { isSigned, signedPart, type TrustedKey } from './xml-signature.ts'
import type { XmlElement } from './xml-tree.ts'

/** What an answer is held against. Nothing of it comes from the answer. */
export interface ExpectedResponse {
  /** The entity id of the provider that was asked. */
  readonly issuer: string
  readonly keys: readonly TrustedKey[]
  /** Our entity id towards this provider. */
  readonly audience: string
  readonly acsUrl: string
  /** The id of our request. */
  readonly requestId: string
  readonly wantResponseSigned: boolean
  /** Milliseconds since the epoch. */
  readonly now: number
}

export interface SamlArrival extends SamlStatement {
  readonly assertionId: string
  /** When the assertion counts no more, in milliseconds: until then it is remembered as used. */
  readonly expiresAt: number
}

/** The id of the request that an answer says it is to; nothing of it is proved yet. */
export function claimedRequest(text: string): string {
  const root = readXml(text)
  if (!isNamed(root, ns.protocol, 'Response')) throw new SamlFault('this is no `Response`')
  // An unsolicited answer would sign a person in as whoever sent it to them.
  return requiredAttribute(root, 'InResponseTo')
}

/** Reads an answer. @throws SamlFault where anything about it is not as expected. */
export function readResponse(text: string, expected: ExpectedResponse): SamlArrival {
  const { issuer, keys, acsUrl, requestId, wantResponseSigned, now } = expected
  const came = readXml(text)
  // Where the whole is signed, only what was signed of it is looked at.
  const hasSignature = isSigned(came)
  if (wantResponseSigned && !hasSignature) throw new SamlFault('the response is not signed')
  const root = hasSignature ? signedPart(text, came, keys) : came
  requiredAttribute(root, 'Destination')
  const head = readHead(root, 'Response', { destination: acsUrl, now })
  if (head.issuer !== issuer) throw new SamlFault('the response is of another issuer')
  if (requiredAttribute(root, 'InResponseTo') !== requestId) {
    throw new SamlFault('the response is to another request')
  }
  const codes = readStatus(root)
  if (codes[0] !== statuses.success) {
    throw new SamlFault(`the provider says \`${codes.join('`, `').slice(0, 512)}\``)
  }
  const signed = signedPart(text, onlyAssertion(came), keys)
  refuseVersion(signed)
  if (issuerOf(signed) !== issuer) throw new SamlFault('the assertion is of another issuer')
  const endsAt = Math.min(readConditions(signed, expected), confirmedUntil(signed, expected))
  return {
    ...readStatement(signed, now),
    assertionId: requiredAttribute(signed, 'ID'),
    expiresAt: endsAt + samlSkewMs,
  }
}

// There is one in the whole message, wherever one looks: what is wrapped is found here.
function onlyAssertion(root: XmlElement): XmlElement {
  const all = [...everyElement(root)]
  if (all.some((it) => isNamed(it, ns.assertion, 'EncryptedAssertion'))) {
    throw new SamlFault('encrypted assertions are not taken: the transport is encrypted')
  }
  if (all.filter(({ localName }) => localName === 'Assertion').length !== 1) {
    throw new SamlFault('there must be one assertion')
  }
  const assertion = child(root, ns.assertion, 'Assertion')
  if (!isSigned(assertion)) throw new SamlFault('the assertion is not signed')
  return assertion
}

/** @returns until when the conditions hold, in milliseconds. */
function readConditions(
  assertion: XmlElement,
  { audience, now }: Pick<ExpectedResponse, 'audience' | 'now'>,
): number {
  const conditions = child(assertion, ns.assertion, 'Conditions')
  const notBefore = attributeOf(conditions, 'NotBefore')
  if (notBefore !== undefined && !(readInstant(notBefore) - samlSkewMs <= now)) {
    throw new SamlFault('the assertion is not valid yet')
  }
  const endsAt = readInstant(requiredAttribute(conditions, 'NotOnOrAfter'))
  if (!(now < endsAt + samlSkewMs)) throw new SamlFault('the assertion has expired')
  // saml-core §2.5.1.1: a condition that is not understood makes the assertion worthless.
  const understood = new Set(['AudienceRestriction', 'OneTimeUse', 'ProxyRestriction'])
  for (const it of elementsOf(conditions)) {
    if (it.namespaceURI !== ns.assertion || !understood.has(it.localName)) {
      throw new SamlFault('the assertion has a condition that is not understood')
    }
  }
  const restrictions = childrenOf(conditions, ns.assertion, 'AudienceRestriction')
  const isForUs = restrictions.every((it) =>
    childrenOf(it, ns.assertion, 'Audience').some((one) => textOf(one) === audience),
  )
  if (restrictions.length === 0 || !isForUs) throw new SamlFault('the assertion is for others')
  return endsAt
}

/** @returns until when a bearer may bring it here, in milliseconds (saml-profiles §4.1.4.2). */
function confirmedUntil(
  assertion: XmlElement,
  { acsUrl, requestId, now }: Pick<ExpectedResponse, 'acsUrl' | 'requestId' | 'now'>,
): number {
  const subject = child(assertion, ns.assertion, 'Subject')
  for (const it of childrenOf(subject, ns.assertion, 'SubjectConfirmation')) {
    if (attributeOf(it, 'Method') !== bearer) continue
    const data = maybeChild(it, ns.assertion, 'SubjectConfirmationData')
    if (!data || attributeOf(data, 'NotBefore') !== undefined) continue
    const endsAt = readInstant(attributeOf(data, 'NotOnOrAfter') ?? '')
    const isHere =
      attributeOf(data, 'Recipient') === acsUrl && attributeOf(data, 'InResponseTo') === requestId
    if (isHere && now < endsAt + samlSkewMs) return endsAt
  }
  throw new SamlFault('nobody may bring this assertion here, to this request, now')
}
