// One question about very many principals, or very many resources. Only the effect is wanted, so
// policies that can no longer be satisfied are left out, those that have become alike are asked once,
// what was found out about one entity serves those that are alike to the condition, and the first
// permit and the first forbid settle it.
import type { Expr, ScopeRule } from './ast.ts'
import { compileExpr } from './compile.ts'
import type { Compiled, Env } from './compile.ts'
import { conditionTerms, isBound } from './engine.ts'
import type { CompiledPolicies, CompiledPolicy } from './engine.ts'
import { ExprPool } from './expr-pool.ts'
import { dependsOn, residual } from './residual.ts'
import { ScopeFiles, naming } from './scope-files.ts'
import { mayHold, openIndex } from './scope-index.ts'
import type { Open, ScopeIndex } from './scope-index.ts'
import { SignatureReader, attributesRead } from './signature.ts'
import type { Signature } from './signature.ts'
import type { Entity, Result } from './values.ts'

/** What remains to be asked of one policy, or of several that have become alike. */
interface Remainder {
  /** `undefined` when it is satisfied whoever, or whatever, the open part is. */
  readonly condition: Compiled | undefined
  readonly binds: CompiledPolicy['binds']
  /** Tells apart the entities that may be told apart by the condition, if attributes do. */
  readonly reader: SignatureReader | undefined
  /** What was found out, by signature. */
  readonly known: Map<Signature, Result>
}

// An attribute with more values than this is as good as a name: remembering them helps nobody.
const SIGNATURES_MAX = 512

/** Remainders by what the open part of their scope names. */
interface Remainders {
  readonly files: ScopeFiles
  readonly all: Remainder[]
  /** Those that bind everyone, by scope and condition. */
  readonly known: Map<Compiled | undefined, Set<string>>
}

export interface ProspectOptions {
  readonly side: 'effective' | 'wouldBe'
  readonly strict: boolean
}

/** A question whose principal or resource is open, for as long as the store stands still. */
export class Prospect {
  readonly #env: Env
  readonly #open: Open
  readonly #options: ProspectOptions
  readonly #permits = noRemainders()
  readonly #forbids = noRemainders()
  readonly #readers = new Map<string, SignatureReader>()

  /** The open part of `env` gives no more than its type. */
  constructor(policies: CompiledPolicies, env: Env, open: Open, options: ProspectOptions) {
    this.#env = { ...env }
    this.#open = open
    this.#options = options
    const { index, pool } = preparationOf(policies, open)
    const left = new ExprPool<Compiled>()
    for (const order of index.candidates(env)) {
      const compiled = policies.policies[order]
      if (compiled !== undefined) this.#add(compiled, pool, left)
    }
  }

  /** Whether the answer is an allow when the open part is this entity of the store. */
  allows(entity: Entity): boolean {
    this.#env[this.#open] = entity
    return this.#anyHolds(this.#permits, false) && !this.#anyHolds(this.#forbids, true)
  }

  #add(compiled: CompiledPolicy, pool: ExprPool<Compiled>, left: ExprPool<Compiled>): void {
    const { policy, permits, binds } = compiled
    const rule = policy[this.#open]
    if (!mayHold(rule, this.#env[this.#open])) return
    if (this.#options.side === 'effective' && binds === 'no-one') return
    const terms = conditionTerms(policy).map((term) => residual(term, this.#open, this.#env, pool))
    const failureCounts = !permits && this.#options.strict
    if (!failureCounts && terms.some((term) => this.#neverHolds(term))) return
    const open = terms.filter((term) => term.kind !== 'value' || term.value !== true)
    const whole: Expr = { kind: 'and', items: open }
    const condition = open.length === 0 ? undefined : compileExpr(whole, left)
    const { files, all, known } = permits ? this.#permits : this.#forbids
    if (this.#options.side === 'wouldBe' || binds === 'everyone') {
      const alike = known.get(condition) ?? new Set()
      known.set(condition, alike)
      if (alike.has(ruleKey(rule))) return
      alike.add(ruleKey(rule))
    }
    files.add(all.length, naming(rule), undefined)
    all.push({
      condition,
      binds: this.#options.side === 'wouldBe' ? 'everyone' : binds,
      reader: this.#readerFor(whole),
      known: new Map(),
    })
  }

  #readerFor(condition: Expr): SignatureReader | undefined {
    const attributes = attributesRead(condition, this.#open)
    if (attributes === undefined) return undefined
    const names = [...attributes].toSorted()
    const key = JSON.stringify(names)
    const reader = this.#readers.get(key) ?? new SignatureReader(names)
    this.#readers.set(key, reader)
    return reader
  }

  // INVARIANT: where a failure does not count, a conjunction with such a term is as good as false.
  #neverHolds(term: Expr): boolean {
    if (term.kind === 'value') return term.value !== true
    return !dependsOn(term, this.#open)
  }

  #anyHolds({ files, all }: Remainders, isForbid: boolean): boolean {
    const env = this.#env
    for (const run of files.find(env[this.#open], env.resource, env.store)) {
      for (const at of run) {
        const each = all[at]
        if (each === undefined || !isBound(each.binds, env)) continue
        const result = this.#resultOf(each)
        if (result === true) return true
        if (result !== false && isForbid && this.#options.strict) return true
      }
    }
    return false
  }

  #resultOf({ condition, reader, known }: Remainder): Result {
    if (condition === undefined) return true
    if (reader === undefined) return condition(this.#env)
    const signature = reader.of(this.#env[this.#open])
    const before = known.get(signature)
    if (before !== undefined) return before
    const result = condition(this.#env)
    if (known.size < SIGNATURES_MAX) known.set(signature, result)
    return result
  }
}

function noRemainders(): Remainders {
  return { files: new ScopeFiles(), all: [], known: new Map() }
}

function ruleKey(rule: ScopeRule): string {
  const named = naming(rule)
  return named === undefined ? '' : `${named.exactly}${named.entity.shown}`
}

/** Finds the policies that concern a question whatever its open part is. */
interface Preparation {
  readonly index: ScopeIndex
  /** What conditions are made of, compiled once for all prospects. */
  readonly pool: ExprPool<Compiled>
}

const preparations: Readonly<Record<Open, WeakMap<CompiledPolicies, Preparation>>> = {
  principal: new WeakMap(),
  resource: new WeakMap(),
}

function preparationOf(policies: CompiledPolicies, open: Open): Preparation {
  let preparation = preparations[open].get(policies)
  if (preparation === undefined) {
    const index = openIndex(
      policies.policies.map(({ policy }) => policy),
      open,
    )
    preparation = { index, pool: new ExprPool() }
    preparations[open].set(policies, preparation)
  }
  return preparation
}
