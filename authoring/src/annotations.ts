// Where an annotation of a policy stands in its text.
import { spanAt, tokenize } from '@countersign/policy/lexer'
import type { PolicySyntax, Span } from '@countersign/policy/syntax'

export interface Place {
  readonly offset: number
  readonly length: number
}

/** An annotation, from its `@` to its closing parenthesis; undefined when there is none. */
export function annotationPlace(text: string, name: string): Place | undefined {
  const tokens = tokenize(text)
  const at = tokens.findIndex(
    (token, index) => token.text === '@' && tokens[index + 1]?.text === name,
  )
  const first = tokens[at]
  if (first === undefined) return undefined
  const hasValue = tokens[at + 2]?.text === '('
  const last = tokens[at + (hasValue ? 4 : 1)] ?? first
  return { offset: first.offset, length: last.offset + last.text.length - first.offset }
}

/** A place in a policy's text, as a span of its file. */
export function spanWithin({ text, span }: PolicySyntax, place: Place): Span {
  const inner = spanAt(text, place.offset, place.length)
  return {
    line: span.line + inner.line - 1,
    column: inner.line === 1 ? span.column + inner.column - 1 : inner.column,
    offset: span.offset + inner.offset,
    length: inner.length,
  }
}
