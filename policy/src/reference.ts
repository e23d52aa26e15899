// Cedar written down as plainly as possible, to hold the fast engine to account: every policy is
// evaluated in order, every integer is a bigint, a failure is an exception, nothing is precomputed.
// Both engines share every test; where they differ, one of them is wrong.
import { readPolicy } from './ast.ts'
import type { Expr, Policy, ScopeRule } from './ast.ts'
import type { Env } from './compile.ts'
import { environment } from './engine.ts'
import type { Answer, PolicyError, Query } from './engine.ts'
import type { EntityStore } from './entities.ts'
import { EXTENSIONS } from './extensions.ts'
import { isLong, longFromBigInt } from './long.ts'
import type { PolicySyntax } from './syntax.ts'
import { Entity, Failure, RecordValue, SetValue, keyOf } from './values.ts'
import type { Value } from './values.ts'

/** Answers a question as if every policy were enforced. Throws `DataError`. */
export function decideByReference(
  policies: readonly PolicySyntax[],
  entities: EntityStore,
  query: Query,
): Answer {
  const env = environment(entities, query)
  const satisfied: Record<Policy['effect'], string[]> = { permit: [], forbid: [] }
  const errors: PolicyError[] = []
  for (const policy of policies.map((syntax) => readPolicy(syntax))) {
    try {
      if (isSatisfied(policy, env)) satisfied[policy.effect].push(policy.id)
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error
      errors.push({ policy: policy.id, message: error.message })
    }
  }
  if (satisfied.forbid.length > 0) return { effect: 'deny', determining: satisfied.forbid, errors }
  const effect = satisfied.permit.length > 0 ? 'allow' : 'deny'
  return { effect, determining: satisfied.permit, errors }
}

class EvaluationError extends Error {}

function fail(message: string): never {
  throw new EvaluationError(message)
}

function isSatisfied(policy: Policy, env: Env): boolean {
  for (const part of ['principal', 'action', 'resource'] as const) {
    if (!isInScope(policy[part], env[part], env)) return false
  }
  for (const { kind, body } of policy.clauses) {
    if (bool(body, env) !== (kind === 'when')) return false
  }
  return true
}

function isInScope(rule: ScopeRule, entity: Entity, env: Env): boolean {
  switch (rule.kind) {
    case 'any':
      return true
    case 'is':
      return entity.type === rule.type
    case 'equals':
      return same(entity, rule.entity)
    case 'in':
      if (rule.type !== undefined && entity.type !== rule.type) return false
      return rule.entities.some((group) => isWithin(entity, group, env))
  }
}

function evaluate(expr: Expr, env: Env): Value {
  switch (expr.kind) {
    case 'value':
      return expr.value
    case 'var':
      return env[expr.name]
    case 'not':
      return !bool(expr.arg, env)
    case 'neg':
      return checked(-long(expr.arg, env))
    case 'isEmpty':
      return set(expr.arg, env).size === 0
    case 'and':
      return expr.items.every((item) => bool(item, env))
    case 'or':
      return expr.items.some((item) => bool(item, env))
    case 'if':
      return evaluate(bool(expr.test, env) ? expr.yes : expr.no, env)
    case 'is': {
      if (entity(expr.left, env).type !== expr.type) return false
      return expr.within === undefined || isMember(expr.left, expr.within, env)
    }
    case 'like':
      return isLike(Array.from(string(expr.left, env)), expr.pattern)
    case 'get':
      return get(evaluate(expr.left, env), expr.attr, env) ?? fail(`no attribute \`${expr.attr}\``)
    case 'has':
      return has(evaluate(expr.left, env), expr.path, env)
    case 'set':
      return new SetValue(expr.items.map((item) => evaluate(item, env)))
    case 'record':
      return RecordValue.of(expr.fields.map(([name, field]) => [name, evaluate(field, env)]))
    case 'call': {
      const [self = fail('no argument'), argument = false] = expr.args.map((arg) =>
        evaluate(arg, env),
      )
      const result = EXTENSIONS.get(expr.name)?.call(self, argument)
      if (result === undefined || result instanceof Failure) return fail(String(result?.message))
      return result
    }
    case 'in':
      return isMember(expr.left, expr.right, env)
    case '==':
      return isEqual(evaluate(expr.left, env), evaluate(expr.right, env))
    case '!=':
      return !isEqual(evaluate(expr.left, env), evaluate(expr.right, env))
    case '<':
      return ordered(expr.left, expr.right, env, (left, right) => left < right)
    case '<=':
      return ordered(expr.left, expr.right, env, (left, right) => left <= right)
    case '>':
      return ordered(expr.left, expr.right, env, (left, right) => left > right)
    case '>=':
      return ordered(expr.left, expr.right, env, (left, right) => left >= right)
    case '+':
      return checked(long(expr.left, env) + long(expr.right, env))
    case '-':
      return checked(long(expr.left, env) - long(expr.right, env))
    case '*':
      return checked(long(expr.left, env) * long(expr.right, env))
    case 'contains': {
      const all = [...set(expr.left, env)]
      const wanted = evaluate(expr.right, env)
      return all.some((item) => isEqual(item, wanted))
    }
    case 'containsAll': {
      const all = [...set(expr.left, env)]
      return [...set(expr.right, env)].every((each) => all.some((item) => isEqual(item, each)))
    }
    case 'containsAny': {
      const all = [...set(expr.left, env)]
      return [...set(expr.right, env)].some((each) => all.some((item) => isEqual(item, each)))
    }
    case 'getTag': {
      const owner = env.store.own(entity(expr.left, env))
      return owner.tags.get(string(expr.right, env)) ?? fail('no such tag')
    }
    case 'hasTag': {
      const owner = env.store.own(entity(expr.left, env))
      return owner.tags.has(string(expr.right, env))
    }
  }
}

function bool(expr: Expr, env: Env): boolean {
  const value = evaluate(expr, env)
  return typeof value === 'boolean' ? value : fail('expected bool')
}

function long(expr: Expr, env: Env): bigint {
  const value = evaluate(expr, env)
  return isLong(value) ? BigInt(value) : fail('expected long')
}

function string(expr: Expr, env: Env): string {
  const value = evaluate(expr, env)
  return typeof value === 'string' ? value : fail('expected string')
}

function set(expr: Expr, env: Env): SetValue {
  const value = evaluate(expr, env)
  return value instanceof SetValue ? value : fail('expected set')
}

function entity(expr: Expr, env: Env): Entity {
  return asEntity(evaluate(expr, env))
}

function asEntity(value: Value): Entity {
  return value instanceof Entity ? value : fail('expected entity')
}

function checked(value: bigint): Value {
  return longFromBigInt(value) ?? fail('overflow')
}

function get(owner: Value, attr: string, env: Env): Value | undefined {
  if (owner instanceof RecordValue) return owner.get(attr)
  return env.store.own(asEntity(owner)).attrs.get(attr)
}

function has(owner: Value, [attr = '', ...rest]: readonly string[], env: Env): boolean {
  const value = get(owner, attr, env)
  if (value === undefined) return false
  return rest.length === 0 || has(value, rest, env)
}

function isMember(left: Expr, right: Expr, env: Env): boolean {
  const member = entity(left, env)
  const group = evaluate(right, env)
  const groups = group instanceof SetValue ? [...group].map(asEntity) : [asEntity(group)]
  return groups.some((each) => isWithin(member, each, env))
}

function isWithin(member: Entity, group: Entity, env: Env): boolean {
  if (same(member, group)) return true
  return env.store.own(member).parents.some((parent) => isWithin(parent, group, env))
}

function same(left: Entity, right: Entity): boolean {
  return left.type === right.type && left.id === right.id
}

function ordered(
  left: Expr,
  right: Expr,
  env: Env,
  holds: (left: bigint, right: bigint) => boolean,
): boolean {
  const [first, second] = [evaluate(left, env), evaluate(right, env)]
  if (kindOf(first) !== kindOf(second)) return fail('cannot compare')
  return holds(magnitude(first), magnitude(second))
}

function kindOf(value: Value): string {
  if (typeof value === 'object') return value.kind
  return isLong(value) ? 'long' : typeof value
}

function magnitude(value: Value): bigint {
  if (isLong(value)) return BigInt(value)
  if (typeof value === 'object' && value.kind === 'datetime') return BigInt(value.epochMs)
  if (typeof value === 'object' && value.kind === 'duration') return BigInt(value.ms)
  return fail('has no order')
}

function isEqual(left: Value, right: Value): boolean {
  return keyOf(left) === keyOf(right)
}

function isLike(text: readonly string[], pattern: readonly (string | null)[]): boolean {
  const [head, ...rest] = pattern
  if (head === undefined) return text.length === 0
  if (head === null) {
    return isLike(text, rest) || (text.length > 0 && isLike(text.slice(1), pattern))
  }
  const literal = Array.from(head)
  return (
    literal.every((point, index) => text[index] === point) &&
    isLike(text.slice(literal.length), rest)
  )
}
