// Accounts of the last resort: what is kept of their use and their drills, and what is wrong with
// them as they stand.
import type { BreakGlassFinding } from '@countersign/contract/api/break-glass'
import { breakGlassAccountsMin, drillMaxAgeDays } from '@countersign/contract/break-glass'
import type { AuthenticationMethod } from '@countersign/contract/documents'
import { z } from 'zod'

export const breakGlassUseKind = 'break-glass-use'
export const breakGlassDrillKind = 'break-glass-drill'

/** One sign-in with such an account. */
export const breakGlassUse = z.strictObject({
  id: z.string(),
  person: z.string(),
  session: z.string(),
  at: z.int(),
  method: z.string(),
  provider: z.string().optional(),
  isDrill: z.boolean(),
  acknowledged: z.strictObject({ by: z.string(), at: z.int(), postMortem: z.string() }).optional(),
})
export type BreakGlassUse = z.infer<typeof breakGlassUse>

/** The drills of an account; its id is the person's. */
export const breakGlassDrill = z.strictObject({
  id: z.string(),
  /** A sign-in before this moment is the drill that was declared. */
  declaredUntil: z.int().optional(),
  lastDrillAt: z.int().optional(),
})
export type BreakGlassDrill = z.infer<typeof breakGlassDrill>

/** An account as far as its findings go. */
export interface Account {
  readonly person: string
  readonly name: string
  readonly since: number
  readonly isPresent: boolean
  /** The ways in that are registered for it here. */
  readonly methods: readonly AuthenticationMethod[]
  readonly drill: BreakGlassDrill | undefined
}

export interface Standing {
  readonly accounts: readonly Account[]
  readonly uses: readonly BreakGlassUse[]
  /** How most people sign in: an account of the last resort must not depend on that. */
  readonly dailyMethods: ReadonlySet<AuthenticationMethod>
  readonly now: number
}

export interface Finding {
  readonly kind: BreakGlassFinding
  readonly person?: string
  readonly use?: string
  readonly words: string
}

const dayMs = 86_400_000

/** What is wrong, most pressing first. */
export function findingsOf({ accounts, uses, dailyMethods, now }: Standing): readonly Finding[] {
  return [
    ...uses.flatMap((use) => useFinding(use, accounts)),
    ...(accounts.length < breakGlassAccountsMin ? [tooFew(accounts.length)] : []),
    ...accounts.flatMap((account) => accountFindings(account, dailyMethods, uses, now)),
  ]
}

// A drill was announced, so it needs no explanation afterwards.
function useFinding(use: BreakGlassUse, accounts: readonly Account[]): readonly Finding[] {
  if (use.isDrill || use.acknowledged) return []
  const { id, person } = use
  const name = accounts.find((it) => it.person === person)?.name ?? person
  return [
    {
      kind: 'use-not-acknowledged',
      person,
      use: id,
      words: `${name} was used to sign in: another administrator says what it was about`,
    },
  ]
}

function tooFew(count: number): Finding {
  return {
    kind: 'too-few',
    words: `there ${count === 1 ? 'is one such account' : 'are no such accounts'}: make ${breakGlassAccountsMin} at least, kept by different people`,
  }
}

function accountFindings(
  { person, name, since, isPresent, methods, drill }: Account,
  dailyMethods: ReadonlySet<AuthenticationMethod>,
  uses: readonly BreakGlassUse[],
  now: number,
): readonly Finding[] {
  const found: Finding[] = []
  const find = (kind: BreakGlassFinding, words: string): void => {
    found.push({ kind, person, words: `${name} ${words}` })
  }
  if (!isPresent) find('not-present', 'is switched off or has ended: switch it on, or replace it')
  if (methods.length === 0) {
    find('no-way-in', 'has nothing registered to sign in with: register a hardware key of its own')
  } else if (methods.every((method) => dailyMethods.has(method))) {
    find(
      'daily-method',
      'signs in as everybody does every day, and fails when that fails: register another method',
    )
  }
  if (methods.length > 0 && !methods.every((method) => strongMethods.has(method))) {
    find('weak-method', 'can be entered with what can be phished: remove that method')
  }
  if (uses.some((use) => use.person === person && use.provider !== undefined)) {
    find('federated', 'was entered through another identity provider, and fails when that fails')
  }
  const last = drill?.lastDrillAt ?? since
  if (now - last > drillMaxAgeDays * dayMs) {
    const never = drill?.lastDrillAt === undefined
    find(
      'drill-overdue',
      never
        ? `was never tried in its ${drillMaxAgeDays} days and more: declare a drill, then sign in with it`
        : `was last drilled more than ${drillMaxAgeDays} days ago: declare a drill, then sign in with it`,
    )
  }
  return found
}

const strongMethods: ReadonlySet<AuthenticationMethod> = new Set(['passkey', 'hardware-key'])
