// Why each sign-in was asked for. Nobody is asked to remember a reason on the way through the
// browser, where it could be changed: the reason is found again in what was recorded, which is
// the decision that refused, or the end of the session before.
import { ownApplication } from '@countersign/contract/actions'
import type { PromptCause } from '@countersign/contract/api/sessions'
import { demandOf } from '@countersign/contract/cadence'
import type { Session, SessionEnding } from '@countersign/contract/documents'
import type { Tier } from '@countersign/contract/document-shapes'
import { flowMaxAgeSeconds } from '@countersign/contract/session'
import type { SignInRecord } from '@countersign/contract/sign-in-record'
import type { StepUp } from './signins.store.ts'

export interface Prompt {
  readonly at: number
  readonly event: 'started' | 'strengthened'
  readonly session: Session
  /** When the workday began that it belongs to. */
  readonly workday: number
  readonly cause: Cause
}

export interface Cause {
  readonly kind: PromptCause
  readonly tier?: Tier
  /** The decision that asked, where one did. */
  readonly stepUp?: StepUp
}

export interface Recorded {
  /** Oldest first. */
  readonly signIns: readonly SignInRecord[]
  /** Oldest first. */
  readonly stepUps: readonly StepUp[]
  readonly tierOf: (application: string) => Tier | undefined
}

/**
 * A workday begins with the first sign-in and takes in everything of the next hours, so that a
 * night shift is one workday as well. In milliseconds.
 */
export const workdayMs = 16 * 60 * 60_000

/** Every sign-in with its reason, oldest first. Programs that somebody approved are no prompts. */
export function promptsOf({ signIns, stepUps, tierOf }: Recorded): readonly Prompt[] {
  const asks = Map.groupBy(stepUps, ({ person }) => person)
  const prompts: Prompt[] = []
  for (const [person, records] of Map.groupBy(signIns, ({ session }) => session.person)) {
    prompts.push(...promptsOfOne(records, asks.get(person) ?? [], tierOf))
  }
  return prompts.sort((a, b) => a.at - b.at)
}

function promptsOfOne(
  records: readonly SignInRecord[],
  stepUps: readonly StepUp[],
  tierOf: Recorded['tierOf'],
): readonly Prompt[] {
  const prompts: Prompt[] = []
  let workday = -Infinity
  let ended: SignInRecord | undefined
  let asked = 0
  for (const record of records) {
    const { at, event, session } = record
    if (session.parent !== undefined) continue
    if (event === 'ended') {
      ended = record
      continue
    }
    // Each decision asks once: the sign-in that follows it answers it.
    let stepUp: StepUp | undefined
    for (; asked < stepUps.length && (stepUps[asked]?.at ?? 0) <= at; asked++) {
      stepUp = stepUps[asked]
    }
    if (stepUp && at - stepUp.at > flowMaxAgeSeconds * 1000) stepUp = undefined
    const isFirst = at - workday >= workdayMs
    if (isFirst) workday = at
    const cause =
      event === 'started' && endingWhy(ended) === 'contested'
        ? { kind: 'contested' as const }
        : stepUp !== undefined
          ? causeOf(stepUp, tierOf)
          : { kind: event === 'strengthened' ? ('unasked' as const) : kindOf(ended, isFirst) }
    prompts.push({ at, event, session, workday, cause })
    ended = undefined
  }
  return prompts
}

function causeOf(stepUp: StepUp, tierOf: Recorded['tierOf']): Cause {
  if (stepUp.application === ownApplication) return { kind: 'administration', stepUp }
  const demands = stepUp.determining.flatMap((policy) => demandOf(policy) ?? [])
  const demand = demands.find(({ what }) => what === 'strong') ?? demands[0]
  // The tier as it was then, where a policy of that tier asked; it may be another one now.
  const tier = demand?.tier ?? tierOf(stepUp.application)
  return { kind: demand?.what ?? 'policy', ...(tier === undefined ? {} : { tier }), stepUp }
}

function kindOf(ended: SignInRecord | undefined, isFirst: boolean): PromptCause {
  if (isFirst) return 'first-of-workday'
  if (ended === undefined) return 'another-browser'
  switch (endingWhy(ended)) {
    case 'idle':
      return 'idle'
    case 'administrator':
      return 'ended-by-administrator'
    case 'self':
      return 'ended-by-self'
    case 'provider':
      return 'ended-by-provider'
    case 'factor-removed':
      return 'factor-removed'
    case 'contested':
      return 'contested'
    case 'replaced':
      return 'another-browser'
    case undefined:
      return ended.session.endsAt <= ended.at ? 'over' : 'signed-out'
  }
}

function endingWhy(ended: SignInRecord | undefined): SessionEnding['why'] | undefined {
  return ended?.session.ending?.why
}
