// Cedar's JSON policy format, checked once and turned into a tree that can be switched over. What
// this engine could not evaluate exactly (a slot that was never linked, partial evaluation's
// `unknown`, a function nobody knows) is refused here, before any request depends on it.
import { EXTENSIONS } from './extensions.ts'
import { checkedTypeName, detached, isObject, uidFromJson, valueFromJson } from './json.ts'
import type { EntityResolver } from './json.ts'
import { longFromBigInt } from './long.ts'
import type { PolicySyntax } from './syntax.ts'
import type { Entity, Value } from './values.ts'

export type Variable = 'principal' | 'action' | 'resource' | 'context'

export type Expr =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'var'; readonly name: Variable }
  | { readonly kind: 'not' | 'neg' | 'isEmpty'; readonly arg: Expr }
  | { readonly kind: 'and' | 'or'; readonly items: readonly Expr[] }
  | { readonly kind: 'if'; readonly test: Expr; readonly yes: Expr; readonly no: Expr }
  | BinaryExpr
  | { readonly kind: 'is'; readonly left: Expr; readonly type: string; readonly within?: Expr }
  | { readonly kind: 'like'; readonly left: Expr; readonly pattern: readonly (string | null)[] }
  | { readonly kind: 'get'; readonly left: Expr; readonly attr: string }
  | { readonly kind: 'has'; readonly left: Expr; readonly path: readonly string[] }
  | { readonly kind: 'set'; readonly items: readonly Expr[] }
  | { readonly kind: 'record'; readonly fields: readonly (readonly [string, Expr])[] }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expr[] }

const BINARY = [
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  '+',
  '-',
  '*',
  'in',
  'contains',
  'containsAll',
  'containsAny',
  'getTag',
  'hasTag',
] as const
export type BinaryKind = (typeof BINARY)[number]

export interface BinaryExpr {
  readonly kind: BinaryKind
  readonly left: Expr
  readonly right: Expr
}

/** Whether an expression is an operator between two others. */
export function isBinary(expr: Expr): expr is BinaryExpr {
  return BINARY_KINDS.has(expr.kind)
}

const BINARY_KINDS: ReadonlySet<string> = new Set(BINARY)

export type ScopeRule =
  | { readonly kind: 'any' }
  | { readonly kind: 'is'; readonly type: string }
  | { readonly kind: 'equals'; readonly entity: Entity }
  | { readonly kind: 'in'; readonly entities: readonly Entity[]; readonly type?: string }

export interface Clause {
  readonly kind: 'when' | 'unless'
  readonly body: Expr
}

/** A policy, ready to be evaluated. */
export interface Policy {
  readonly id: string
  readonly effect: 'permit' | 'forbid'
  readonly principal: ScopeRule
  readonly action: ScopeRule
  readonly resource: ScopeRule
  readonly clauses: readonly Clause[]
  readonly syntax: PolicySyntax
}

/** A policy that this engine refuses to evaluate, because it could not do so exactly. */
export class UnsupportedPolicy extends Error {
  override readonly name = 'UnsupportedPolicy'
  readonly policy: string

  constructor(policy: string, message: string) {
    super(`policy \`${policy}\`: ${message}`)
    this.policy = policy
  }
}

/** More than the parser lets through, and well within the stack of a small thread. */
const EXPRESSION_DEPTH_MAX = 1200

/** Checks a policy's syntax tree; `resolve` gives its literal entities. Throws `UnsupportedPolicy`. */
export function readPolicy(syntax: PolicySyntax, resolve: EntityResolver = detached): Policy {
  const refuse = (message: string): never => {
    throw new UnsupportedPolicy(syntax.id, message)
  }
  const { est } = syntax
  if (est.effect !== 'permit' && est.effect !== 'forbid') refuse('expected `permit` or `forbid`')
  try {
    return {
      id: syntax.id,
      effect: est.effect,
      principal: readPart(est.principal, refuse, resolve),
      action: readScope(est.action, refuse, resolve),
      resource: readPart(est.resource, refuse, resolve),
      clauses: est.conditions.map(({ kind, body }) => ({
        kind,
        body: readExpr(body, { refuse, resolve }, 0),
      })),
      syntax,
    }
  } catch (error) {
    if (error instanceof UnsupportedPolicy) throw error
    return refuse(error instanceof Error ? error.message : String(error))
  }
}

type Refuse = (message: string) => never

/** The scope of a principal or a resource; only that of an action may list entities. */
function readPart(est: unknown, refuse: Refuse, resolve: EntityResolver): ScopeRule {
  const rule = readScope(est, refuse, resolve)
  return rule.kind === 'in' && rule.entities.length !== 1
    ? refuse('a principal or a resource can be `in` one entity only')
    : rule
}

function readScope(est: unknown, refuse: Refuse, resolve: EntityResolver): ScopeRule {
  if (!isObject(est)) return refuse('a scope is missing')
  if ('slot' in est) return refuse(`the slot \`${String(est['slot'])}\` is not linked to an entity`)
  switch (est['op']) {
    case 'All':
      return { kind: 'any' }
    case '==':
      return { kind: 'equals', entity: readEntity(est['entity'], resolve) }
    case 'in':
      return {
        kind: 'in',
        entities: (Array.isArray(est['entities']) ? est['entities'] : [est['entity']]).map(
          (each: unknown) => readEntity(each, resolve),
        ),
      }
    case 'is': {
      const type = checkedTypeName(String(est['entity_type']), '')
      if (est['in'] === undefined) return { kind: 'is', type }
      const within = readScope(
        { op: 'in', ...(isObject(est['in']) ? est['in'] : {}) },
        refuse,
        resolve,
      )
      return within.kind === 'in' ? { ...within, type } : refuse('a scope is malformed')
    }
    default:
      return refuse(`no scope operator \`${String(est['op'])}\``)
  }
}

function readEntity(json: unknown, resolve: EntityResolver): Entity {
  const { type, id } = uidFromJson(json, '')
  return resolve(type, id)
}

interface Reading {
  readonly refuse: Refuse
  readonly resolve: EntityResolver
}

function readExpr(est: unknown, reading: Reading, depth: number): Expr {
  const { refuse, resolve } = reading
  if (depth > EXPRESSION_DEPTH_MAX) return refuse(`nests deeper than ${EXPRESSION_DEPTH_MAX}`)
  if (!isObject(est)) return refuse('an expression is malformed')
  const [operator = '', ...others] = Object.keys(est)
  if (others.length > 0) return refuse('an expression has more than one operator')
  const body = est[operator]
  const sub = (child: unknown): Expr => readExpr(child, reading, depth + 1)
  if (operator === 'Value') return { kind: 'value', value: readLiteral(body, resolve) }
  if (operator === 'Var') return { kind: 'var', name: readVariable(body, refuse) }
  if (operator === 'Slot') return refuse('slots may stand only in the scope')
  if (operator === '&&' || operator === '||') {
    return { kind: operator === '&&' ? 'and' : 'or', items: chain(est, operator).map(sub) }
  }
  if (operator === 'Set') return { kind: 'set', items: list(body, refuse).map(sub) }
  if (isObject(body)) {
    if (operator === 'Record') {
      return {
        kind: 'record',
        fields: Object.entries(body).map(([name, each]) => [name, sub(each)]),
      }
    }
    return readOperator(operator, body, sub, refuse)
  }
  const args = list(body, refuse).map(sub)
  if (EXTENSIONS.get(operator)?.arity !== args.length) {
    return refuse(`no function \`${operator}\` of ${args.length} argument(s)`)
  }
  return { kind: 'call', name: operator, args }
}

function readOperator(
  operator: string,
  body: { readonly [name: string]: unknown },
  sub: (child: unknown) => Expr,
  refuse: Refuse,
): Expr {
  const binary = BINARY.find((each) => each === operator)
  if (binary !== undefined)
    return { kind: binary, left: sub(body['left']), right: sub(body['right']) }
  switch (operator) {
    case '!':
      return { kind: 'not', arg: sub(body['arg']) }
    case 'neg':
    case 'isEmpty':
      return { kind: operator, arg: sub(body['arg']) }
    case 'if-then-else':
      return { kind: 'if', test: sub(body['if']), yes: sub(body['then']), no: sub(body['else']) }
    case '.':
      return { kind: 'get', left: sub(body['left']), attr: String(body['attr']) }
    case 'has': {
      const path = Array.isArray(body['attr']) ? body['attr'].map(String) : [String(body['attr'])]
      return { kind: 'has', left: sub(body['left']), path }
    }
    case 'is': {
      const type = checkedTypeName(String(body['entity_type']), '')
      const left = sub(body['left'])
      return body['in'] === undefined
        ? { kind: 'is', left, type }
        : { kind: 'is', left, type, within: sub(body['in']) }
    }
    case 'like':
      return {
        kind: 'like',
        left: sub(body['left']),
        pattern: readPattern(body['pattern'], refuse),
      }
    default:
      return refuse(`no operator \`${operator}\``)
  }
}

// `a && b && c` nests to the left once for every term; a long chain must not cost stack.
function chain(est: unknown, operator: '&&' | '||'): unknown[] {
  const items: unknown[] = []
  let head: unknown = est
  while (isObject(head) && isObject(head[operator])) {
    items.push(head[operator]['right'])
    head = head[operator]['left']
  }
  return [head, ...items.reverse()]
}

function readLiteral(json: unknown, resolve: EntityResolver): Value {
  if (isObject(json) && typeof json['__long'] === 'string') {
    const long = longFromBigInt(BigInt(json['__long']))
    if (long !== undefined) return long
  }
  return valueFromJson(json, resolve)
}

function readVariable(name: unknown, refuse: Refuse): Variable {
  switch (name) {
    case 'principal':
    case 'action':
    case 'resource':
    case 'context':
      return name
    default:
      return refuse(`no variable \`${String(name)}\``)
  }
}

function readPattern(json: unknown, refuse: Refuse): (string | null)[] {
  return list(json, refuse).map((element) => {
    if (element === 'Wildcard') return null
    return isObject(element) && typeof element['Literal'] === 'string'
      ? element['Literal']
      : refuse('a pattern is malformed')
  })
}

function list(json: unknown, refuse: Refuse): readonly unknown[] {
  return Array.isArray(json) ? json : refuse('an expression is malformed')
}

/** The direct parts of an expression. */
export function childrenOf(expr: Expr): readonly Expr[] {
  if (isBinary(expr)) return [expr.left, expr.right]
  switch (expr.kind) {
    case 'value':
    case 'var':
      return []
    case 'not':
    case 'neg':
    case 'isEmpty':
      return [expr.arg]
    case 'and':
    case 'or':
    case 'set':
      return expr.items
    case 'if':
      return [expr.test, expr.yes, expr.no]
    case 'is':
      return expr.within === undefined ? [expr.left] : [expr.left, expr.within]
    case 'like':
    case 'get':
    case 'has':
      return [expr.left]
    case 'record':
      return expr.fields.map(([, field]) => field)
    case 'call':
      return expr.args
  }
}
