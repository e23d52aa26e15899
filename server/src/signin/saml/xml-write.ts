// XML is written as a tree and never as a text, so that no value can become markup.
import { ns } from './names.ts'
import { newTree, treeText, type XmlElement } from './xml-tree.ts'

const prefixes = {
  samlp: ns.protocol,
  saml: ns.assertion,
  md: ns.metadata,
  ds: ns.signature,
  soap: ns.soap,
} as const

/** A name with the prefix that stands for its namespace. */
export type XmlName = `${keyof typeof prefixes}:${string}`

/** What is to be written. What is undefined is left out. */
export interface Xml {
  readonly name: XmlName
  readonly attributes: Readonly<Record<string, string | undefined>>
  readonly content: string | readonly (Xml | undefined)[]
}

/** `xml('saml:Issuer', {}, 'https://idp.example.org')`. */
export function xml(
  name: XmlName,
  attributes: Xml['attributes'] = {},
  content: Xml['content'] = [],
): Xml {
  return { name, attributes, content }
}

/** The text of what is to be written. */
export function xmlText(root: Xml): string {
  const tree = newTree()
  const build = ({ name, attributes, content }: Xml): XmlElement => {
    const prefix = name.slice(0, name.indexOf(':')) as keyof typeof prefixes
    const element = tree.createElementNS(prefixes[prefix], name)
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== undefined) element.setAttribute(key, value)
    }
    if (typeof content === 'string') element.appendChild(tree.createTextNode(content))
    else for (const child of content) if (child) element.appendChild(build(child))
    return element
  }
  return treeText(build(root))
}
