// Conditions that cannot be met, whatever is asked and whatever is known: found by looking at the
// policy alone, and only where it is certain.
import { isObject } from '@countersign/policy/json'
import type { EstNode, EstPolicy } from '@countersign/policy/syntax'

/** The place, in order, of a condition of a policy that can never be met. */
export function impossibleCondition(policy: EstPolicy): number | undefined {
  const demands = new Demands(policy)
  const at = policy.conditions.findIndex(
    ({ kind, body }) =>
      kind === 'when' &&
      (neverTrue(body) || operands(body, '&&').some((term) => demands.contradict(term))),
  )
  if (at >= 0) return at
  // All that is demanded is known by now, so an exception that it always meets shows.
  const exception = policy.conditions.findIndex(
    ({ kind, body }) =>
      kind === 'unless' &&
      operands(body, '&&').every((term) => neverFalse(term) || demands.include(term)),
  )
  return exception < 0 ? undefined : exception
}

// What errs is neither true nor false: `x && false` is never true although `x` may have no value.
function neverTrue(expr: EstNode | undefined): boolean {
  const { operator, body } = parts(expr)
  switch (operator) {
    case 'Value':
      return body === false
    case '!':
      return neverFalse(member(body, 'arg'))
    case '&&':
      return operands(expr, operator).some(neverTrue)
    case '||':
      return operands(expr, operator).every(neverTrue)
    case 'if-then-else':
      return neverTrue(member(body, 'then')) && neverTrue(member(body, 'else'))
    case '==':
      return comparison(body) === false
    case '!=':
      return comparison(body) === true
    case 'in':
      return isEmptySet(member(body, 'right'))
    case 'contains':
      return isEmptySet(member(body, 'left'))
    default:
      return false
  }
}

function neverFalse(expr: EstNode | undefined): boolean {
  const { operator, body } = parts(expr)
  switch (operator) {
    case 'Value':
      return body === true
    case '!':
      return neverTrue(member(body, 'arg'))
    case '&&':
      return operands(expr, operator).every(neverFalse)
    case '||':
      return operands(expr, operator).some(neverFalse)
    case 'if-then-else':
      return neverFalse(member(body, 'then')) && neverFalse(member(body, 'else'))
    case '==':
      return comparison(body) === true
    case '!=':
      return comparison(body) === false
    default:
      return false
  }
}

/** What a policy demands of a question, as far as two demands can contradict each other. */
class Demands {
  readonly #values = new Map<string, string>()
  readonly #types = new Map<string, string>()

  constructor({ principal, resource }: EstPolicy) {
    for (const [name, scope] of [
      ['principal', principal],
      ['resource', resource],
    ] as const) {
      const subject = JSON.stringify({ Var: name })
      if (scope.op === 'is') this.#types.set(subject, scope.entity_type)
      if (scope.op !== '==' || !('entity' in scope)) continue
      const entity = 'type' in scope.entity ? { __entity: scope.entity } : scope.entity
      this.#values.set(subject, JSON.stringify(entity))
    }
  }

  /** Whether a term demands something else than was demanded before; it is added otherwise. */
  contradict(term: EstNode): boolean {
    const demand = this.#demandOf(term)
    if (demand === undefined) return false
    const before = demand.known.get(demand.subject)
    if (before === undefined) demand.known.set(demand.subject, demand.wanted)
    return before !== undefined && before !== demand.wanted
  }

  /** Whether a term is true wherever the demands are met. */
  include(term: EstNode): boolean {
    const demand = this.#demandOf(term)
    return demand?.isWhole === true && demand.known.get(demand.subject) === demand.wanted
  }

  #demandOf(term: EstNode) {
    const { operator, body } = parts(term)
    const subject = JSON.stringify(member(body, 'left'))
    if (operator === '==') {
      const wanted = literal(member(body, 'right'))
      return wanted === undefined
        ? undefined
        : { known: this.#values, subject, wanted, isWhole: true }
    }
    const wanted = member(body, 'entity_type')
    if (operator !== 'is' || typeof wanted !== 'string') return undefined
    const isWhole = member(body, 'in') === undefined
    return { known: this.#types, subject, wanted, isWhole }
  }
}

/** Whether two literals are equal; undefined unless both sides are literals. */
function comparison(body: EstNode | undefined): boolean | undefined {
  const left = literal(member(body, 'left'))
  const right = literal(member(body, 'right'))
  return left === undefined || right === undefined ? undefined : left === right
}

function literal(expr: EstNode | undefined): string | undefined {
  const { operator, body } = parts(expr)
  return operator === 'Value' ? JSON.stringify(body) : undefined
}

function isEmptySet(expr: EstNode | undefined): boolean {
  const { operator, body } = parts(expr)
  return operator === 'Set' && Array.isArray(body) && body.length === 0
}

/** The parts of a chain such as `a && b && c`, however long; the expression itself if it is none. */
function operands(expr: EstNode | undefined, operator: '&&' | '||'): EstNode[] {
  const found: EstNode[] = []
  const pending = [expr]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { operator: own, body } = parts(next)
    if (own === operator) pending.push(member(body, 'right'), member(body, 'left'))
    else found.push(next)
  }
  return found
}

function parts(expr: EstNode | undefined): {
  readonly operator: string
  readonly body: EstNode | undefined
} {
  const operator = (isObject(expr) ? Object.keys(expr)[0] : undefined) ?? ''
  return { operator, body: member(expr, operator) }
}

function member(node: EstNode | undefined, name: string): EstNode | undefined {
  return isObject(node) && Object.hasOwn(node, name) ? node[name] : undefined
}
