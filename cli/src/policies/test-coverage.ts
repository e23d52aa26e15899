// How much of the policies the tests exercised, as one number and as the list of what is missing.
import type { PolicyCoverage } from '@countersign/policy/coverage'

export interface TestCoverage {
  /** Of all policies that could have been satisfied, and all terms that could have held or failed. */
  readonly percent: number
  readonly sides: { readonly seen: number; readonly all: number }
  readonly missing: readonly MissingSide[]
  readonly policies: readonly PolicyCoverage[]
}

/** Something that no test has exercised. */
export interface MissingSide {
  readonly policy: string
  readonly file?: string
  readonly line: number
  readonly column: number
  /** For a policy: never relevant, or never satisfied. For a term: what it never was. */
  readonly what: 'never applied' | 'never satisfied' | 'never true' | 'never false'
  readonly text?: string
}

export function coverageOf(policies: readonly PolicyCoverage[]): TestCoverage {
  const missing = policies.flatMap((policy) => missingOf(policy))
  let seen = 0
  let all = 0
  for (const { satisfied, terms } of policies) {
    const sides = [satisfied > 0, ...terms.flatMap(({ held, failed }) => [held > 0, failed > 0])]
    all += sides.length
    seen += sides.filter(Boolean).length
  }
  // Rounded down, so that 100 means everything.
  const percent = all === 0 ? 100 : Math.floor((100 * seen) / all)
  return { percent, sides: { seen, all }, missing, policies }
}

function missingOf({
  policy,
  file,
  span,
  applied,
  satisfied,
  terms,
}: PolicyCoverage): MissingSide[] {
  const head = { policy, ...(file === undefined ? {} : { file }) }
  const at = { line: span.line, column: span.column }
  if (applied === 0) return [{ ...head, ...at, what: 'never applied' }]
  const missing: MissingSide[] = []
  if (satisfied === 0) missing.push({ ...head, ...at, what: 'never satisfied' })
  for (const { kind, held, failed, text, span: place = span } of terms) {
    const term = {
      ...head,
      line: place.line,
      column: place.column,
      ...(text === undefined ? {} : { text }),
    }
    // A term of `unless` lets the policy apply by being false.
    const [yes, no] = kind === 'when' ? [held, failed] : [failed, held]
    if (yes === 0) missing.push({ ...term, what: 'never true' })
    if (no === 0) missing.push({ ...term, what: 'never false' })
  }
  return missing
}
