// An application asks who someone is (saml-core §3.4.1). Where the answer goes, and what is in it, is
// what the application registered; its request only chooses among that.
import type { Application } from '@countersign/contract/documents'
import type { Estate } from '@countersign/contract/estate'
import type { SamlSignOn } from '@countersign/contract/saml'
import { z } from 'zod'
import type { RequestedContext } from './contexts.ts'
import { issuerOf, readHead } from './message.ts'
import { bindings, nameIdFormats, ns } from './names.ts'
import { attributeOf, childrenOf, maybeChild, readXml, SamlFault, textOf } from './xml.ts'
import { isSigned, signedPart, trustedKey } from './xml-signature.ts'
import type { XmlElement } from './xml-tree.ts'

/** What is kept of a question while someone signs in. */
export const samlQuestion = z.strictObject({
  application: z.string(),
  /** The id of the request. */
  id: z.string().max(256),
  /** One of the addresses that the application registered. */
  acsUrl: z.string(),
  relayState: z.string().max(1024).optional(),
  /** Whether the person must prove anew who they are (`ForceAuthn`). */
  isFresh: z.boolean(),
  /** Whether nothing may be shown to the person (`IsPassive`). */
  isPassive: z.boolean(),
  /** Whether it asks for another kind of name than is registered. */
  isOtherName: z.boolean(),
  context: z
    .strictObject({
      comparison: z.enum(['exact', 'minimum', 'maximum', 'better']),
      classes: z.array(z.string().max(512)).max(16),
    })
    .optional(),
  /** Milliseconds since the epoch. */
  askedAt: z.int(),
})
export type SamlQuestion = z.infer<typeof samlQuestion>

/** An application with its SAML sign-on. */
export interface SamlApplication {
  readonly application: Application
  readonly signOn: SamlSignOn
}

/** The application of an entity id. @throws SamlFault where there is none, or two say that they are. */
export function applicationOf(estate: Pick<Estate, 'all'>, entityId: string): SamlApplication {
  const [found, second] = estate
    .all('application')
    .flatMap((application): readonly SamlApplication[] => {
      const { signOn } = application
      return signOn?.kind === 'saml' && signOn.entityId === entityId
        ? [{ application, signOn }]
        : []
    })
  if (!found || second) throw new SamlFault('no application, or more than one, has this issuer')
  return found
}

/** A request as it came, by either binding. */
export interface IncomingRequest {
  readonly text: string
  readonly relayState: string | undefined
  /** Of the query; undefined where the signature, if any, stands in the XML. */
  readonly requireSignature?: (keys: readonly ReturnType<typeof trustedKey>[]) => void
}

/** Reads a question. @throws SamlFault */
export function readQuestion(
  incoming: IncomingRequest,
  {
    estate,
    destination,
    now,
  }: {
    readonly estate: Pick<Estate, 'all'>
    readonly destination: string
    readonly now: number
  },
): SamlQuestion {
  const came = readXml(incoming.text)
  const { application, signOn } = applicationOf(estate, issuerOf(came))
  const root = authentic(incoming, came, signOn)
  const { id, issuer } = readHead(root, 'AuthnRequest', { destination, now })
  if (issuer !== signOn.entityId) throw new SamlFault('the request is of another issuer')
  if (maybeChild(root, ns.assertion, 'Subject')) {
    throw new SamlFault('a request may not say who the person is')
  }
  const { relayState } = incoming
  return {
    application: application.id,
    id: z.string().max(256).parse(id),
    acsUrl: consumerOf(root, signOn),
    ...(relayState === undefined ? {} : { relayState }),
    isFresh: flag(root, 'ForceAuthn'),
    isPassive: flag(root, 'IsPassive'),
    isOtherName: asksOtherName(root, signOn),
    ...contextOf(root),
    askedAt: now,
  }
}

/**
 * The request, or what was signed of it. Where the application has keys, it must be signed.
 * @throws SamlFault
 */
function authentic(
  { text, requireSignature }: IncomingRequest,
  came: XmlElement,
  { certificates = [] }: SamlSignOn,
): XmlElement {
  if (certificates.length === 0) return came
  const keys = certificates.map(trustedKey)
  if (requireSignature) {
    requireSignature(keys)
    return came
  }
  if (!isSigned(came)) throw new SamlFault('the request is not signed')
  return signedPart(text, came, keys)
}

function consumerOf(root: XmlElement, { assertionConsumers }: SamlSignOn): string {
  const url = attributeOf(root, 'AssertionConsumerServiceURL')
  const index = attributeOf(root, 'AssertionConsumerServiceIndex')
  const binding = attributeOf(root, 'ProtocolBinding')
  if (binding !== undefined && binding !== bindings.post) {
    throw new SamlFault('answers are given by HTTP-POST only')
  }
  if (url !== undefined && index !== undefined) {
    throw new SamlFault('the request names its address twice')
  }
  const found = assertionConsumers.find(
    (it) =>
      (url === undefined || it.url === url) && (index === undefined || String(it.index) === index),
  )
  if (!found) throw new SamlFault('the request names an address that is not registered')
  return found.url
}

function asksOtherName(root: XmlElement, { nameId }: SamlSignOn): boolean {
  const policy = maybeChild(root, ns.protocol, 'NameIDPolicy')
  const format = policy && attributeOf(policy, 'Format')
  return !(
    format === undefined ||
    format === nameIdFormats.unspecified ||
    format === nameIdFormats[nameId]
  )
}

function contextOf(root: XmlElement): {
  readonly context?: RequestedContext & { classes: string[] }
} {
  const requested = maybeChild(root, ns.protocol, 'RequestedAuthnContext')
  if (!requested) return {}
  const comparison = attributeOf(requested, 'Comparison') ?? 'exact'
  const classes = childrenOf(requested, ns.assertion, 'AuthnContextClassRef').map(textOf)
  const context = samlQuestion.shape.context.safeParse({ comparison, classes })
  if (!context.success || !context.data) {
    throw new SamlFault('the request asks for a context that is not understood')
  }
  return { context: context.data }
}

// XML Schema Part 2 §3.2.2.
function flag(root: XmlElement, name: string): boolean {
  const value = attributeOf(root, name)
  return value === 'true' || value === '1'
}
