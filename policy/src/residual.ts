// What is left of a condition when all of a question but its principal, or all but its resource, is
// known. Asking about each of a hundred thousand people then repeats nothing that is the same for all.
import { childrenOf, isBinary } from './ast.ts'
import type { Expr } from './ast.ts'
import { compileExpr } from './compile.ts'
import type { Compiled, Env } from './compile.ts'
import type { ExprPool } from './expr-pool.ts'
import type { Open } from './scope-index.ts'
import { Failure } from './values.ts'

/**
 * The expression with everything in it that does not depend on the open part replaced by its value.
 * Whatever the open part turns out to be, it has the value, or the failure, of the original: what
 * fails by itself is left as it was, because it might not have been evaluated at all.
 */
export function residual(expr: Expr, open: Open, env: Env, pool: ExprPool<Compiled>): Expr {
  if (dependsOn(expr, open)) return withParts(expr, (part) => residual(part, open, env, pool))
  if (expr.kind === 'value') return expr
  const value = compileExpr(expr, pool)(env)
  return value instanceof Failure ? expr : { kind: 'value', value }
}

/** Whether an expression may have another value, or fail, for another open part. */
export function dependsOn(expr: Expr, open: Open): boolean {
  if (expr.kind === 'var') return expr.name === open
  const known = dependencies[open].get(expr)
  if (known !== undefined) return known
  const depends = childrenOf(expr).some((part) => dependsOn(part, open))
  dependencies[open].set(expr, depends)
  return depends
}

const dependencies: Readonly<Record<Open, WeakMap<Expr, boolean>>> = {
  principal: new WeakMap(),
  resource: new WeakMap(),
}

/** The same operation on other parts. */
function withParts(expr: Expr, change: (part: Expr) => Expr): Expr {
  if (isBinary(expr)) {
    return { kind: expr.kind, left: change(expr.left), right: change(expr.right) }
  }
  switch (expr.kind) {
    case 'value':
    case 'var':
      return expr
    case 'not':
    case 'neg':
    case 'isEmpty':
      return { kind: expr.kind, arg: change(expr.arg) }
    case 'and':
    case 'or':
    case 'set':
      return { kind: expr.kind, items: expr.items.map(change) }
    case 'if':
      return { ...expr, test: change(expr.test), yes: change(expr.yes), no: change(expr.no) }
    case 'is':
      return {
        ...expr,
        left: change(expr.left),
        ...(expr.within === undefined ? {} : { within: change(expr.within) }),
      }
    case 'like':
    case 'get':
    case 'has':
      return { ...expr, left: change(expr.left) }
    case 'record':
      return { kind: 'record', fields: expr.fields.map(([name, field]) => [name, change(field)]) }
    case 'call':
      return { ...expr, args: expr.args.map(change) }
  }
}
