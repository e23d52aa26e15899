// Why: for each policy that concerns a question, whether it was satisfied, and if not, the first
// part that failed, where that part stands in the source and what values it saw.
import type { Clause, Expr, Policy, ScopeRule } from './ast.ts'
import { compileExpr } from './compile.ts'
import type { Env } from './compile.ts'
import { environment } from './engine.ts'
import type { CompiledPolicies, Query } from './engine.ts'
import type { EntityStore } from './entities.ts'
import { valueToJson } from './json.ts'
import type { ValueJson } from './json.ts'
import { clausePlaces, conjuncts, spanAt } from './lexer.ts'
import { ruleHolds } from './scope-index.ts'
import type { Span } from './syntax.ts'
import { Failure } from './values.ts'

/** What one policy made of a question. */
export interface Explanation {
  readonly policy: string
  readonly effect: 'permit' | 'forbid'
  /** `not-applicable`: the scope speaks of something else. `failed`: a condition did not hold. */
  readonly outcome: 'satisfied' | 'not-applicable' | 'failed' | 'errored'
  /** The first part that did not hold, or could not be evaluated. */
  readonly failing?: FailingPart
}

export interface FailingPart {
  readonly kind: 'when' | 'unless' | 'scope'
  /** For `scope`, which part of it. */
  readonly part?: 'principal' | 'action' | 'resource'
  /** The source of the failing term, as far as it can be told apart. */
  readonly text?: string
  /** Where `text` stands in the policy's file. */
  readonly span?: Span
  /** Each fact that the failing term reads, as it was at that moment. */
  readonly observed: readonly Observation[]
  /** Why the term could not be evaluated. */
  readonly message?: string
}

export interface Observation {
  /** As in the source: `principal.department`, `context.device.encrypted`. */
  readonly path: string
  /** The value in Cedar's JSON convention; absent when there was none. */
  readonly value?: ValueJson
}

export interface ExplainOptions {
  /** Paths whose values are withheld (`[redacted]`); a path covers everything below it. */
  readonly redact?: readonly string[]
  /** Also list policies whose scope speaks of something else. */
  readonly includeNotApplicable?: boolean
}

/**
 * Explains a question, one entry for each relevant policy in policy order: every policy whose action
 * and resource fit, so that a permit for someone else is shown as a near miss. Throws `DataError`.
 */
export function explain(
  policies: CompiledPolicies,
  entities: EntityStore,
  query: Query,
  options: ExplainOptions = {},
): Explanation[] {
  const env = environment(entities, query)
  const explanations: Explanation[] = []
  for (const { policy } of policies.policies) {
    const explanation = explainPolicy(policy, env, options)
    const near = explanation.failing?.part === 'principal'
    const applies = explanation.outcome !== 'not-applicable'
    if (applies || near || options.includeNotApplicable === true) explanations.push(explanation)
  }
  return explanations
}

function explainPolicy(policy: Policy, env: Env, options: ExplainOptions): Explanation {
  const head = { policy: policy.id, effect: policy.effect }
  const misfit = SCOPE_PARTS.find((part) => !ruleHolds(policy[part], env[part], env.store))
  if (misfit !== undefined) {
    return { ...head, outcome: 'not-applicable', failing: scopeFailure(policy, misfit, env) }
  }
  for (const [index, clause] of policy.clauses.entries()) {
    const failing = explainClause(policy, clause, index, env, options)
    if (failing === undefined) continue
    return { ...head, outcome: failing.message === undefined ? 'failed' : 'errored', failing }
  }
  return { ...head, outcome: 'satisfied' }
}

// The principal comes last: a policy about this action and this resource is a near miss.
const SCOPE_PARTS = ['action', 'resource', 'principal'] as const

function scopeFailure(
  policy: Policy,
  part: 'principal' | 'action' | 'resource',
  env: Env,
): FailingPart {
  const entity = env[part]
  const value = { __entity: { type: entity.type, id: entity.id } }
  const text = scopeText(part, policy[part])
  return { kind: 'scope', part, text, observed: [{ path: part, value }] }
}

function scopeText(part: string, rule: ScopeRule): string {
  switch (rule.kind) {
    case 'any':
      return part
    case 'is':
      return `${part} is ${rule.type}`
    case 'equals':
      return `${part} == ${rule.entity.shown}`
    case 'in': {
      const groups = rule.entities.map((entity) => entity.shown)
      const shown = groups.length === 1 ? groups[0] : `[${groups.join(', ')}]`
      return `${part}${rule.type === undefined ? '' : ` is ${rule.type}`} in ${shown}`
    }
  }
}

function explainClause(
  policy: Policy,
  clause: Clause,
  index: number,
  env: Env,
  options: ExplainOptions,
): FailingPart | undefined {
  const wanted = clause.kind === 'when'
  const terms = wanted ? termsOf(policy, clause, index) : [wholeClause(policy, clause, index)]
  for (const { expr, place } of terms) {
    const result = compileExpr(expr)(env)
    if (result === wanted) continue
    const located = place === undefined ? {} : locate(policy, place)
    const observed = observations(expr, env, options.redact ?? [])
    if (typeof result === 'boolean') return { kind: clause.kind, ...located, observed }
    const message = result instanceof Failure ? result.message : 'a condition must be a bool'
    return { kind: clause.kind, ...located, observed, message }
  }
  return undefined
}

interface Term {
  readonly expr: Expr
  readonly place: { readonly offset: number; readonly length: number } | undefined
}

// The source may show fewer terms than the tree, when some stand in parentheses: then the tree's
// leading terms belong to the first place, because `&&` groups to the left.
function termsOf(policy: Policy, clause: Clause, index: number): Term[] {
  const { body } = clause
  if (body.kind !== 'and') return [wholeClause(policy, clause, index)]
  const at = clausePlaces(policy.syntax.text)[index]
  const places = at === undefined ? [] : conjuncts(policy.syntax.text, at.body)
  const surplus = body.items.length - places.length
  if (places.length === 0 || surplus < 0)
    return body.items.map((expr) => ({ expr, place: undefined }))
  return body.items.map((expr, item) => ({ expr, place: places[Math.max(0, item - surplus)] }))
}

function wholeClause(policy: Policy, clause: Clause, index: number): Term {
  const at = clausePlaces(policy.syntax.text)[index]
  const places = at === undefined ? [] : conjuncts(policy.syntax.text, at.body)
  const [first, last] = [places[0], places.at(-1)]
  if (first === undefined || last === undefined) return { expr: clause.body, place: undefined }
  const length = last.offset + last.length - first.offset
  return { expr: clause.body, place: { offset: first.offset, length } }
}

function locate(
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

const OBSERVATIONS_MAX = 32

/** The facts that an expression reads, each once, with their values. */
function observations(expr: Expr, env: Env, redact: readonly string[]): Observation[] {
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

/** The direct parts of an expression. */
export function childrenOf(expr: Expr): readonly Expr[] {
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
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case '+':
    case '-':
    case '*':
    case 'in':
    case 'contains':
    case 'containsAll':
    case 'containsAny':
    case 'getTag':
    case 'hasTag':
      return [expr.left, expr.right]
  }
}
