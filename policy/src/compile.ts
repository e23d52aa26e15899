// Turns expressions into closures. No source text is ever built, so this works where generating
// code from strings is forbidden. Failures are returned, not thrown: a missing attribute is an
// everyday event in an access decision, and unwinding would cost more than the whole evaluation.
import { childrenOf, isBinary } from './ast.ts'
import type { BinaryExpr, Expr, Variable } from './ast.ts'
import { attribute, presence } from './attributes.ts'
import type { EntityStore } from './entities.ts'
import type { ExprPool } from './expr-pool.ts'
import { EXTENSIONS, mistyped } from './extensions.ts'
import { isLong, negateLong } from './long.ts'
import { BINARY_OPERATORS, OVERFLOW, bothSides, notBool } from './operators.ts'
import { compilePattern } from './pattern.ts'
import { Entity, Failure, RecordValue, SetValue } from './values.ts'
import type { Result, Value } from './values.ts'

/** What an expression may look at. */
export interface Env {
  store: EntityStore
  principal: Entity
  action: Entity
  resource: Entity
  context: RecordValue
}

export type Compiled = (env: Env) => Result

/** Compiles an expression, once for all that are alike. Evaluating the result never throws. */
export function compileExpr(expr: Expr, pool: ExprPool<Compiled>): Compiled {
  const known = pool.get(expr)
  if (known !== undefined) return known
  const compiled = build(expr, pool)
  pool.set(expr, compiled)
  return compiled
}

function build(expr: Expr, pool: ExprPool<Compiled>): Compiled {
  if (isBinary(expr)) return binary(expr, pool)
  switch (expr.kind) {
    case 'value':
      return constant(expr.value)
    case 'var':
      return VARIABLES[expr.name]
    case 'not':
      return not(compileExpr(expr.arg, pool))
    case 'neg':
      return negation(compileExpr(expr.arg, pool))
    case 'isEmpty':
      return emptiness(compileExpr(expr.arg, pool))
    case 'and':
      return conjunction(expr.items.map((item) => compileExpr(item, pool)))
    case 'or':
      return disjunction(expr.items.map((item) => compileExpr(item, pool)))
    case 'if':
      return choice(
        compileExpr(expr.test, pool),
        compileExpr(expr.yes, pool),
        compileExpr(expr.no, pool),
      )
    case 'is':
      return isType(expr, pool)
    case 'like':
      return likeness(compileExpr(expr.left, pool), expr.pattern)
    case 'get':
      return attribute(expr.left, compileExpr(expr.left, pool), expr.attr)
    case 'has':
      return presence(compileExpr(expr.left, pool), expr.path)
    case 'set':
      return folded(expr, collection(expr.items.map((item) => compileExpr(item, pool))))
    case 'record':
      return folded(
        expr,
        recordOf(expr.fields.map(([name, field]) => [name, compileExpr(field, pool)])),
      )
    case 'call':
      return call(expr, pool)
  }
}

function binary({ kind, left, right }: BinaryExpr, pool: ExprPool<Compiled>): Compiled {
  const compiled = compileExpr(left, pool)
  // A group that is named needs no look at what the right side is.
  return kind === 'in' && right.kind === 'value' && right.value instanceof Entity
    ? membership(compiled, right.value)
    : BINARY_OPERATORS[kind](compiled, compileExpr(right, pool))
}

const VARIABLES: Readonly<Record<Variable, Compiled>> = {
  principal: (env) => env.principal,
  action: (env) => env.action,
  resource: (env) => env.resource,
  context: (env) => env.context,
}

function constant(value: Value): Compiled {
  return () => value
}

// `["read", "write"]` is the same set every time: build it once.
function folded(expr: Expr, compiled: Compiled): Compiled {
  if (!isConstant(expr)) return compiled
  let value: Result | undefined
  return (env) => (value ??= compiled(env))
}

function isConstant(expr: Expr): boolean {
  if (expr.kind === 'value') return true
  const isData = expr.kind === 'set' || expr.kind === 'record'
  return isData && childrenOf(expr).every(isConstant)
}

function not(arg: Compiled): Compiled {
  return (env) => {
    const value = arg(env)
    if (value === true) return false
    return value === false ? true : notBool(value)
  }
}

function negation(arg: Compiled): Compiled {
  return (env) => {
    const value = arg(env)
    if (isLong(value)) return negateLong(value) ?? OVERFLOW
    return value instanceof Failure ? value : mistyped('long', value)
  }
}

function emptiness(arg: Compiled): Compiled {
  return (env) => {
    const value = arg(env)
    if (value instanceof SetValue) return value.size === 0
    return value instanceof Failure ? value : mistyped('set', value)
  }
}

function conjunction(items: readonly Compiled[]): Compiled {
  const [first, second] = items
  if (first !== undefined && items.length === 1) {
    return (env) => {
      const value = first(env)
      return typeof value === 'boolean' ? value : notBool(value)
    }
  }
  if (first !== undefined && second !== undefined && items.length === 2) {
    return (env) => {
      const left = first(env)
      if (left !== true) return left === false ? false : notBool(left)
      const right = second(env)
      return typeof right === 'boolean' ? right : notBool(right)
    }
  }
  return (env) => {
    for (const item of items) {
      const value = item(env)
      if (value !== true) return value === false ? false : notBool(value)
    }
    return true
  }
}

function disjunction(items: readonly Compiled[]): Compiled {
  const [first, second] = items
  if (first !== undefined && second !== undefined && items.length === 2) {
    return (env) => {
      const left = first(env)
      if (left !== false) return left === true ? true : notBool(left)
      const right = second(env)
      return typeof right === 'boolean' ? right : notBool(right)
    }
  }
  return (env) => {
    for (const item of items) {
      const value = item(env)
      if (value !== false) return value === true ? true : notBool(value)
    }
    return false
  }
}

function choice(test: Compiled, yes: Compiled, no: Compiled): Compiled {
  return (env) => {
    const value = test(env)
    if (value === true) return yes(env)
    return value === false ? no(env) : notBool(value)
  }
}

function membership(left: Compiled, group: Entity): Compiled {
  return (env) => {
    const value = left(env)
    if (value instanceof Entity) return env.store.isIn(value, group)
    return value instanceof Failure ? value : mistyped('entity', value)
  }
}

function isType(expr: Extract<Expr, { kind: 'is' }>, pool: ExprPool<Compiled>): Compiled {
  const left = compileExpr(expr.left, pool)
  const { type } = expr
  const within =
    expr.within === undefined
      ? undefined
      : compileExpr({ kind: 'in', left: expr.left, right: expr.within }, pool)
  return (env) => {
    const value = left(env)
    if (value instanceof Entity) {
      if (value.type !== type) return false
      return within === undefined ? true : within(env)
    }
    return value instanceof Failure ? value : mistyped('entity', value)
  }
}

function likeness(left: Compiled, pattern: readonly (string | null)[]): Compiled {
  const matches = compilePattern(pattern)
  return (env) => {
    const value = left(env)
    if (typeof value === 'string') return matches(value)
    return value instanceof Failure ? value : mistyped('string', value)
  }
}

function collection(items: readonly Compiled[]): Compiled {
  return (env) => {
    const values: Value[] = []
    for (const item of items) {
      const value = item(env)
      if (value instanceof Failure) return value
      values.push(value)
    }
    return new SetValue(values)
  }
}

function recordOf(fields: readonly (readonly [string, Compiled])[]): Compiled {
  return (env) => {
    const values = new Map<string, Value>()
    for (const [name, field] of fields) {
      const value = field(env)
      if (value instanceof Failure) return value
      values.set(name, value)
    }
    return RecordValue.of(values)
  }
}

function call(expr: Extract<Expr, { kind: 'call' }>, pool: ExprPool<Compiled>): Compiled {
  const extension = EXTENSIONS.get(expr.name)
  const [first, second] = expr.args
  // INVARIANT: `readPolicy` let through only calls that the table holds, with the right arity.
  if (extension === undefined || first === undefined) throw new TypeError(`no \`${expr.name}\``)
  const self = compileExpr(first, pool)
  if (second !== undefined) {
    return bothSides((left, right) => extension.call(left, right))(self, compileExpr(second, pool))
  }
  // Most calls are `ip("10.0.0.0/8")` and the like: read once, here.
  if (extension.constructs && first.kind === 'value') {
    const result = extension.call(first.value, false)
    return () => result
  }
  return (env) => {
    const value = self(env)
    return value instanceof Failure ? value : extension.call(value, false)
  }
}
