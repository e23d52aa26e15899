// Makes one thing for all expressions that are written alike. Policies of one organisation repeat
// each other's terms; what is shared is compiled once and stays in the processor's cache.
import { childrenOf, isBinary } from './ast.ts'
import type { Expr } from './ast.ts'
import { keyOf } from './values.ts'

/** What was made for each different expression. */
export class ExprPool<T> {
  readonly #made = new Map<number, T>()
  readonly #numbers = new Map<string, number>()
  readonly #known = new WeakMap<Expr, number>()

  /** What was made for an expression of this structure before. */
  get(expr: Expr): T | undefined {
    return this.#made.get(this.#number(expr))
  }

  set(expr: Expr, made: T): void {
    this.#made.set(this.#number(expr), made)
  }

  // INVARIANT: two expressions have the same number if and only if they have the same structure.
  #number(expr: Expr): number {
    const known = this.#known.get(expr)
    if (known !== undefined) return known
    const parts: number[] = []
    for (const child of childrenOf(expr)) parts.push(this.#number(child))
    const key = JSON.stringify([expr.kind, parts, ownPart(expr)])
    let number = this.#numbers.get(key)
    if (number === undefined) this.#numbers.set(key, (number = this.#numbers.size))
    this.#known.set(expr, number)
    return number
  }
}

/** What an expression says beyond its kind and its parts. */
function ownPart(expr: Expr): unknown {
  if (isBinary(expr)) return undefined
  switch (expr.kind) {
    case 'value':
      return keyOf(expr.value)
    case 'var':
    case 'call':
      return expr.name
    case 'is':
      return expr.type
    case 'like':
      return expr.pattern
    case 'get':
      return expr.attr
    case 'has':
      return expr.path
    case 'record':
      return expr.fields.map(([name]) => name)
    case 'not':
    case 'neg':
    case 'isEmpty':
    case 'and':
    case 'or':
    case 'if':
    case 'set':
      return undefined
  }
}
