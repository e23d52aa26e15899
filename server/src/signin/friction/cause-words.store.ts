// Why somebody was asked, in one sentence that they understand. What a tier asked for then stands
// in the title of the policy that asked, in the release of then.
import { demandOf, durationWords } from '@countersign/contract/cadence'
import type { Kysely } from 'kysely'
import { readReleasePolicies } from '#policies/release.store'
import type { Database } from '#store/database'
import type { Cause, Prompt } from './prompts.ts'

/** Titles of policies, by release and policy. */
export type Titles = ReadonlyMap<string, string>

const keyOf = (release: string, policy: string): string => `${release} ${policy}`

/** The titles of the policies that asked. */
export async function titlesOf(db: Kysely<Database>, prompts: readonly Prompt[]): Promise<Titles> {
  const stepUps = prompts.flatMap(({ cause }) => cause.stepUp ?? [])
  const titles = new Map<string, string>()
  for (const [release, of] of Map.groupBy(stepUps, (it) => it.release)) {
    const wanted = new Set(of.flatMap(({ determining }) => determining))
    for (const { id, annotations } of await readReleasePolicies(db, release, wanted)) {
      const title = annotations['title']
      if (title !== undefined) titles.set(keyOf(release, id), title)
    }
  }
  return titles
}

/** One sentence. `application` is the name of what was being opened. */
export function causeWords(cause: Cause, application: string | undefined, titles: Titles): string {
  const { kind, stepUp } = cause
  switch (kind) {
    case 'first-of-workday':
      return 'your first sign-in of the workday'
    case 'recent':
    case 'strong':
    case 'policy':
      return askedWords(cause, application, titles)
    case 'administration':
      return `a change in Countersign asks for a fresh, strong sign-in${ageWords(stepUp?.ageSeconds)}`
    case 'idle':
      return 'your session had ended because nobody used it'
    case 'over':
      return 'your session had reached its end; none lasts longer than a workday'
    case 'signed-out':
      return 'you had signed out'
    case 'ended-by-self':
      return 'you had ended this session from another one'
    case 'ended-by-administrator':
      return 'an administrator had ended your session'
    case 'ended-by-provider':
      return 'you had signed out where you sign in'
    case 'factor-removed':
      return 'what you had signed in with was removed'
    case 'contested':
      return 'your session was seen on two devices at once, so every one of them was asked'
    case 'another-browser':
      return 'you signed in in another browser'
    case 'unasked':
      return 'you signed in again without being asked'
  }
}

function askedWords({ stepUp }: Cause, application: string | undefined, titles: Titles): string {
  if (!stepUp) return 'a policy asked for a fresh sign-in'
  const { release, determining, ageSeconds } = stepUp
  const demands = determining.filter((policy) => demandOf(policy) !== undefined)
  const named = (demands.length > 0 ? demands : determining).flatMap(
    (policy) => titles.get(keyOf(release, policy)) ?? [],
  )
  const asked = named[0] ?? 'A policy asks for a fresh sign-in'
  const where = application === undefined ? '' : ` (${application})`
  return `${lowerFirst(asked)}${where}${ageWords(ageSeconds)}`
}

function ageWords(ageSeconds: number | undefined): string {
  return ageSeconds === undefined
    ? '; yours was too old to count'
    : `; yours was ${durationWords(ageSeconds)} old`
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
