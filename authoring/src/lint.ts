// What the validator cannot know: policies that are right by themselves but pointless, or more open
// than they look, beside the others; and policies that nobody is answerable for.
import type { EstPolicy, EstScope, PolicySyntax } from '@countersign/policy/syntax'
import type { Diagnostic, Severity } from './diagnostics.ts'

/** Looks at a whole policy set. The set must be free of errors. */
export function lintPolicies(policies: readonly PolicySyntax[]): Diagnostic[] {
  return [
    ...duplicates(policies),
    ...overshadowed(policies),
    ...policies.flatMap((policy) => [...alone(policy)]),
  ]
}

interface Finding {
  readonly severity: Severity
  readonly code: string
  readonly message: string
  readonly help: string
}

function* duplicates(policies: readonly PolicySyntax[]): Generator<Diagnostic> {
  const seen = new Map<string, PolicySyntax>()
  for (const policy of policies) {
    const { effect, principal, action, resource, conditions } = policy.est
    const key = JSON.stringify([effect, principal, action, resource, conditions])
    const first = seen.get(key)
    if (first === undefined) seen.set(key, policy)
    else {
      yield at(policy, {
        severity: 'warning',
        code: 'lint.duplicate',
        message: `policy \`${policy.id}\` says the same as \`${first.id}\``,
        help: 'remove one of the two',
      })
    }
  }
}

// A policy without conditions settles everything in its scope.
function* overshadowed(policies: readonly PolicySyntax[]): Generator<Diagnostic> {
  const absolute = policies.filter(
    ({ est, stage }) => est.conditions.length === 0 && stage.kind === 'enforce',
  )
  for (const policy of policies) {
    for (const wider of absolute) {
      if (wider === policy || !covers(wider.est, policy.est)) continue
      const finding = shadow(policy, wider)
      if (finding === undefined) continue
      yield at(policy, finding)
      break
    }
  }
}

function shadow(policy: PolicySyntax, wider: PolicySyntax): Finding | undefined {
  const names = `\`${policy.id}\``
  if (wider.est.effect === 'forbid' && policy.est.effect === 'permit') {
    return {
      severity: 'warning',
      code: 'lint.unreachable',
      message: `policy ${names} can never permit anything: \`${wider.id}\` forbids all of it`,
      help: 'narrow the forbid, or remove the permit',
    }
  }
  if (wider.est.effect === 'permit' && policy.est.effect === 'permit') {
    // Two absolute policies of one scope are duplicates, and reported as such.
    if (policy.est.conditions.length === 0 && covers(policy.est, wider.est)) return undefined
    return {
      severity: 'warning',
      code: 'lint.wider-permit',
      message: `the conditions of ${names} mean nothing: \`${wider.id}\` permits the same without any`,
      help: `check that \`${wider.id}\` is meant to be so wide`,
    }
  }
  return undefined
}

function* alone(policy: PolicySyntax): Generator<Diagnostic> {
  const { id, annotations, est } = policy
  if (est.conditions.some(neverHolds)) {
    yield at(policy, {
      severity: 'warning',
      code: 'lint.never-applies',
      message: `policy \`${id}\` has a condition that is always false`,
      help: 'remove the policy, or keep it at stage `observe` while you work on it',
    })
  }
  if (annotations['id'] === undefined) {
    yield at(policy, {
      severity: 'advice',
      code: 'lint.missing-id',
      message: `policy \`${id}\` has no name of its own; its name changes when the file does`,
      help: 'add `@id("…")`',
    })
  }
  for (const name of ['owner', 'review'] as const) {
    if (annotations[name] !== undefined) continue
    yield at(policy, {
      severity: 'advice',
      code: `lint.missing-${name}`,
      message: `policy \`${id}\` has no \`@${name}\``,
      help: name === 'owner' ? 'add `@owner("team")`' : 'add `@review("2027-06-30")`',
    })
  }
}

function neverHolds({ kind, body }: EstPolicy['conditions'][number]): boolean {
  return body['Value'] === (kind === 'unless')
}

function covers(wider: EstPolicy, narrower: EstPolicy): boolean {
  return (
    scopeCovers(wider.principal, narrower.principal) &&
    scopeCovers(wider.resource, narrower.resource) &&
    actionCovers(wider.action, narrower.action)
  )
}

/** Whether the first scope certainly holds wherever the second does, whatever the entities are. */
function scopeCovers(wider: EstScope, narrower: EstScope): boolean {
  if (wider.op === 'All' || JSON.stringify(wider) === JSON.stringify(narrower)) return true
  if (wider.op === 'is') {
    const sameType = narrower.op === 'is' && narrower.entity_type === wider.entity_type
    return sameType && wider.in === undefined
  }
  if (wider.op !== 'in' || !('entity' in wider)) return false
  const group = JSON.stringify(wider.entity)
  if (narrower.op === 'is') {
    const { in: within } = narrower
    return within !== undefined && 'entity' in within && JSON.stringify(within.entity) === group
  }
  return narrower.op !== 'All' && 'entity' in narrower && JSON.stringify(narrower.entity) === group
}

function actionCovers(wider: EstPolicy['action'], narrower: EstPolicy['action']): boolean {
  if (wider.op === 'All') return true
  if (narrower.op === 'All') return false
  const named = (action: typeof wider): string[] =>
    ('entities' in action ? action.entities : [action.entity]).map((each) => JSON.stringify(each))
  const all = named(wider)
  if (wider.op === '==') return narrower.op === '==' && named(narrower)[0] === all[0]
  return named(narrower).every((each) => all.includes(each))
}

function at(policy: PolicySyntax, finding: Finding): Diagnostic {
  const file = policy.file === undefined ? {} : { file: policy.file }
  return { ...finding, span: policy.span, ...file }
}
