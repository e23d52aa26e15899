// Why, in plain words. A refusal is explained from what was recorded of it: the policies that
// forbid it, or else the policies that would have allowed it and what they found missing, with
// each fact's value, age and provenance.
import type { DecisionRecord, NearMiss } from '@countersign/contract/decision'
import type { Release } from '@countersign/contract/documents'
import { type Provenance, provenances } from '@countersign/contract/facts'

/** What one policy has to do with a refusal. */
export interface Reason {
  readonly kind: 'forbidden' | 'condition' | 'somebody-else' | 'error'
  readonly policy: string
  /** The policy's title, or its id where it has none. */
  readonly title: string
  readonly description: string | undefined
  readonly owner: string | undefined
  /** The condition that did not hold, as it stands in the policy. */
  readonly condition: string | undefined
  readonly observed: readonly string[]
}

const reasonsMaxCount = 6

/** The reasons of a refusal, what forbids first. */
export function reasonsOf(
  record: Pick<DecisionRecord, 'explanation' | 'context'>,
  release: Release | undefined,
): readonly Reason[] {
  const reasons = record.explanation.flatMap((miss) => {
    const kind = kindOf(miss)
    return kind === undefined ? [] : [toReason(kind, miss, record.context, release)]
  })
  const order = ['forbidden', 'error', 'condition', 'somebody-else']
  return reasons
    .sort((left, right) => order.indexOf(left.kind) - order.indexOf(right.kind))
    .slice(0, reasonsMaxCount)
}

/** One sentence about the whole refusal. */
export function summaryOf(reasons: readonly Reason[]): string {
  if (reasons.some(({ kind }) => kind === 'forbidden')) {
    return 'A policy forbids this, whatever others allow.'
  }
  if (reasons.some(({ kind }) => kind === 'condition')) {
    return 'A policy could allow this, but something it asks for is missing.'
  }
  return 'No policy grants you this.'
}

function kindOf({ effect, outcome }: NearMiss): Reason['kind'] | undefined {
  switch (outcome) {
    case 'satisfied':
      return effect === 'forbid' ? 'forbidden' : undefined
    case 'errored':
      return 'error'
    case 'failed':
      return effect === 'permit' ? 'condition' : undefined
    case 'not-applicable':
      return effect === 'permit' ? 'somebody-else' : undefined
  }
}

function toReason(
  kind: Reason['kind'],
  { policy, condition, observed }: NearMiss,
  context: DecisionRecord['context'],
  release: Release | undefined,
): Reason {
  const annotations = annotationsOf(release, policy)
  return {
    kind,
    policy,
    title: annotations['title'] ?? policy,
    description: annotations['description'],
    owner: annotations['owner'],
    condition: kind === 'forbidden' ? undefined : condition,
    observed:
      kind === 'somebody-else'
        ? []
        : unique(mostExact(observed).map(({ path, value }) => observation(path, value, context))),
  }
}

/** Without what merely contains something else that was seen. */
function mostExact(observed: NearMiss['observed']): NearMiss['observed'] {
  return observed.filter(
    ({ path, value }) =>
      value === 'absent' || !observed.some((other) => other.path.startsWith(`${path}.`)),
  )
}

function annotationsOf(
  release: Release | undefined,
  policy: string,
): Readonly<Record<string, string>> {
  return release?.policies.find(({ id }) => id === policy)?.annotations ?? {}
}

const provenanceWords: Readonly<Record<Provenance, string>> = {
  attested: 'proved by a hardware key',
  reported: 'reported by a management system',
  'self-reported': 'said by the device itself',
}

/** A fact as it was seen: `disk encryption was false, reported by a management system 5 minutes ago`. */
function observation(path: string, value: string, context: DecisionRecord['context']): string {
  const name = wordsOf(path)
  if (value === 'absent') return `${name}: nothing current is known`
  const fact = factAround(path, context)
  const age = numberAt(fact, 'ageSeconds')
  const provenance = provenances.find((it) => it === fact?.['provenance'])
  const how = provenance === undefined ? '' : `, ${provenanceWords[provenance]}`
  const when = age === undefined ? '' : `, observed ${ageText(age)}`
  return `${name}: ${plainValue(value)}${how}${when}`
}

/** The record in the context that a path leads into, if it carries an age. */
function factAround(
  path: string,
  context: DecisionRecord['context'],
): Readonly<Record<string, unknown>> | undefined {
  const [root, ...names] = path.split('.')
  if (root !== 'context') return undefined
  let at: unknown = context
  let fact: Readonly<Record<string, unknown>> | undefined
  for (const name of names) {
    if (!isRecord(at)) break
    if ('ageSeconds' in at) fact = at
    at = at[name]
  }
  return isRecord(at) && 'ageSeconds' in at ? at : fact
}

function wordsOf(path: string): string {
  const words = path
    .replace(/^context\.|\.value$/g, '')
    .split('.')
    .map((name) => name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase())
  return words.join(' › ')
}

const valueMaxCharacters = 120

function plainValue(json: string): string {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    value = json
  }
  if (isRecord(value) && isRecord(value['__entity'])) {
    value = `${String(value['__entity']['type'])} ${String(value['__entity']['id'])}`
  } else if (isRecord(value) && isRecord(value['__extn'])) {
    value = value['__extn']['arg']
  }
  if (value === true) return 'yes'
  if (value === false) return 'no'
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > valueMaxCharacters ? `${text.slice(0, valueMaxCharacters)}…` : text
}

/** An age in words, as coarse as it was recorded. */
function ageText(seconds: number): string {
  const [count, unit] =
    seconds < 60
      ? [seconds, 'second']
      : seconds < 3_600
        ? [Math.round(seconds / 60), 'minute']
        : seconds < 86_400
          ? [Math.round(seconds / 3_600), 'hour']
          : [Math.round(seconds / 86_400), 'day']
  return `${count} ${unit}${count === 1 ? '' : 's'} ago`
}

function numberAt(
  record: Readonly<Record<string, unknown>> | undefined,
  name: string,
): number | undefined {
  const value = record?.[name]
  return typeof value === 'number' ? value : undefined
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)]
}
