// What an assertion says of a person: who, how and when they proved it, and their attributes.
import { z } from 'zod'
import { ns, readInstant } from './names.ts'
import { samlSkewMs } from './message.ts'
import {
  attributeOf,
  child,
  childrenOf,
  elementsOf,
  maybeChild,
  requiredAttribute,
  SamlFault,
  textOf,
} from './xml.ts'
import type { XmlElement } from './xml-tree.ts'

const attributesMax = 128
const valuesMax = 1_024
const textMaxCharacters = 4_096
/** Session indexes are kept, and found again by an index of the store. */
const sessionIndexMaxCharacters = 256

/** A name that a provider has for someone (saml-core §8.3). */
export const nameId = z.strictObject({
  value: z.string(),
  format: z.string().optional(),
  nameQualifier: z.string().optional(),
  spNameQualifier: z.string().optional(),
})
export type NameId = z.infer<typeof nameId>

export interface SamlStatement {
  readonly nameId: NameId
  /** How the provider names its session, for its end. */
  readonly sessionIndex?: string | undefined
  readonly contextClass?: string | undefined
  /** When the person proved it, in milliseconds since the epoch; never later than now. */
  readonly authenticatedAt: number
  /** When the provider's session ends, in milliseconds since the epoch. */
  readonly sessionEndsAt?: number | undefined
  readonly attributes: Readonly<Record<string, readonly string[]>>
}

/** Reads what a signed assertion says. @throws SamlFault */
export function readStatement(assertion: XmlElement, now: number): SamlStatement {
  const statement = child(assertion, ns.assertion, 'AuthnStatement')
  const at = readInstant(requiredAttribute(statement, 'AuthnInstant'))
  if (!(at - samlSkewMs <= now)) throw new SamlFault('the sign-in is in the future')
  const ends = attributeOf(statement, 'SessionNotOnOrAfter')
  const sessionEndsAt = ends === undefined ? undefined : readInstant(ends)
  if (sessionEndsAt !== undefined && !(now < sessionEndsAt + samlSkewMs)) {
    throw new SamlFault('the session of the provider has ended')
  }
  const context = child(statement, ns.assertion, 'AuthnContext')
  const contextClass = maybeChild(context, ns.assertion, 'AuthnContextClassRef')
  return {
    nameId: readNameId(child(assertion, ns.assertion, 'Subject')),
    sessionIndex: bounded(attributeOf(statement, 'SessionIndex'), sessionIndexMaxCharacters),
    contextClass: contextClass && bounded(textOf(contextClass)),
    authenticatedAt: Math.min(at, now),
    sessionEndsAt,
    attributes: readAttributes(assertion),
  }
}

/** The name in a subject or in a request to log out. @throws SamlFault */
export function readNameId(parent: XmlElement): NameId {
  const element = child(parent, ns.assertion, 'NameID')
  const value = textOf(element)
  // A name with a line end or the like in it is two names to whoever shows or compares it.
  if (value === '' || value.length > 512 || /[\t\n]/.test(value)) {
    throw new SamlFault('the name of the person cannot be used')
  }
  return {
    value,
    ...present('format', bounded(attributeOf(element, 'Format'))),
    ...present('nameQualifier', bounded(attributeOf(element, 'NameQualifier'))),
    ...present('spNameQualifier', bounded(attributeOf(element, 'SPNameQualifier'))),
  }
}

function readAttributes(assertion: XmlElement): SamlStatement['attributes'] {
  const found = new Map<string, readonly string[]>()
  const statements = childrenOf(assertion, ns.assertion, 'AttributeStatement')
  for (const attribute of statements.flatMap((it) => childrenOf(it, ns.assertion, 'Attribute'))) {
    const name = bounded(requiredAttribute(attribute, 'Name')) ?? ''
    const values = childrenOf(attribute, ns.assertion, 'AttributeValue').flatMap((it) =>
      // A value that is itself XML is none that could be mapped.
      elementsOf(it).length > 0 ? [] : (bounded(textOf(it)) ?? []),
    )
    if (found.has(name)) throw new SamlFault('an attribute is there twice')
    if (found.size >= attributesMax || values.length > valuesMax) {
      throw new SamlFault('there are too many attributes')
    }
    found.set(name, values)
  }
  return Object.fromEntries(found)
}

function bounded(
  text: string | undefined,
  maxCharacters: number = textMaxCharacters,
): string | undefined {
  if ((text?.length ?? 0) > maxCharacters) throw new SamlFault('a text is too long')
  return text
}

function present<K extends string>(name: K, value: string | undefined): Partial<Record<K, string>> {
  return value === undefined ? {} : ({ [name]: value } as Record<K, string>)
}
