// Finds the policies whose scope fits a question. A scope never fails, so leaving out a policy
// whose scope is false can hide neither a reason nor an error: that is all this index relies on.
import type { Policy, ScopeRule } from './ast.ts'
import type { Env } from './compile.ts'
import type { EntityStore } from './entities.ts'
import type { Entity } from './values.ts'

export class ScopeIndex {
  readonly #policies: readonly Policy[]

  constructor(policies: readonly Policy[]) {
    this.#policies = policies
  }

  /** The places, in ascending order, of the policies whose whole scope is true. */
  candidates(env: Env): readonly number[] {
    const found: number[] = []
    for (const [order, policy] of this.#policies.entries()) {
      if (scopeHolds(policy, env)) found.push(order)
    }
    return found
  }
}

/** Whether all three parts of a policy's scope are true. */
export function scopeHolds(policy: Policy, env: Env): boolean {
  return (
    ruleHolds(policy.action, env.action, env.store) &&
    ruleHolds(policy.principal, env.principal, env.store) &&
    ruleHolds(policy.resource, env.resource, env.store)
  )
}

/** Whether one part of a scope is true of an entity. */
export function ruleHolds(rule: ScopeRule, entity: Entity, store: EntityStore): boolean {
  switch (rule.kind) {
    case 'any':
      return true
    case 'is':
      return entity.type === rule.type
    case 'equals':
      return entity.type === rule.entity.type && entity.id === rule.entity.id
    case 'in':
      return (
        (rule.type === undefined || entity.type === rule.type) &&
        rule.entities.some((group) => store.isIn(entity, group))
      )
  }
}
