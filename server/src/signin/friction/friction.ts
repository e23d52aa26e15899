// Friction in figures: prompts on a workday, by cause and by the most critical tier that somebody
// used on it, and who is asked more often than their budget.
import type { FrictionBudget } from '@countersign/contract/api/friction'
import type { PromptCause } from '@countersign/contract/api/sessions'
import { type Tier, tiers } from '@countersign/contract/document-shapes'
import type { Prompt } from './prompts.ts'

/** What one person was asked on one workday. */
interface Workday {
  readonly person: string
  readonly at: number
  readonly prompts: number
  readonly tier: Tier
}

export interface Friction extends Spread {
  readonly mean: number
  readonly byCause: {
    readonly cause: PromptCause
    readonly tier?: Tier
    readonly prompts: number
  }[]
  readonly byTier: ({
    readonly tier: Tier
    readonly budget: number
    readonly overBudget: number
  } & Spread)[]
  readonly trend: { readonly at: number; readonly people: number; readonly prompts: number }[]
  /** How many people were over their budget on a workday at least. */
  readonly peopleOverBudget: number
  readonly overBudget: {
    readonly person: string
    readonly tier: Tier
    readonly budget: number
    readonly workdaysOver: number
    readonly workdays: number
    readonly most: number
  }[]
}

interface Spread {
  readonly workdays: number
  readonly prompts: number
  readonly p50: number
  readonly p95: number
}

const dayMs = 86_400_000
const shownMaxCount = 50

/**
 * The figures of these prompts.
 * @param usedTier the most critical tier that a session was used at; undefined where at none.
 */
export function frictionOf(
  prompts: readonly Prompt[],
  usedTier: (session: string) => Tier | undefined,
  budget: FrictionBudget,
): Friction {
  const workdays = workdaysOf(prompts, usedTier)
  const counts = workdays.map((it) => it.prompts)
  const overBudget = overBudgetOf(workdays, budget)
  return {
    ...spreadOf(counts),
    mean: workdays.length === 0 ? 0 : prompts.length / workdays.length,
    byCause: causesOf(prompts),
    byTier: tiers.map((tier) => {
      const of = workdays.filter((it) => it.tier === tier).map((it) => it.prompts)
      const allowed = budget.tiers[tier]
      const overBudget = of.filter((count) => count > allowed).length
      return { tier, budget: allowed, ...spreadOf(of), overBudget }
    }),
    trend: trendOf(prompts),
    peopleOverBudget: overBudget.length,
    overBudget: overBudget.slice(0, shownMaxCount),
  }
}

function workdaysOf(
  prompts: readonly Prompt[],
  usedTier: (session: string) => Tier | undefined,
): readonly Workday[] {
  const found = Map.groupBy(prompts, ({ session, workday }) => `${workday} ${session.person}`)
  return [...found.values()].flatMap((of) => {
    const first = of[0]
    if (!first) return []
    // Whoever opened nothing is held to the strictest budget.
    const used = new Set(of.map(({ session }) => usedTier(session.id)))
    const tier = tiers.find((it) => used.has(it)) ?? 3
    return [{ person: first.session.person, at: first.workday, prompts: of.length, tier }]
  })
}

function causesOf(prompts: readonly Prompt[]): Friction['byCause'] {
  const found = Map.groupBy(prompts, ({ cause }) => `${cause.kind} ${cause.tier ?? ''}`)
  return [...found.values()]
    .flatMap((of) => {
      const cause = of[0]?.cause
      if (!cause) return []
      const { kind, tier } = cause
      return [{ cause: kind, ...(tier === undefined ? {} : { tier }), prompts: of.length }]
    })
    .sort((a, b) => b.prompts - a.prompts)
}

function trendOf(prompts: readonly Prompt[]): Friction['trend'] {
  const found = Map.groupBy(prompts, ({ at }) => Math.floor(at / dayMs) * dayMs)
  return [...found]
    .map(([at, of]) => ({
      at,
      people: new Set(of.map(({ session }) => session.person)).size,
      prompts: of.length,
    }))
    .sort((a, b) => a.at - b.at)
}

function overBudgetOf(
  workdays: readonly Workday[],
  budget: FrictionBudget,
): Friction['overBudget'] {
  return [...Map.groupBy(workdays, ({ person }) => person)]
    .flatMap(([person, of]) => {
      const over = of
        .filter((it) => it.prompts > budget.tiers[it.tier])
        .sort((a, b) => b.prompts - a.prompts)
      const worst = over[0]
      if (!worst) return []
      return [
        {
          person,
          tier: worst.tier,
          budget: budget.tiers[worst.tier],
          workdaysOver: over.length,
          workdays: of.length,
          most: worst.prompts,
        },
      ]
    })
    .sort((a, b) => b.workdaysOver - a.workdaysOver || b.most - a.most)
}

function spreadOf(counts: readonly number[]): Spread {
  const sorted = counts.toSorted((a, b) => a - b)
  return {
    workdays: sorted.length,
    prompts: sorted.reduce((sum, count) => sum + count, 0),
    p50: quantile(sorted, 0.5),
    p95: quantile(sorted, 0.95),
  }
}

// The nearest rank: always a number that somebody had.
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
}
