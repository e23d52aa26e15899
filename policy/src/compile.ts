// Turns expressions into closures. No source text is ever built, so this works where generating
// code from strings is forbidden. Failures are returned, not thrown: a missing attribute is an
// everyday event in an access decision, and unwinding would cost more than the whole evaluation.
import { childrenOf } from './ast.ts'
import type { Expr, Variable } from './ast.ts'
import type { EntityStore } from './entities.ts'
import { EXTENSIONS, mistyped } from './extensions.ts'
import { isLong, negateLong } from './long.ts'
import { BINARY_OPERATORS, OVERFLOW, bothSides, notBool, unknownEntity } from './operators.ts'
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

/** Compiles an expression. Evaluating the result never throws. */
export function compileExpr(expr: Expr): Compiled {
  switch (expr.kind) {
    case 'value':
      return constant(expr.value)
    case 'var':
      return VARIABLES[expr.name]
    case 'not':
      return not(compileExpr(expr.arg))
    case 'neg':
      return negation(compileExpr(expr.arg))
    case 'isEmpty':
      return emptiness(compileExpr(expr.arg))
    case 'and':
      return conjunction(expr.items.map(compileExpr))
    case 'or':
      return disjunction(expr.items.map(compileExpr))
    case 'if':
      return choice(compileExpr(expr.test), compileExpr(expr.yes), compileExpr(expr.no))
    case 'is':
      return isType(expr)
    case 'like':
      return likeness(compileExpr(expr.left), expr.pattern)
    case 'get':
      return attribute(compileExpr(expr.left), expr.attr)
    case 'has':
      return presence(compileExpr(expr.left), expr.path)
    case 'set':
      return folded(expr, collection(expr.items.map(compileExpr)))
    case 'record':
      return folded(expr, recordOf(expr.fields.map(([name, field]) => [name, compileExpr(field)])))
    case 'call':
      return call(expr)
    case 'in':
      return expr.right.kind === 'value' && expr.right.value instanceof Entity
        ? membership(compileExpr(expr.left), expr.right.value)
        : BINARY_OPERATORS.in(compileExpr(expr.left), compileExpr(expr.right))
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case '+':
    case '-':
    case '*':
    case 'contains':
    case 'containsAll':
    case 'containsAny':
    case 'getTag':
    case 'hasTag':
      return BINARY_OPERATORS[expr.kind](compileExpr(expr.left), compileExpr(expr.right))
  }
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

function isType(expr: Extract<Expr, { kind: 'is' }>): Compiled {
  const left = compileExpr(expr.left)
  const { type } = expr
  const within =
    expr.within === undefined
      ? undefined
      : compileExpr({ kind: 'in', left: expr.left, right: expr.within })
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

function attribute(left: Compiled, name: string): Compiled {
  return (env) => {
    const value = left(env)
    if (value instanceof RecordValue) {
      return value.get(name) ?? new Failure(`the record does not have the attribute \`${name}\``)
    }
    if (value instanceof Entity) {
      const entity = value.home === env.store ? value : env.store.own(value)
      const member = entity.attrs.get(name)
      if (member !== undefined) return member
      if (!entity.present) return unknownEntity(entity)
      return new Failure(`\`${entity.shown}\` does not have the attribute \`${name}\``)
    }
    return value instanceof Failure ? value : mistyped('record or entity', value)
  }
}

function presence(left: Compiled, path: readonly string[]): Compiled {
  return (env) => {
    let value: Result | undefined = left(env)
    for (const name of path) {
      if (value instanceof RecordValue) value = value.get(name)
      else if (value instanceof Entity) value = env.store.own(value).attrs.get(name)
      else return value instanceof Failure ? value : mistyped('record or entity', value)
      if (value === undefined) return false
    }
    return true
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

function call(expr: Extract<Expr, { kind: 'call' }>): Compiled {
  const extension = EXTENSIONS.get(expr.name)
  const [first, second] = expr.args
  // INVARIANT: `readPolicy` let through only calls that the table holds, with the right arity.
  if (extension === undefined || first === undefined) throw new TypeError(`no \`${expr.name}\``)
  const self = compileExpr(first)
  if (second !== undefined) {
    return bothSides((left, right) => extension.call(left, right))(self, compileExpr(second))
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
