// What the validator cannot know: policies that are right by themselves but pointless, or more open
// than they look, beside the others; and policies that nobody is answerable for.
import { clausePlaces } from '@countersign/policy/lexer'
import type { EstPolicy, EstScope, PolicySyntax } from '@countersign/policy/syntax'
import { annotationPlace, spanWithin } from './annotations.ts'
import type { Place } from './annotations.ts'
import { impossibleCondition } from './contradictions.ts'
import type { Diagnostic, Severity } from './diagnostics.ts'

export interface LintOptions {
  /** Milliseconds since the epoch. Without it, no review is found overdue. */
  readonly now?: number
}

/** Looks at a whole policy set. The set must be free of errors. */
export function lintPolicies(
  policies: readonly PolicySyntax[],
  options: LintOptions = {},
): Diagnostic[] {
  return [
    ...duplicates(policies),
    ...overshadowed(policies),
    ...policies.flatMap((policy) => [
      ...impossible(policy),
      ...unnamed(policy),
      ...unanswered(policy, options.now),
    ]),
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
      yield found(policy, {
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
      yield found(policy, finding)
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
  // Two absolute policies of one scope are duplicates, and reported as such.
  const isTwin = policy.est.conditions.length === 0 && covers(policy.est, wider.est)
  if (wider.est.effect !== policy.est.effect || isTwin) return undefined
  if (policy.est.effect === 'forbid') {
    return {
      severity: 'warning',
      code: 'lint.unreachable',
      message: `policy ${names} forbids nothing more: \`${wider.id}\` forbids all of it`,
      help: `remove it, or check that \`${wider.id}\` is meant to be so wide`,
    }
  }
  const isConditional = policy.est.conditions.length > 0
  return {
    severity: 'warning',
    code: 'lint.wider-permit',
    message: isConditional
      ? `the conditions of ${names} mean nothing: \`${wider.id}\` permits the same without any`
      : `policy ${names} permits nothing more: \`${wider.id}\` permits all of it`,
    help: `check that \`${wider.id}\` is meant to be so wide`,
  }
}

function* impossible(policy: PolicySyntax): Generator<Diagnostic> {
  const at = impossibleCondition(policy.est)
  if (at === undefined) return
  const finding: Finding = {
    severity: 'warning',
    code: 'lint.never-applies',
    message: `policy \`${policy.id}\` has a condition that can never be met, so it ${policy.est.effect}s nothing`,
    help: 'correct the condition, or remove the policy',
  }
  yield found(policy, finding, clausePlaces(policy.text)[at]?.body)
}

function* unnamed(policy: PolicySyntax): Generator<Diagnostic> {
  if (policy.annotations['id'] !== undefined) return
  yield found(policy, {
    severity: 'advice',
    code: 'lint.missing-id',
    message: `policy \`${policy.id}\` has no name of its own; its name changes when the file does`,
    help: 'add `@id("…")`',
  })
}

function* unanswered(policy: PolicySyntax, now: number | undefined): Generator<Diagnostic> {
  const { id, annotations } = policy
  if ((annotations['owner'] ?? '').trim() === '') {
    yield found(policy, {
      severity: 'advice',
      code: 'lint.missing-owner',
      message: `policy \`${id}\` has no owner, so nobody answers for it`,
      help: 'add `@owner("team")`',
    })
  }
  const review = annotations['review']
  if (review === undefined) {
    yield found(policy, {
      severity: 'advice',
      code: 'lint.missing-review',
      message: `policy \`${id}\` has no date of review`,
      help: 'add `@review("2027-06-30")`',
    })
    return
  }
  const finding = reviewFault(id, review, now)
  if (finding !== undefined) yield found(policy, finding, annotationPlace(policy.text, 'review'))
}

const DAY_MS = 86_400_000

function reviewFault(id: string, review: string, now: number | undefined): Finding | undefined {
  const startsAt = /^\d{4}-\d{2}-\d{2}$/.test(review) ? Date.parse(review) : NaN
  // `Date.parse` may move a day that a month does not have into the next.
  if (Number.isNaN(startsAt) || !new Date(startsAt).toISOString().startsWith(review)) {
    return {
      severity: 'warning',
      code: 'lint.review-date',
      message: `policy \`${id}\` is to be reviewed at \`${review}\`, which is no date`,
      help: 'write year, month and day, as in `@review("2027-06-30")`',
    }
  }
  // The day itself is not yet late, wherever on earth it is read.
  if (now === undefined || now < startsAt + DAY_MS) return undefined
  return {
    severity: 'warning',
    code: 'lint.review-overdue',
    message: `policy \`${id}\` was to be reviewed by \`${review}\``,
    help: 'ask its owner to review it and to set the next date',
  }
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

function found(policy: PolicySyntax, finding: Finding, place?: Place): Diagnostic {
  const file = policy.file === undefined ? {} : { file: policy.file }
  const span = place === undefined ? policy.span : spanWithin(policy, place)
  return { ...finding, span, ...file }
}
