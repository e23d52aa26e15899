// Cedar source as tokens with their places. Just enough to cut a file into policies and a policy
// into conditions without losing where each stands; whether it is Cedar is the parser's business.
import type { Span } from './syntax.ts'

export type TokenKind = 'word' | 'string' | 'number' | 'punctuation' | 'unknown'

export interface Token {
  readonly kind: TokenKind
  readonly text: string
  readonly offset: number
}

const TOKEN =
  /(?<trivia>(?:\s|\/\/[^\n\r]*)+)|(?<word>[A-Za-z_][A-Za-z0-9_]*)|(?<string>"(?:[^"\\]|\\[^])*")|(?<number>[0-9]+)|(?<punctuation>&&|\|\||==|!=|<=|>=|::|[@(){}[\].,;:<>!+\-*/%?=|&])|(?<unknown>[^])/gu

/** The tokens of a source text, without white space and comments. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  for (const match of text.matchAll(TOKEN)) {
    const groups = match.groups ?? {}
    if (groups['trivia'] !== undefined) continue
    const kind = KINDS.find((each) => groups[each] !== undefined) ?? 'unknown'
    tokens.push({ kind, text: match[0], offset: match.index })
  }
  return tokens
}

const KINDS: readonly TokenKind[] = ['word', 'string', 'number', 'punctuation']

const OPENING = new Set(['(', '[', '{'])
const CLOSING = new Set([')', ']', '}'])

/** The deepest nesting of brackets and of runs of prefix operators (`!` and `-`) and `if`. */
export function nestingDepth(tokens: readonly Token[]): number {
  const levels: number[] = []
  let depth = 0
  let prefixes = 0
  let deepest = 0
  for (const { text, kind } of tokens) {
    if (kind !== 'string' && PREFIXES.has(text)) prefixes += 1
    else if (kind !== 'string' && OPENING.has(text)) {
      levels.push(1 + prefixes)
      depth += 1 + prefixes
      prefixes = 0
    } else {
      if (kind !== 'string' && CLOSING.has(text)) depth -= levels.pop() ?? 0
      prefixes = 0
    }
    deepest = Math.max(deepest, depth + prefixes)
  }
  return deepest
}

const PREFIXES = new Set(['!', '-', 'if'])

/** Operators by how tightly they bind; what is loosest lies outermost. */
const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['==', '!=', '<', '<=', '>', '>=', 'in', 'has', 'like', 'is'],
  ['+', '-'],
  ['*'],
  ['.', '['],
]
const LEVEL: ReadonlyMap<string, number> = new Map(
  LEVELS.flatMap((operators, level) => operators.map((each) => [each, level] as const)),
)

/**
 * How many operators lie within each other at most: `a && b && c` nests once for each term, and so
 * does `if … else if …`; the members of a list lie beside each other. Conditions are one chain, and
 * cost the official validator twice as much as operators; so does `if`.
 */
export function chainLength(tokens: readonly Token[]): number {
  let [within, counts] = [0, LEVELS.map(() => 0)]
  const outer: (readonly [number, number[]])[] = []
  let longest = 0
  const start = (outside: number): void => {
    within = outside
    counts = LEVELS.map(() => 0)
  }
  for (const { text, kind } of tokens) {
    if (kind === 'string') continue
    const level = LEVEL.get(text)
    if (level !== undefined) {
      counts[level] = (counts[level] ?? 0) + 1
      counts.fill(0, level + 1)
      longest = Math.max(longest, within + sum(counts))
    }
    if (text === 'if' || (outer.length === 0 && (text === 'when' || text === 'unless'))) within += 2
    else if (text === 'then' || text === 'else') start(within)
    else if (text === ',') start(outer.at(-1)?.[0] ?? 0)
    else if (OPENING.has(text)) {
      outer.push([within, counts])
      start(within + sum(counts))
    } else if (CLOSING.has(text)) [within, counts] = outer.pop() ?? [0, counts]
    longest = Math.max(longest, within)
  }
  return longest
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}

/** Where the conditions of one policy stand, in order. `body` lies between the braces. */
export interface ClausePlace {
  readonly kind: 'when' | 'unless'
  readonly body: { readonly offset: number; readonly length: number }
}

/** The conditions of one policy's source. */
export function clausePlaces(text: string): ClausePlace[] {
  const places: ClausePlace[] = []
  const tokens = tokenize(text)
  let depth = 0
  let open: { kind: 'when' | 'unless'; offset: number } | undefined
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'punctuation') continue
    if (OPENING.has(token.text)) {
      const keyword = tokens[index - 1]?.text
      if (depth === 0 && token.text === '{' && (keyword === 'when' || keyword === 'unless')) {
        open = { kind: keyword, offset: token.offset + 1 }
      }
      depth += 1
    } else if (CLOSING.has(token.text)) {
      depth -= 1
      if (depth !== 0 || open === undefined) continue
      const { kind, offset } = open
      places.push({ kind, body: { offset, length: token.offset - offset } })
      open = undefined
    }
  }
  return places
}

/**
 * The terms of a condition that is a plain `a && b && c`, as places in `text`; one place for
 * anything else, trimmed of white space and comments around it.
 */
export function conjuncts(
  text: string,
  within: { readonly offset: number; readonly length: number },
): { offset: number; length: number }[] {
  const tokens = tokenize(text.slice(within.offset, within.offset + within.length))
  const places: { offset: number; length: number }[] = []
  let depth = 0
  let start: Token | undefined
  let end: Token | undefined
  let divisible = tokens[0]?.text !== 'if'
  const close = (): void => {
    if (start === undefined || end === undefined) return
    const offset = within.offset + start.offset
    places.push({ offset, length: within.offset + end.offset + end.text.length - offset })
    start = undefined
  }
  for (const token of tokens) {
    const isPunctuation = token.kind === 'punctuation'
    if (isPunctuation && OPENING.has(token.text)) depth += 1
    if (isPunctuation && CLOSING.has(token.text)) depth -= 1
    if (isPunctuation && depth === 0 && token.text === '||') divisible = false
    if (isPunctuation && depth === 0 && token.text === '&&') close()
    else {
      start ??= token
      end = token
    }
  }
  close()
  const [first, last] = [places[0], places.at(-1)]
  if (divisible || first === undefined || last === undefined) return places
  return [{ offset: first.offset, length: last.offset + last.length - first.offset }]
}

/** The span of a piece of a file's text; lines and columns start at 1. */
export function spanAt(text: string, offset: number, length: number): Span {
  const before = text.slice(0, offset)
  const lineStart = before.lastIndexOf('\n') + 1
  let line = 1
  for (let at = before.indexOf('\n'); at >= 0; at = before.indexOf('\n', at + 1)) line += 1
  return { line, column: offset - lineStart + 1, offset, length }
}
