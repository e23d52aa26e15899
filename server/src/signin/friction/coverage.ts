// How well sign-ins hold, as shares of sign-ins that were made and not of what was registered.
import { strengths } from '@countersign/contract/documents'
import { type Tier, tiers } from '@countersign/contract/document-shapes'
import type { SignInRecord } from '@countersign/contract/sign-in-record'

interface Satisfaction {
  readonly signIns: number
  readonly satisfied: number
  readonly phishingResistant: number
}

export interface Coverage extends Satisfaction {
  readonly excluded: number
  readonly people: {
    readonly signedIn: number
    readonly alwaysSatisfied: number
    readonly alwaysPhishingResistant: number
  }
  readonly byMethod: { readonly method: string; readonly signIns: number }[]
  readonly byTier: ({ readonly tier: Tier } & Satisfaction)[]
  readonly byPopulation: ({ readonly population: string; readonly people: number } & Satisfaction)[]
  readonly trend: ({ readonly at: number } & Satisfaction)[]
}

export interface Covered {
  readonly signIns: readonly SignInRecord[]
  /** The tiers that a session was used at. */
  readonly tiersOf: (session: string) => ReadonlySet<Tier>
  /** The populations that a person belongs to. */
  readonly populationsOf: (person: string) => readonly string[]
  readonly isExcluded: (person: string, at: number) => boolean
}

const dayMs = 86_400_000
/** Two factors, or one that cannot be phished. */
const satisfyingStrength = 2

/** The sign-ins of a record: ends, and the programs that somebody approved, are none. */
export function madeSignIns(records: readonly SignInRecord[]): readonly SignInRecord[] {
  return records.filter(({ event, session }) => event !== 'ended' && session.parent === undefined)
}

/** Whether a sign-in was proved with two factors, or with something that cannot be phished. */
export function isSatisfied({ session: { authentication } }: SignInRecord): boolean {
  return authentication.phishingResistant || strengths[authentication.method] >= satisfyingStrength
}

/** The figures. */
export function coverageOf(covered: Covered): Coverage {
  const { tiersOf, populationsOf, isExcluded } = covered
  const signIns = madeSignIns(covered.signIns)
  const byPerson = [...Map.groupBy(signIns, ({ session }) => session.person).values()]
  const populations = Map.groupBy(
    signIns.flatMap((signIn) =>
      populationsOf(signIn.session.person).map((population) => ({ population, signIn })),
    ),
    ({ population }) => population,
  )
  return {
    ...satisfactionOf(signIns),
    excluded: signIns.filter((it) => !isSatisfied(it) && isExcluded(it.session.person, it.at))
      .length,
    people: {
      signedIn: byPerson.length,
      alwaysSatisfied: byPerson.filter((of) => of.every(isSatisfied)).length,
      alwaysPhishingResistant: byPerson.filter((of) => of.every(isPhishingResistant)).length,
    },
    byMethod: [...Map.groupBy(signIns, ({ session }) => session.authentication.method)]
      .map(([method, of]) => ({ method, signIns: of.length }))
      .sort((a, b) => b.signIns - a.signIns),
    byTier: tiers.map((tier) => ({
      tier,
      ...satisfactionOf(signIns.filter(({ session }) => tiersOf(session.id).has(tier))),
    })),
    byPopulation: [...populations]
      .map(([population, of]) => ({
        population,
        people: new Set(of.map(({ signIn }) => signIn.session.person)).size,
        ...satisfactionOf(of.map(({ signIn }) => signIn)),
      }))
      .sort((a, b) => (a.population < b.population ? -1 : 1)),
    trend: [...Map.groupBy(signIns, ({ at }) => Math.floor(at / dayMs) * dayMs)]
      .map(([at, of]) => ({ at, ...satisfactionOf(of) }))
      .sort((a, b) => a.at - b.at),
  }
}

function satisfactionOf(signIns: readonly SignInRecord[]): Satisfaction {
  return {
    signIns: signIns.length,
    satisfied: signIns.filter(isSatisfied).length,
    phishingResistant: signIns.filter(isPhishingResistant).length,
  }
}

function isPhishingResistant({ session }: SignInRecord): boolean {
  return session.authentication.phishingResistant
}
