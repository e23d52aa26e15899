// Which facts an expression reads, and what they were: what a person needs to see to understand why
// a condition did not hold.
import { childrenOf } from './ast.ts'
import type { Expr } from './ast.ts'
import { compileExpr } from './compile.ts'
import type { Env } from './compile.ts'
import { valueToJson } from './json.ts'
import type { ValueJson } from './json.ts'
import { Failure } from './values.ts'

export interface Observation {
  /** As in the source: `principal.department`, `context.device.encrypted`. */
  readonly path: string
  /** The value in Cedar's JSON convention; absent when there was none. */
  readonly value?: ValueJson
}

const OBSERVATIONS_MAX = 32

/** The facts that an expression reads, each once, with their values. */
export function observations(expr: Expr, env: Env, redact: readonly string[]): Observation[] {
  const seen = new Map<string, Observation>()
  const visit = (each: Expr): void => {
    const path = pathOf(each)
    if (path === undefined) {
      for (const child of childrenOf(each)) visit(child)
      return
    }
    if (seen.has(path) || seen.size >= OBSERVATIONS_MAX) return
    seen.set(path, observe(path, each, env, redact))
  }
  visit(expr)
  return [...seen.values()]
}

function observe(path: string, expr: Expr, env: Env, redact: readonly string[]): Observation {
  const hidden = redact.some((each) => path === each || path.startsWith(`${each}.`))
  const result = compileExpr(expr.kind === 'has' ? hasTarget(expr) : expr)(env)
  if (result instanceof Failure) return { path }
  return { path, value: hidden ? '[redacted]' : valueToJson(result) }
}

/** The source form of a chain of attributes that starts at a variable. */
function pathOf(expr: Expr): string | undefined {
  if (expr.kind === 'var') return expr.name
  if (expr.kind === 'has') return pathOf(hasTarget(expr))
  if (
    expr.kind === 'getTag' &&
    expr.right.kind === 'value' &&
    typeof expr.right.value === 'string'
  ) {
    const owner = pathOf(expr.left)
    return owner === undefined ? undefined : `${owner}.getTag(${JSON.stringify(expr.right.value)})`
  }
  if (expr.kind !== 'get') return undefined
  const owner = pathOf(expr.left)
  if (owner === undefined) return undefined
  const plain = /^[A-Za-z_][A-Za-z0-9_]*$/.test(expr.attr)
  return plain ? `${owner}.${expr.attr}` : `${owner}[${JSON.stringify(expr.attr)}]`
}

function hasTarget(expr: Extract<Expr, { kind: 'has' }>): Expr {
  let target = expr.left
  for (const attr of expr.path) target = { kind: 'get', left: target, attr }
  return target
}
