// A condition cut into the terms that a person reads: each evaluates on its own and knows where it
// stands in the source. Explanations and coverage both speak of terms.
import type { Clause, Expr, Policy } from './ast.ts'
import { compileExpr } from './compile.ts'
import type { Compiled } from './compile.ts'
import { ExprPool } from './expr-pool.ts'
import { clausePlaces, conjuncts, spanAt } from './lexer.ts'
import type { Span } from './syntax.ts'

/** A condition as the terms of its `&&`. */
export interface ClauseTerms {
  readonly kind: Clause['kind']
  readonly terms: readonly Term[]
}

/** One term, with its place in the policy's text. */
export interface Term {
  readonly expr: Expr
  readonly holds: Compiled
  readonly place: { readonly offset: number; readonly length: number } | undefined
}

/**
 * The terms of a policy's conditions. The source may show fewer terms than the tree, when some stand
 * in parentheses: then the tree's leading terms belong to the first place, because `&&` groups to
 * the left.
 */
export function clauseTerms(
  policy: Policy,
  pool: ExprPool<Compiled> = new ExprPool(),
): ClauseTerms[] {
  const { text } = policy.syntax
  const clauses = clausePlaces(text)
  return policy.clauses.map(({ kind, body }, index) => {
    const at = clauses[index]
    const places = at === undefined ? [] : conjuncts(text, at.body)
    const exprs = kind === 'when' && body.kind === 'and' ? body.items : [body]
    const [first, last] = [places[0], places.at(-1)]
    const surplus = exprs.length - places.length
    const placeOf = (item: number): Term['place'] => {
      if (first === undefined || last === undefined) return undefined
      if (exprs.length > 1) return places[Math.max(0, item - surplus)]
      return { offset: first.offset, length: last.offset + last.length - first.offset }
    }
    const terms = exprs.map((expr, item) => {
      return { expr, holds: compileExpr(expr, pool), place: placeOf(item) }
    })
    return { kind, terms }
  })
}

/** The source of a place in a policy's text, and its span in the policy's file. */
export function locate(
  policy: Policy,
  place: { offset: number; length: number },
): { text: string; span: Span } {
  const { text, span } = policy.syntax
  const inPolicy = spanAt(text, place.offset, place.length)
  return {
    text: text.slice(place.offset, place.offset + place.length),
    span: {
      line: span.line + inPolicy.line - 1,
      column: inPolicy.line === 1 ? span.column + inPolicy.column - 1 : inPolicy.column,
      offset: span.offset + place.offset,
      length: place.length,
    },
  }
}
