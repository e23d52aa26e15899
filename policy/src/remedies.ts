// What would allow this: the smallest set of things that somebody could do, found by asking the
// question again with each of them done. Nothing is returned that was not evaluated to an allow.
import { decideIn, environment } from './engine.ts'
import type { CompiledPolicies, DecideOptions, Query } from './engine.ts'
import type { EntityStore, EntityUid } from './entities.ts'
import type { Env } from './compile.ts'
import { valueFromJson } from './json.ts'
import type { ValueJson } from './json.ts'
import { RecordValue } from './values.ts'
import type { Value } from './values.ts'

/** Something a person could do, and the facts that would then be different. */
export interface Change {
  readonly id: string
  /** What kind of act it is. A remedy of `authentication` only is a step-up. */
  readonly kind: 'authentication' | 'device' | 'enrolment' | 'grant' | 'time' | 'other'
  /** Facts of the context as they would be, by path: `device.encrypted`. */
  readonly context?: Readonly<Record<string, ValueJson>>
  /** Groups that an entity would then be a member of. */
  readonly joins?: readonly { readonly entity: EntityUid; readonly group: EntityUid }[]
}

/** Changes that together turn the answer into an allow; none of them can be left out. */
export interface Remedy {
  readonly changes: readonly string[]
  readonly isStepUp: boolean
}

export interface Remedies {
  /** The smallest remedies, in the order of the given changes; empty when there are none. */
  readonly remedies: readonly Remedy[]
  /** The most changes that were tried together. */
  readonly tried: number
  /** Whether the search ended because it had evaluated as often as it may. */
  readonly isCutShort: boolean
}

export interface RemedyOptions extends DecideOptions {
  /** At most this many changes together; 3 unless told. */
  readonly changesMax?: number
  readonly remediesMax?: number
  readonly evaluationsMax?: number
}

/** Finds the smallest remedies of a deny. Throws `DataError`. */
export function findRemedies(
  policies: CompiledPolicies,
  entities: EntityStore,
  query: Query,
  changes: readonly Change[],
  options: RemedyOptions = {},
): Remedies {
  const { changesMax = 3, remediesMax = 5, evaluationsMax = 5_000 } = options
  const env = environment(entities, query)
  const acts = changes.map(readChange)
  let evaluations = 0
  for (let count = 1; count <= Math.min(changesMax, changes.length); count += 1) {
    const remedies: Remedy[] = []
    for (const { together, context } of combinations(acts, count, env.context)) {
      evaluations += 1
      if (evaluations > evaluationsMax) return { remedies, tried: count, isCutShort: true }
      if (!allows(policies, { ...env, context }, together, options)) continue
      const isStepUp = together.every(({ change }) => change.kind === 'authentication')
      remedies.push({ changes: together.map(({ change }) => change.id), isStepUp })
      if (remedies.length >= remediesMax) break
    }
    if (remedies.length > 0) return { remedies, tried: count, isCutShort: false }
  }
  return { remedies: [], tried: changesMax, isCutShort: false }
}

/** A change with its facts read once, however often it is tried. */
interface Act {
  readonly change: Change
  readonly facts: readonly { readonly path: readonly string[]; readonly value: Value }[]
}

function readChange(change: Change): Act {
  const facts = Object.entries(change.context ?? {}).map(([path, json]) => ({
    path: path.split('.'),
    value: valueFromJson(json, undefined, path),
  }))
  return { change, facts }
}

function allows(
  policies: CompiledPolicies,
  env: Env,
  together: readonly Act[],
  options: DecideOptions,
): boolean {
  const joins = together.flatMap(({ change }) => change.joins ?? [])
  if (joins.length === 0) {
    return decideIn(policies, env, options).effective.effect === 'allow'
  }
  return env.store.supposing(joins, () => {
    const { effective } = decideIn(policies, { ...env, ...names(env) }, options)
    return effective.effect === 'allow'
  })
}

// A supposed membership may make the store know an entity that it did not.
function names({ store, principal, action, resource }: Env): Partial<Env> {
  return {
    principal: store.own(principal),
    action: store.own(action),
    resource: store.own(resource),
  }
}

function withFact(record: RecordValue, path: readonly string[], value: Value): RecordValue {
  const [name = '', ...rest] = path
  const fields = new Map(record.toMap())
  const inner = fields.get(name)
  const below = inner instanceof RecordValue ? inner : RecordValue.of([])
  fields.set(name, rest.length === 0 ? value : withFact(below, rest, value))
  return RecordValue.of(fields)
}

interface Combination {
  readonly together: readonly Act[]
  /** The facts of the moment with those of all the changes. */
  readonly context: RecordValue
}

// What begins alike shares its facts: they are changed once for all combinations that follow.
function* combinations(
  acts: readonly Act[],
  count: number,
  context: RecordValue,
  before: readonly Act[] = [],
  from = 0,
): Generator<Combination> {
  if (count === 0) {
    yield { together: before, context }
    return
  }
  for (let index = from; index <= acts.length - count; index += 1) {
    const act = acts[index]
    if (act === undefined) return
    let changed = context
    for (const { path, value } of act.facts) changed = withFact(changed, path, value)
    yield* combinations(acts, count - 1, changed, [...before, act], index + 1)
  }
}
