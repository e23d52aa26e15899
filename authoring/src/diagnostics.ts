// What is wrong with a piece of Cedar, in a form that an editor, a terminal and an API can show:
// where, what, and what to do about it.
import { spanAt } from '@countersign/policy/lexer'
import type { Span } from '@countersign/policy/syntax'

export type Severity = 'error' | 'warning' | 'advice'

export interface Diagnostic {
  readonly severity: Severity
  /** Stable, dotted: `policy.syntax`, `policy.type`, `schema.syntax`. */
  readonly code: string
  readonly message: string
  readonly help?: string
  readonly span: Span
  readonly file?: string
}

/** An error as the official engine reports it. Places are in bytes of UTF-8. */
export interface EngineError {
  readonly message: string
  readonly help?: string | null
  readonly severity?: Severity | null
  readonly sourceLocations?: readonly EnginePlace[]
  readonly related?: readonly EngineError[]
}

interface EnginePlace {
  readonly start: number
  readonly end: number
  readonly label?: string | null
}

/** A piece of a file that was given to the engine on its own. */
export interface Piece {
  readonly text: string
  readonly offset: number
  readonly source: Source
}

/** A whole source text and the file it came from. */
export interface Source {
  readonly text: string
  readonly file?: string
}

/** A diagnostic at a place in a source, counted in UTF-16 code units. */
export function diagnosticAt(
  source: Source,
  place: { readonly offset: number; readonly length: number },
  what: Omit<Diagnostic, 'span' | 'file'>,
): Diagnostic {
  const span = spanAt(source.text, place.offset, place.length)
  return { ...what, span, ...(source.file === undefined ? {} : { file: source.file }) }
}

/** The engine's errors about a piece of a file, as diagnostics about the file. */
export function fromEngine(
  errors: readonly EngineError[],
  piece: Piece,
  code: string,
  severity: Severity = 'error',
): Diagnostic[] {
  return errors.flatMap((error) => [
    fromEngineError(error, piece, code, severity),
    ...fromEngine(error.related ?? [], piece, code, severity),
  ])
}

function fromEngineError(
  error: EngineError,
  piece: Piece,
  code: string,
  severity: Severity,
): Diagnostic {
  const place = error.sourceLocations?.[0]
  const start = utf16Offset(piece.text, place?.start ?? 0)
  const end = place === undefined ? piece.text.length : utf16Offset(piece.text, place.end)
  const label = place?.label ?? ''
  const message = error.message.replace(ENGINE_PREFIX, '')
  const help = error.help ?? undefined
  return diagnosticAt(
    piece.source,
    { offset: piece.offset + start, length: end - start },
    {
      severity: error.severity ?? severity,
      code,
      message: label === '' ? message : `${message}: ${label}`,
      ...(help === undefined ? {} : { help }),
    },
  )
}

const ENGINE_PREFIX =
  /^(?:failed to parse (?:policy|policies|template|schema) from string: |error parsing schema: |for policy `[^`]*`, )+/

function utf16Offset(text: string, bytes: number): number {
  let seen = 0
  let offset = 0
  for (const character of text) {
    if (seen >= bytes) break
    const point = character.codePointAt(0) ?? 0
    seen += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
    offset += character.length
  }
  return offset
}
