// XML as narrow as SAML needs it. What two parsers could read differently is refused before anything
// looks at it: there are no comments, no CDATA sections, no document type and so no entities, no
// processing instructions, no second element of an ID, and nothing deep or large.
import { problem } from '@countersign/contract/problems'
import { parseTree, type XmlAttribute, type XmlElement } from './xml-tree.ts'

/** Why a message is not believed. Goes to the log; whoever sent it hears that it was refused. */
export class SamlFault extends Error {
  override readonly name = 'SamlFault'
}

/** Largest message, in characters. */
export const messageMaxCharacters = 256 * 1024
const depthMax = 40
const elementsMax = 5_000
const attributesMax = 64

const elementNode = 1
const textNode = 3

/**
 * Parses one XML document, or refuses it.
 * @throws SamlFault naming what is not accepted.
 */
export function readXml(given: string, maxCharacters: number = messageMaxCharacters): XmlElement {
  if (given.length > maxCharacters) throw new SamlFault('the XML is too large')
  // XML 1.0 §2.11: line ends are normalised before anything is parsed, or signed.
  const text = given.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n')
  const body = text.replace(declaration, '')
  // `<!` begins comments, CDATA sections and document types, and nothing else; a `<` in a text or an
  // attribute is escaped. `<?` begins processing instructions.
  if (body.includes('<!')) throw new SamlFault('the XML has a comment, CDATA or document type')
  if (body.includes('<?')) throw new SamlFault('the XML has a processing instruction')
  if (!characters.test(body)) throw new SamlFault('the XML has a character that it must not')
  if (body.replace(reference, '').includes('&')) throw malformed()
  refuseUnbalanced(body)
  const root = parsed(body)
  if (!root) throw new SamlFault('the XML is empty')
  refuseDoubles(root)
  return root
}

// An encoding other than the one it was decoded with would make it another text.
const declaration =
  /^<\?xml version=(["'])1\.0\1(?: encoding=(["'])utf-8\2)?(?: standalone=(["'])(?:yes|no)\3)?\s*\?>\s*/i
// XML 1.0 §2.2, production 2.
const characters = /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u
// §4.1 and §4.6: characters by number, and the five names that every document has.
const reference = /&(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-f]{1,6});/gi
const tag = /<(\/?)([^\s<>"'/]+)(?:[^<>"'/]|"[^"<]*"|'[^'<]*'|\/(?!>))*(\/?)>/g

function parsed(text: string): XmlElement | null {
  try {
    return parseTree(text, refuse)
  } catch (error) {
    throw error instanceof SamlFault ? error : malformed()
  }
}

function refuse(_: string, message: string): never {
  throw new SamlFault(`the XML is not well-formed: ${message.split('\n', 1)[0] ?? ''}`)
}

/** Reads the tags before a tree is made, so that no tree is too deep to walk, or guessed at. */
function refuseUnbalanced(text: string): void {
  const open: string[] = []
  let elements = 0
  let marks = 0
  let isOver = false
  for (const [, closing, name = '', empty] of text.matchAll(tag)) {
    marks += 1
    if (isOver) throw new SamlFault('the XML goes on after its end')
    if (closing === '/') {
      if (open.pop() !== name || empty === '/') throw malformed()
    } else {
      elements += 1
      if (empty !== '/') open.push(name)
    }
    if (open.length > depthMax) throw new SamlFault('the XML is too deep')
    if (elements > elementsMax) throw new SamlFault('the XML has too many elements')
    isOver = open.length === 0
  }
  const [before] = text
  const isWhole = isOver && before === '<' && text.trimEnd().endsWith('>')
  if (!isWhole || marks !== text.split('<').length - 1) throw malformed()
}

function refuseDoubles(root: XmlElement): void {
  const ids = new Set<string>()
  for (const element of everyElement(root)) {
    const { attributes } = element
    if (attributes.length > attributesMax) throw new SamlFault('an element has too many attributes')
    refuseUnnamed(element)
    refuseTexts(element)
    const names = new Set<string>()
    for (const attribute of attributesOf(element)) {
      const { namespaceURI, name, localName = name, value } = attribute
      refuseUnnamed(attribute)
      if (!characters.test(value)) throw malformed()
      const full = `${namespaceURI ?? ''} ${localName}`
      if (names.has(full)) throw new SamlFault('an element has an attribute twice')
      names.add(full)
      if (/^(?:.*:)?id$/i.test(name)) {
        if (ids.has(value)) throw new SamlFault('two elements have the same ID')
        ids.add(value)
      }
    }
  }
}

// Namespaces in XML 1.0 §5: a prefix is declared.
function refuseUnnamed({
  nodeName,
  namespaceURI,
}: Pick<XmlElement, 'nodeName' | 'namespaceURI'>): void {
  const isDeclared = typeof namespaceURI === 'string' && namespaceURI !== ''
  if (nodeName.includes(':') && !isDeclared) throw malformed()
}

function refuseTexts(element: XmlElement): void {
  for (let node = element.firstChild; node; node = node.nextSibling) {
    if (node.nodeType !== elementNode && node.nodeType !== textNode) throw malformed()
    if (!characters.test(node.nodeValue ?? '')) throw malformed()
  }
}

function* attributesOf({ attributes }: XmlElement): Generator<XmlAttribute> {
  for (let index = 0; index < attributes.length; index += 1) {
    const attribute = attributes[index]
    if (attribute) yield attribute
  }
}

/** An element and all elements in it, in document order. */
export function* everyElement(root: XmlElement): Generator<XmlElement> {
  yield root
  for (const child of elementsOf(root)) yield* everyElement(child)
}

/** The elements directly in an element. */
export function elementsOf(parent: XmlElement): readonly XmlElement[] {
  const found: XmlElement[] = []
  for (let node = parent.firstChild; node; node = node.nextSibling) {
    if (node.nodeType === elementNode) found.push(node as XmlElement)
  }
  return found
}

/** Whether an element has this name. */
export function isNamed(element: XmlElement, namespace: string, localName: string): boolean {
  return element.namespaceURI === namespace && element.localName === localName
}

/** The elements of a name directly in an element. */
export function childrenOf(
  parent: XmlElement,
  namespace: string,
  localName: string,
): readonly XmlElement[] {
  return elementsOf(parent).filter((child) => isNamed(child, namespace, localName))
}

/**
 * The element of a name directly in an element, or undefined.
 * @throws SamlFault where there are several.
 */
export function maybeChild(
  parent: XmlElement,
  namespace: string,
  localName: string,
): XmlElement | undefined {
  const [first, second] = childrenOf(parent, namespace, localName)
  if (second) throw new SamlFault(`there is more than one \`${localName}\``)
  return first
}

/**
 * The one element of a name directly in an element.
 * @throws SamlFault where there is none, or several.
 */
export function child(parent: XmlElement, namespace: string, localName: string): XmlElement {
  const found = maybeChild(parent, namespace, localName)
  if (!found) throw new SamlFault(`there is no \`${localName}\``)
  return found
}

/**
 * The text of an element that has nothing but text, without surrounding white space.
 * @throws SamlFault where anything else is in it.
 */
export function textOf(element: XmlElement): string {
  let text = ''
  for (let node = element.firstChild; node; node = node.nextSibling) {
    if (node.nodeType !== textNode) throw new SamlFault(`\`${element.localName}\` is not a text`)
    text += node.nodeValue ?? ''
  }
  return text.trim()
}

/** An attribute without namespace; undefined where it is absent. */
export function attributeOf(element: XmlElement, name: string): string | undefined {
  return element.hasAttribute(name) ? (element.getAttribute(name) ?? undefined) : undefined
}

/** An attribute that must be there. @throws SamlFault */
export function requiredAttribute(element: XmlElement, name: string): string {
  const value = attributeOf(element, name)
  if (value === undefined || value === '') {
    throw new SamlFault(`\`${element.localName}\` has no \`${name}\``)
  }
  return value
}

function malformed(): SamlFault {
  return new SamlFault('the XML is not well-formed')
}

/**
 * Does `work` with a message.
 * @throws signin.saml_refused with the fault as its cause, which is for the log alone.
 */
export function orRefuse<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof SamlFault)) throw error
    throw Object.assign(problem('signin.saml_refused'), { cause: error })
  }
}
