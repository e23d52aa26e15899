// Which policies and terms a set of questions has exercised, on both sides: a term that was never
// false has not been tested, however often it was true.
import { environment } from './engine.ts'
import type { CompiledPolicies, Query } from './engine.ts'
import type { EntityStore } from './entities.ts'
import type { Span } from './syntax.ts'
import { clauseTerms, locate } from './terms.ts'
import type { ClauseTerms } from './terms.ts'

export interface PolicyCoverage {
  readonly policy: string
  readonly span: Span
  readonly file?: string
  /** How often the scope fitted, and what came of it. */
  readonly applied: number
  readonly satisfied: number
  readonly failed: number
  readonly errored: number
  readonly terms: readonly TermCoverage[]
}

export interface TermCoverage {
  readonly kind: 'when' | 'unless'
  readonly text?: string
  readonly span?: Span
  readonly held: number
  readonly failed: number
  readonly errored: number
}

/** How much of a policy set was exercised, in `[0, 1]`; 1 for nothing to exercise. */
export interface CoverageSummary {
  readonly policies: number
  readonly terms: number
}

interface Count {
  held: number
  failed: number
  errored: number
}

/** Counts what questions exercise. */
export class Coverage {
  readonly #policies: CompiledPolicies
  readonly #clauses: readonly (readonly ClauseTerms[])[]
  readonly #counts: readonly { applied: number; whole: Count; terms: Count[] }[]

  constructor(policies: CompiledPolicies) {
    this.#policies = policies
    this.#clauses = policies.policies.map(({ policy }) => clauseTerms(policy))
    this.#counts = this.#clauses.map((clauses) => ({
      applied: 0,
      whole: none(),
      terms: clauses.flatMap(({ terms }) => terms.map(none)),
    }))
  }

  /** Counts one question. Throws `DataError`. */
  add(entities: EntityStore, query: Query): void {
    const env = environment(entities, query)
    for (const order of this.#policies.index.candidates(env)) {
      const count = this.#counts[order]
      if (count === undefined) continue
      count.applied += 1
      let side: keyof Count = 'held'
      let at = 0
      for (const { kind, terms } of this.#clauses[order] ?? []) {
        for (const { holds } of terms) {
          const result = holds(env)
          side =
            typeof result !== 'boolean'
              ? 'errored'
              : result === (kind === 'when')
                ? 'held'
                : 'failed'
          const term = count.terms[at]
          if (term !== undefined) term[side] += 1
          at += 1
          if (side !== 'held') break
        }
        if (side !== 'held') break
      }
      count.whole[side] += 1
    }
  }

  report(): PolicyCoverage[] {
    return this.#policies.policies.map(({ policy }, order) => {
      const { applied, whole, terms } = this.#counts[order] ?? {
        applied: 0,
        whole: none(),
        terms: [],
      }
      const places = (this.#clauses[order] ?? []).flatMap(({ kind, terms }) =>
        terms.map(({ place }) => ({ kind, ...(place === undefined ? {} : locate(policy, place)) })),
      )
      return {
        policy: policy.id,
        span: policy.syntax.span,
        ...(policy.syntax.file === undefined ? {} : { file: policy.syntax.file }),
        applied,
        satisfied: whole.held,
        failed: whole.failed,
        errored: whole.errored,
        terms: places.map((place, index) => ({ ...place, ...(terms[index] ?? none()) })),
      }
    })
  }

  /** What was exercised so far, in shares. */
  summary(): CoverageSummary {
    return summariseCoverage(this.report())
  }
}

/** Several reports about the same policies as one. A policy is known by its file and its place. */
export function mergeCoverage(reports: readonly (readonly PolicyCoverage[])[]): PolicyCoverage[] {
  const merged = new Map<string, PolicyCoverage>()
  for (const each of reports.flat()) {
    const key = JSON.stringify([each.file, each.span.offset, each.policy])
    const before = merged.get(key)
    merged.set(key, before === undefined ? each : sumOf(before, each))
  }
  return [...merged.values()]
}

/** The share of policies that were satisfied once, and of terms that were seen on both sides. */
export function summariseCoverage(report: readonly PolicyCoverage[]): CoverageSummary {
  const terms = report.flatMap((each) =>
    each.terms.flatMap(({ held, failed }) => [held > 0, failed > 0]),
  )
  return { policies: share(report.map(({ satisfied }) => satisfied > 0)), terms: share(terms) }
}

function sumOf(left: PolicyCoverage, right: PolicyCoverage): PolicyCoverage {
  return {
    ...left,
    applied: left.applied + right.applied,
    satisfied: left.satisfied + right.satisfied,
    failed: left.failed + right.failed,
    errored: left.errored + right.errored,
    terms: left.terms.map((term, index) => {
      const other = right.terms[index] ?? none()
      return {
        ...term,
        held: term.held + other.held,
        failed: term.failed + other.failed,
        errored: term.errored + other.errored,
      }
    }),
  }
}

function none(): Count {
  return { held: 0, failed: 0, errored: 0 }
}

function share(seen: readonly boolean[]): number {
  return seen.length === 0 ? 1 : seen.filter(Boolean).length / seen.length
}
