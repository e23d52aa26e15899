// A JSON or YAML file as data, where every part can say where it stands. YAML is read as its core
// schema, and what people mistake in it is refused rather than guessed.
import {
  JsonTextError,
  type JsonPath,
  type JsonPlace,
  parseJson,
  placeInJson,
} from '@countersign/policy/lossless-json'
import {
  type Document,
  isMap,
  isNode,
  isScalar,
  type Node,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml'
import { type Finding, findingAt, Refused, type SourceFile } from './finding.ts'

/** A file as data. */
export interface DataDocument {
  readonly source: SourceFile
  /** Integers beyond ±(2^53 − 1) are `bigint`. */
  readonly value: unknown
  /** Where a part stands, or the nearest part around it. */
  placeOf(path: JsonPath): JsonPlace
  /** Where the name of a member stands. */
  placeOfName(path: JsonPath): JsonPlace
}

/** Reads a file as its name says: `.yaml` and `.yml` as YAML, others as JSON. Throws `Refused`. */
export function readDocument(source: SourceFile): DataDocument {
  return /\.ya?ml$/.test(source.path) ? readYaml(source) : readJson(source)
}

function readJson(source: SourceFile): DataDocument {
  try {
    const value = parseJson(source.text)
    return {
      source,
      value,
      placeOf: (path) => placeInJson(source.text, path),
      placeOfName(path) {
        const name = JSON.stringify(path.at(-1) ?? '')
        const before = placeInJson(source.text, path).offset
        return { offset: Math.max(0, source.text.lastIndexOf(name, before)), length: name.length }
      },
    }
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error
    throw new Refused([
      findingAt(source, error, {
        code: 'data.syntax',
        message: error.message,
        help: 'correct the JSON',
      }),
    ])
  }
}

/** An alias may repeat a part; this many repetitions are more than anyone writes by hand. */
const aliasesMax = 1000
const depthMax = 128
const yamlMaxCharacters = 4 * 1024 * 1024

function readYaml(source: SourceFile): DataDocument {
  const { text } = source
  if (text.length > yamlMaxCharacters) {
    throw new Refused([
      findingAt(source, undefined, {
        code: 'source.too-big',
        message: `the file has ${text.length} characters, more than ${yamlMaxCharacters} for YAML`,
        help: 'write it as JSON, or split it',
      }),
    ])
  }
  const deep = tooDeep(text)
  if (deep !== undefined) {
    throw new Refused([
      findingAt(
        source,
        { offset: deep, length: 1 },
        {
          code: 'data.nesting',
          message: `the data nests deeper than ${depthMax} levels`,
          help: 'write it flatter',
        },
      ),
    ])
  }
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    intAsBigInt: true,
    uniqueKeys: true,
    stringKeys: true,
    // Not in YAML 1.2, but what people expect of `<<`.
    merge: true,
    prettyErrors: false,
  })
  const findings: Finding[] = [...document.errors, ...document.warnings].map((error) =>
    findingAt(
      source,
      { offset: error.pos[0], length: Math.max(1, error.pos[1] - error.pos[0]) },
      { code: 'data.syntax', message: messageOf(error), help: 'correct the YAML' },
    ),
  )
  visit(document, {
    Scalar(key, node) {
      const trap = key === 'key' ? undefined : trapOf(node.value, node.source, node.type)
      const [start, end] = node.range ?? [0, 0]
      if (trap !== undefined)
        findings.push(findingAt(source, { offset: start, length: end - start }, trap))
    },
  })
  if (findings.length > 0) throw new Refused(findings)
  return {
    source,
    value: plainOf(() => document.toJS({ maxAliasCount: aliasesMax }), source),
    placeOf: (path) => placeInYaml(document, path),
    placeOfName(path) {
      const owner = document.getIn(path.slice(0, -1), true)
      const pairs = isMap(owner) ? owner.items : []
      const key = pairs.find((pair) => isScalar(pair.key) && pair.key.value === path.at(-1))?.key
      return (isNode(key) ? placeOfNode(key) : undefined) ?? placeInYaml(document, path)
    },
  }
}

function placeInYaml(document: Document, path: JsonPath): JsonPlace {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true)
    const place = isNode(node) ? placeOfNode(node) : undefined
    if (place !== undefined) return place
  }
  return { offset: 0, length: 1 }
}

function placeOfNode({ range }: Node): JsonPlace | undefined {
  return range ? { offset: range[0], length: Math.max(1, range[1] - range[0]) } : undefined
}

/** What YAML reads otherwise than people do. */
function trapOf(
  value: unknown,
  written: string | undefined,
  type: string | undefined,
): { readonly code: string; readonly message: string; readonly help: string } | undefined {
  if (type !== 'PLAIN' || written === undefined) return undefined
  if (typeof value === 'string' && /^(?:yes|no|on|off|y|n)$/i.test(written)) {
    return {
      code: 'data.yaml-word',
      message: `\`${written}\` is a text in YAML 1.2, and was a boolean before`,
      help: `write \`true\` or \`false\`, or \`"${written}"\` for the text`,
    }
  }
  if (typeof value === 'number') {
    return {
      code: 'data.fraction',
      message: `\`${written}\` is not an integer; Cedar has no fractions`,
      help: `write an integer, or \`"${written}"\` for a text or a \`decimal\``,
    }
  }
  if (typeof value === 'bigint' && /^[-+]?0[0-9]/.test(written)) {
    return {
      code: 'data.leading-zero',
      message: `\`${written}\` is ${value} in YAML 1.2, and was octal before`,
      help: `write \`${value}\`, or \`"${written}"\` for the text`,
    }
  }
  return undefined
}

function plainOf(read: () => unknown, source: SourceFile): unknown {
  try {
    return exactNumbers(read(), 0)
  } catch (error) {
    if (!(error instanceof ReferenceError || error instanceof RangeError)) throw error
    throw new Refused([
      findingAt(source, undefined, {
        code: 'data.aliases',
        message: `the aliases repeat more than ${aliasesMax} parts, or themselves`,
        help: 'write the parts out',
      }),
    ])
  }
}

/** Integers that a `number` holds exactly, as `number`. */
function exactNumbers(value: unknown, depth: number): unknown {
  if (depth > depthMax) throw new RangeError('too deep')
  if (typeof value === 'bigint') {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : value
  }
  if (Array.isArray(value)) return value.map((item) => exactNumbers(item, depth + 1))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, exactNumbers(member, depth + 1)]),
  )
}

function messageOf({ code, message }: YAMLError): string {
  if (code === 'MULTIPLE_DOCS') return 'a second document begins here; keep one to a file'
  return message.charAt(0).toLowerCase() + message.slice(1)
}

// The parser goes down one call for each bracket. Brackets within texts are counted too, which only
// matters to who writes a hundred open ones.
function tooDeep(text: string): number | undefined {
  let depth = 0
  for (const { 0: bracket, index } of text.matchAll(/[[\]{}]/g)) {
    depth += bracket === '[' || bracket === '{' ? 1 : -1
    if (depth > depthMax) return index
    if (depth < 0) depth = 0
  }
  return undefined
}
