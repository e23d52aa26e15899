// What we tell an application (saml-profiles §4.1.4.2): who someone is to it, how and when they proved
// that, and until when. Signed twice: the assertion, which is what counts, and the whole.
import type { Person, Session } from '@countersign/contract/documents'
import type { SamlAttributeSource, SamlSignOn } from '@countersign/contract/saml'
import { contextOf } from './contexts.ts'
import { message, type OutgoingMessage, samlSkewMs, statusXml } from './message.ts'
import { attributeNameFormats, bearer, instantText, nameIdFormats, statuses } from './names.ts'
import type { NameId } from './statement.ts'
import { type SamlKey, signXml } from './xml-signature.ts'
import { type Xml, xml, xmlText } from './xml-write.ts'

/** How long an application may take to receive an assertion, in milliseconds. */
const assertionMaxAgeMs = 5 * 60_000

export interface SamlAnswer extends OutgoingMessage {
  /** The id of the request that is answered. */
  readonly inResponseTo: string
  readonly assertionId: string
  /** The application's entity id. */
  readonly audience: string
  readonly nameId: NameId
  readonly sessionIndex: string
  readonly session: Session
  readonly attributes: readonly SamlAttribute[]
}

export interface SamlAttribute {
  readonly name: string
  readonly values: readonly string[]
}

/** The text of a signed answer. */
export function answer(given: SamlAnswer, key: SamlKey): string {
  const { id, assertionId } = given
  const text = xmlText(
    message('samlp:Response', given, {}, [statusXml([statuses.success]), assertionXml(given)]),
  )
  return signXml(signXml(text, assertionId, key), id, key)
}

/** The text of a signed refusal. */
export function refusal(head: OutgoingMessage, codes: readonly string[], key: SamlKey): string {
  return signXml(xmlText(message('samlp:Response', head, {}, [statusXml(codes)])), head.id, key)
}

function assertionXml(given: SamlAnswer): Xml {
  const { assertionId, issuer, now, destination, inResponseTo, audience, session } = given
  const endsAt = instantText(now + assertionMaxAgeMs)
  const { method, observedAt } = session.authentication
  return xml(
    'saml:Assertion',
    { ID: assertionId, Version: '2.0', IssueInstant: instantText(now) },
    [
      xml('saml:Issuer', {}, issuer),
      xml('saml:Subject', {}, [
        nameIdXml(given.nameId),
        xml('saml:SubjectConfirmation', { Method: bearer }, [
          xml('saml:SubjectConfirmationData', {
            NotOnOrAfter: endsAt,
            Recipient: destination,
            InResponseTo: inResponseTo,
          }),
        ]),
      ]),
      xml(
        'saml:Conditions',
        // Their clock may be behind ours.
        { NotBefore: instantText(now - samlSkewMs), NotOnOrAfter: endsAt },
        [xml('saml:AudienceRestriction', {}, [xml('saml:Audience', {}, audience)])],
      ),
      xml(
        'saml:AuthnStatement',
        {
          AuthnInstant: instantText(observedAt),
          SessionIndex: given.sessionIndex,
          SessionNotOnOrAfter: instantText(session.endsAt),
        },
        [xml('saml:AuthnContext', {}, [xml('saml:AuthnContextClassRef', {}, contextOf(method))])],
      ),
      attributesXml(given.attributes),
    ],
  )
}

export function nameIdXml({ value, format, nameQualifier, spNameQualifier }: NameId): Xml {
  return xml(
    'saml:NameID',
    { Format: format, NameQualifier: nameQualifier, SPNameQualifier: spNameQualifier },
    value,
  )
}

function attributesXml(attributes: readonly SamlAttribute[]): Xml | undefined {
  if (attributes.length === 0) return undefined
  return xml(
    'saml:AttributeStatement',
    {},
    attributes.map(({ name, values }) =>
      xml(
        'saml:Attribute',
        { Name: name, NameFormat: attributeNameFormats[name.includes(':') ? 'uri' : 'basic'] },
        values.map((value) => xml('saml:AttributeValue', {}, value)),
      ),
    ),
  )
}

/** What an application is told of a person besides the name: what it registered for, if it is known. */
export function attributesOf(
  person: Person,
  { attributes = [] }: Pick<SamlSignOn, 'attributes'>,
): readonly SamlAttribute[] {
  return attributes.flatMap(({ name, from }) => {
    const values = sources[from](person)
    return values.length === 0 ? [] : [{ name, values }]
  })
}

const sources: Readonly<Record<SamlAttributeSource, (person: Person) => readonly string[]>> = {
  id: ({ id }) => [id],
  name: ({ name }) => [name],
  email: ({ email }) => (email === undefined ? [] : [email]),
  title: ({ title }) => (title === undefined ? [] : [title]),
  department: ({ department }) => (department === undefined ? [] : [department]),
  class: ({ class: kind }) => [kind],
  groups: ({ groups }) => groups,
}

/** The name of a person at an application; undefined where they have none of the kind it takes. */
export function nameOf(
  person: Person,
  { nameId, entityId }: Pick<SamlSignOn, 'nameId' | 'entityId'>,
  pairwise: string,
  issuer: string,
): NameId | undefined {
  if (nameId === 'email') {
    return person.email === undefined
      ? undefined
      : { value: person.email, format: nameIdFormats.email }
  }
  return {
    value: pairwise,
    format: nameIdFormats.persistent,
    nameQualifier: issuer,
    spNameQualifier: entityId,
  }
}
