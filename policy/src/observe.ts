// Which facts an expression reads, and what they were: what a person needs to see to understand why
// a condition did not hold.
import { childrenOf } from './ast.ts'
import type { Expr } from './ast.ts'
import { compileExpr } from './compile.ts'
import type { Compiled, Env } from './compile.ts'
import type { ExprPool } from './expr-pool.ts'
import { valueToJson } from './json.ts'
import type { ValueJson } from './json.ts'
import { Failure } from './values.ts'

export interface Observation {
  /** As in the source: `principal.department`, `context.device.encrypted`. */
  readonly path: string
  /** The value in Cedar's JSON convention; absent when there was none. */
  readonly value?: ValueJson
}

/** Reads one fact again and again. */
export interface Observer {
  readonly path: string
  readonly read: Compiled
}

const OBSERVATIONS_MAX = 32

/** One observer for each fact that an expression reads. */
export function observersOf(expr: Expr, pool: ExprPool<Compiled>): readonly Observer[] {
  const seen = new Map<string, Observer>()
  const visit = (each: Expr): void => {
    const path = pathOf(each)
    if (path === undefined) {
      for (const child of childrenOf(each)) visit(child)
      return
    }
    if (seen.has(path) || seen.size >= OBSERVATIONS_MAX) return
    const read = compileExpr(each.kind === 'has' ? hasTarget(each) : each, pool)
    seen.set(path, { path, read })
  }
  visit(expr)
  return [...seen.values()]
}

/** What the facts were; values at or below a path in `redact` are withheld. */
export function observe(
  observers: readonly Observer[],
  env: Env,
  redact: readonly string[],
): Observation[] {
  const observed: Observation[] = []
  for (const { path, read } of observers) {
    const result = read(env)
    if (result instanceof Failure) observed.push({ path })
    else observed.push({ path, value: shown(path, valueToJson(result), redact) })
  }
  return observed
}

/** A value as it may be shown. */
export function shown(path: string, value: ValueJson, redact: readonly string[]): ValueJson {
  if (redact.length === 0) return value
  const hidden = redact.some((each) => path === each || path.startsWith(`${each}.`))
  return hidden ? '[redacted]' : value
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
