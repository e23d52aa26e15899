// What is wrong with a file: where, what, and what to do about it, whichever tool noticed it.
import type { Diagnostic } from '@countersign/authoring/diagnostics'
import { spanAt } from '@countersign/policy/lexer'
import type { Span } from '@countersign/policy/syntax'

export type Severity = Diagnostic['severity']

export interface Finding {
  readonly severity: Severity
  /** Stable, dotted: `policy.syntax`, `entities.schema`. */
  readonly code: string
  /** Starts lower case, without a full stop. */
  readonly message: string
  readonly help?: string
  /** As shown: relative to where the command runs. */
  readonly file?: string
  readonly span?: Span
}

/** The files are not as they should be, so that there is no answer to what was asked. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly findings: readonly Finding[]

  constructor(findings: readonly Finding[]) {
    super(findings[0]?.message ?? 'refused')
    this.findings = findings
  }
}

/** A text and the file it came from. */
export interface SourceFile {
  readonly path: string
  readonly text: string
}

/** A finding at a place of a file; without a place, about the file as a whole. */
export function findingAt(
  { path, text }: SourceFile,
  place: { readonly offset: number; readonly length: number } | undefined,
  what: Pick<Finding, 'code' | 'message' | 'help'> & { readonly severity?: Severity },
): Finding {
  return {
    severity: 'error',
    ...what,
    file: path,
    ...(place === undefined ? {} : { span: spanAt(text, place.offset, place.length) }),
  }
}

export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some(({ severity }) => severity === 'error')
}

/** Throws `Refused` when one of the findings is an error. */
export function refuseErrors(findings: readonly Finding[]): void {
  if (hasErrors(findings))
    throw new Refused(findings.filter(({ severity }) => severity === 'error'))
}

/** In the order of files given, then of places. */
export function inOrder(findings: readonly Finding[], files: readonly string[]): Finding[] {
  const rank = new Map(files.map((file, index) => [file, index]))
  const rankOf = ({ file }: Finding): number => rank.get(file ?? '') ?? files.length
  return findings.toSorted(
    (left, right) =>
      rankOf(left) - rankOf(right) || (left.span?.offset ?? 0) - (right.span?.offset ?? 0),
  )
}

/** `2 errors, 1 warning`; severities that do not occur are left out. */
export function countText(findings: readonly Finding[]): string {
  const counts = (['error', 'warning', 'advice'] as const).flatMap((severity) => {
    const count = findings.filter((each) => each.severity === severity).length
    if (count === 0) return []
    return severity === 'advice' ? `${count} advice` : plural(count, severity)
  })
  return counts.length === 0 ? 'nothing to complain about' : counts.join(', ')
}

/** `1 policy`, `2 policies` */
export function plural(count: number, noun: string): string {
  const many = noun.endsWith('y') ? `${noun.slice(0, -1)}ies` : `${noun}s`
  return `${count} ${count === 1 ? noun : many}`
}
