// The XML tree, in the few words of the DOM that are used here. The library's own types would bring
// every name of a browser into all programs of this repository, where there is no browser; so it is
// imported by a path without types, here and nowhere else, and typed by what stands below.
// @ts-expect-error
import { DOMImplementation, DOMParser, XMLSerializer } from '@xmldom/xmldom/lib/index.js'

interface XmlNode {
  readonly nodeType: number
  readonly nodeValue: string | null
  readonly firstChild: XmlNode | null
  readonly nextSibling: XmlNode | null
}

export interface XmlAttribute {
  readonly name: string
  readonly nodeName: string
  /** Absent for an attribute that was made without a namespace. */
  readonly localName?: string
  readonly namespaceURI: string | null | undefined
  readonly value: string
}

export interface XmlElement extends XmlNode {
  readonly nodeName: string
  readonly localName: string
  readonly namespaceURI: string | null | undefined
  readonly attributes: {
    readonly length: number
    readonly [index: number]: XmlAttribute
  }
  hasAttribute(name: string): boolean
  getAttribute(name: string): string | null
  setAttribute(name: string, value: string): void
  appendChild(node: XmlNode): void
}

interface XmlDocument {
  /** Null where there was nothing. */
  readonly documentElement: XmlElement | null
  createElementNS(namespace: string, qualifiedName: string): XmlElement
  createTextNode(text: string): XmlNode
}

interface ParserOptions {
  readonly locator: object
  readonly errorHandler: (level: string, message: string) => never
}

type Library = {
  readonly Parser: new (options: ParserOptions) => {
    parseFromString(text: string, mediaType: 'text/xml'): XmlDocument
  }
  readonly Serializer: new () => {
    serializeToString(node: XmlElement, options: { readonly requireWellFormed: true }): string
  }
  readonly Implementation: new () => {
    createDocument(namespace: null, qualifiedName: null, type: null): XmlDocument
  }
}

const { Parser, Serializer, Implementation }: Library = {
  Parser: DOMParser,
  Serializer: XMLSerializer,
  Implementation: DOMImplementation,
}

/** The root of a text. Whatever is not right about it is told to `refuse`, which throws. */
export function parseTree(
  text: string,
  refuse: (level: string, message: string) => never,
): XmlElement | null {
  return new Parser({ errorHandler: refuse, locator: {} }).parseFromString(text, 'text/xml')
    .documentElement
}

/** The text of a tree. */
export function treeText(root: XmlElement): string {
  return new Serializer().serializeToString(root, { requireWellFormed: true })
}

/** A document to make a tree in. */
export function newTree(): Pick<XmlDocument, 'createElementNS' | 'createTextNode'> {
  return new Implementation().createDocument(null, null, null)
}
