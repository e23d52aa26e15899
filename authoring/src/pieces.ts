// Cuts a file into its policies before anything is parsed, so that each keeps its place and order,
// one broken policy does not hide the others, and what would harm the parser never reaches it.
import { chainLength, nestingDepth, tokenize } from '@countersign/policy/lexer'
import type { Token } from '@countersign/policy/lexer'
import { diagnosticAt } from './diagnostics.ts'
import type { Diagnostic, Piece, Source } from './diagnostics.ts'

export interface PolicyPiece extends Piece {
  readonly isTemplate: boolean
}

/** Measured: the official parser copes with twice as much, in a worker's stack. */
const NESTING_MAX = 60
/** Measured: the official parser copes with three times as much, its validator with no more. */
const CHAIN_MAX = 1000

/** The policies of a file, each from its first token to its semicolon. */
export function piecesOf(source: Source): { pieces: PolicyPiece[]; diagnostics: Diagnostic[] } {
  const pieces: PolicyPiece[] = []
  const diagnostics: Diagnostic[] = []
  for (const tokens of split(tokenize(source.text))) {
    const [first, last] = [tokens[0], tokens.at(-1)]
    if (first === undefined || last === undefined) continue
    const { offset } = first
    const length = last.offset + last.text.length - offset
    const fault = faultOf(tokens)
    if (fault === undefined) {
      const text = source.text.slice(offset, offset + length)
      const isTemplate = tokens.some((token) => token.text === '?')
      pieces.push({ text, offset, source, isTemplate })
    } else diagnostics.push(diagnosticAt(source, { offset, length }, fault))
  }
  return { pieces, diagnostics }
}

function* split(tokens: readonly Token[]): Generator<readonly Token[]> {
  let from = 0
  for (const [index, { kind, text }] of tokens.entries()) {
    if (kind !== 'punctuation' || text !== ';') continue
    yield tokens.slice(from, index + 1)
    from = index + 1
  }
  yield tokens.slice(from)
}

function faultOf(tokens: readonly Token[]): Omit<Diagnostic, 'span' | 'file'> | undefined {
  const depth = nestingDepth(tokens)
  if (depth > NESTING_MAX) {
    return {
      severity: 'error',
      code: 'policy.nesting',
      message: `the policy nests ${depth} levels deep, more than ${NESTING_MAX}`,
      help: 'split the condition, or move part of it into a policy of its own',
    }
  }
  const length = chainLength(tokens)
  if (length <= CHAIN_MAX) return undefined
  return {
    severity: 'error',
    code: 'policy.length',
    message: `the policy chains ${length} operators, more than ${CHAIN_MAX}`,
    help: 'use a set with `contains`, a group with `in`, or several conditions or policies',
  }
}
