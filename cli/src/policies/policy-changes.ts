// Which policies two sets do not share. What a policy means is its syntax tree and its stage;
// comments, layout and annotations change nothing.
import { isDeepStrictEqual } from 'node:util'
import type { PolicySyntax } from '@countersign/policy/syntax'

export interface PolicyChange {
  readonly change: 'added' | 'removed' | 'changed' | 'renamed'
  readonly id: string
  /** For `renamed`: the id before. */
  readonly was?: string
  readonly file?: string
  readonly line: number
}

/** In the order of the new set, then what was removed. */
export function comparePolicies(
  before: readonly PolicySyntax[],
  after: readonly PolicySyntax[],
): PolicyChange[] {
  const old = new Map(before.map((policy) => [policy.id, policy]))
  const fresh = new Map(after.map((policy) => [policy.id, policy]))
  const gone = before.filter(({ id }) => !fresh.has(id))
  const changes: PolicyChange[] = []
  for (const policy of after) {
    const was = old.get(policy.id)
    if (was !== undefined) {
      if (!sameMeaning(was, policy)) changes.push({ change: 'changed', ...placed(policy) })
      continue
    }
    const index = gone.findIndex((each) => sameMeaning(each, policy))
    const [renamed] = index < 0 ? [] : gone.splice(index, 1)
    changes.push(
      renamed === undefined
        ? { change: 'added', ...placed(policy) }
        : { change: 'renamed', was: renamed.id, ...placed(policy) },
    )
  }
  return [...changes, ...gone.map((policy) => ({ change: 'removed' as const, ...placed(policy) }))]
}

function sameMeaning(left: PolicySyntax, right: PolicySyntax): boolean {
  const meaning = ({ est, stage }: PolicySyntax): unknown => [
    est.effect,
    est.principal,
    est.action,
    est.resource,
    est.conditions,
    stage,
  ]
  return isDeepStrictEqual(meaning(left), meaning(right))
}

function placed({ id, file, span }: PolicySyntax): Pick<PolicyChange, 'id' | 'file' | 'line'> {
  return { id, line: span.line, ...(file === undefined ? {} : { file }) }
}
