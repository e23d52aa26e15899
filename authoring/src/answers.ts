// The official engine's answers and arguments, as its package documents them.
import { diagnosticAt, fromEngine } from './diagnostics.ts'
import type { Diagnostic, EngineError, Piece } from './diagnostics.ts'
import type { EngineOutcome } from './quarantine.ts'

export interface ValidationAnswer {
  readonly validationErrors: readonly { readonly policyId: string; readonly error: EngineError }[]
  readonly validationWarnings: readonly { readonly policyId: string; readonly error: EngineError }[]
}

/** The engine's answer when it is a success; otherwise adds diagnostics. */
export function readAnswer(
  outcome: EngineOutcome | undefined,
  piece: Piece,
  code: string,
  diagnostics: Diagnostic[],
): unknown {
  const place = { offset: piece.offset, length: piece.text.length }
  if (outcome?.kind !== 'answered') {
    diagnostics.push(
      diagnosticAt(piece.source, place, {
        severity: 'error',
        code: outcome?.kind === 'late' ? 'engine.deadline' : 'engine.crashed',
        message: 'the official Cedar engine could not cope with this text',
        help: 'make it smaller or less deeply nested',
      }),
    )
    return undefined
  }
  const answer = JSON.parse(outcome.json) as
    | { readonly type: 'success' }
    | { readonly type: 'failure'; readonly errors: readonly EngineError[] }
  if (answer.type === 'success') return answer
  diagnostics.push(...fromEngine(answer.errors, piece, code))
  return undefined
}

/** A schema as the engine takes it: Cedar text, or an object for the JSON form. */
export function readSchemaArgument(schema: string): unknown {
  if (!schema.trimStart().startsWith('{')) return schema
  try {
    return JSON.parse(schema) as unknown
  } catch {
    return schema
  }
}
