// My sign-ins and why, and the figures about everybody's.
import { ownApplication } from '@countersign/contract/actions'
import { defaultBudget, frictionApi, type FrictionBudget } from '@countersign/contract/api/friction'
import { sessionsApi } from '@countersign/contract/api/sessions'
import { type Tier, tiers } from '@countersign/contract/document-shapes'
import type { Estate } from '@countersign/contract/estate'
import type { Kysely } from 'kysely'
import { actorOf } from '#http/caller'
import type { SigninDependencies } from '#http/dependencies'
import { type Implementation, implement } from '#http/implement'
import { readDocument } from '#journal/documents.store'
import { administratorsOf } from '#signin/people'
import type { Database } from '#store/database'
import { covers } from '#signin/cadence/exclusion'
import { exclusionsIn } from '#signin/cadence/exclusion.store'
import { requiredSession } from '#signin/entrance'
import { proofOf } from '#signin/session-view'
import { causeWords, titlesOf } from './cause-words.store.ts'
import { coverageOf, isSatisfied, madeSignIns } from './coverage.ts'
import { frictionOf } from './friction.ts'
import { promptsOf, workdayMs } from './prompts.ts'
import { openedIn, type Period, signInsIn, stepUpsIn } from './signins.store.ts'

const dayMs = 86_400_000
const budgetKind = 'friction-budget'
const budgetId = 'current'

/** What answers `mySignIns`, and `frictionApi` but its exclusions. */
export function frictionRoutes(deps: SigninDependencies): readonly Implementation[] {
  const { store, ledger } = deps
  const { estate } = ledger
  return [
    implement(sessionsApi.mySignIns, async ({ query }, { caller, now }) => {
      const { person } = requiredSession(caller)
      const prompts = await promptsIn(store.db, estate, lastDays(query.days, now), person)
      const titles = await titlesOf(store.db, prompts)
      return {
        signIns: prompts
          .map(({ at, event, session, cause }) => {
            const { kind, tier, stepUp } = cause
            const application = stepUp && estate.get('application', stepUp.application)
            return {
              at,
              session: session.id,
              kind: event,
              proof: proofOf(session),
              cause: {
                kind,
                words: causeWords(cause, application?.name, titles),
                ...(tier === undefined ? {} : { tier }),
                ...(application === undefined
                  ? {}
                  : { application: { id: application.id, name: application.name } }),
                ...(stepUp === undefined ? {} : { decision: stepUp.id }),
              },
            }
          })
          .reverse(),
      }
    }),

    implement(frictionApi.friction, async ({ query }, { now }) => {
      const period = lastDays(query.days, now)
      const prompts = await promptsIn(store.db, estate, period)
      const used = await tiersUsed(store.db, estate, period)
      const budget = await readBudget(store.db)
      const { overBudget, ...figures } = frictionOf(
        prompts,
        (session) => mostCritical(used.get(session)),
        budget,
      )
      return {
        ...period,
        ...figures,
        overBudget: overBudget.map((it) => ({ ...it, name: nameOf(estate, it.person) })),
        budget,
      }
    }),

    implement(frictionApi.setFrictionBudget, async ({ body }, { caller, reply }) => {
      const { sequence } = await ledger.write(actorOf(caller), [
        {
          event: 'identity.friction.budget-changed',
          kind: budgetKind,
          id: budgetId,
          after: { id: budgetId, ...body },
        },
      ])
      reply.sequence(sequence)
      return body
    }),

    coverageRoute(deps),
  ]
}

function coverageRoute({ store, ledger }: SigninDependencies): Implementation {
  const { estate } = ledger
  return implement(frictionApi.coverage, async ({ query }, { now }) => {
    const period = lastDays(query.days, now)
    const signIns = await signInsIn(store.db, period)
    const used = await tiersUsed(store.db, estate, period)
    const exclusions = await exclusionsIn(store.db, period.from)
    const administrators = new Set(administratorsOf(estate, now).map(({ id }) => id))
    const unsatisfied = madeSignIns(signIns).filter((it) => !isSatisfied(it))
    return {
      ...period,
      ...coverageOf({
        signIns,
        tiersOf: (session) => used.get(session) ?? new Set(),
        populationsOf: (id) => populationsOf(estate, id, administrators),
        isExcluded: (person, at) => exclusions.some((it) => covers(it, person, at, estate)),
      }),
      exclusions: exclusions.map((it) => {
        const { id, subject, owner, reason, since, endsAt } = it
        return {
          id,
          subject,
          subjectName: estate.get(subject.kind, subject.id)?.name ?? subject.id,
          owner,
          ownerName: nameOf(estate, owner),
          reason,
          since,
          endsAt,
          signIns: unsatisfied.filter(({ session, at }) => covers(it, session.person, at, estate))
            .length,
        }
      }),
    }
  })
}

function populationsOf(
  estate: Estate,
  id: string,
  administrators: ReadonlySet<string>,
): readonly string[] {
  const person = estate.get('person', id)
  return [
    ...(person ? [person.class] : []),
    ...(administrators.has(id) ? ['administrator'] : []),
    ...(person?.breakGlass ? ['break-glass'] : []),
  ]
}

async function promptsIn(
  db: Kysely<Database>,
  estate: Estate,
  { from, to }: Period,
  person?: string,
) {
  // A workday that began before the period goes on in it.
  const wider = { from: from - workdayMs, to }
  const prompts = promptsOf({
    signIns: await signInsIn(db, wider, person),
    stepUps: await stepUpsIn(db, wider, person),
    tierOf: (application) => estate.get('application', application)?.tier,
  })
  return prompts.filter(({ at }) => at >= from)
}

async function tiersUsed(
  db: Kysely<Database>,
  estate: Estate,
  period: Period,
): Promise<ReadonlyMap<string, ReadonlySet<Tier>>> {
  const used = new Map<string, ReadonlySet<Tier>>()
  for (const [session, applications] of await openedIn(db, period)) {
    const of = applications.flatMap((application) =>
      application === ownApplication ? [] : (estate.get('application', application)?.tier ?? []),
    )
    if (of.length > 0) used.set(session, new Set(of))
  }
  return used
}

function mostCritical(used: ReadonlySet<Tier> | undefined): Tier | undefined {
  return tiers.find((tier) => used?.has(tier))
}

function lastDays(days: number, now: number): Period {
  return { from: now - days * dayMs, to: now }
}

async function readBudget(db: Kysely<Database>): Promise<FrictionBudget> {
  const found = await readDocument(db, budgetKind, budgetId)
  if (!found) return defaultBudget
  const { tiers } = frictionApi.setFrictionBudget.body.parse(
    Object.fromEntries(Object.entries(found).filter(([name]) => name !== 'id')),
  )
  return { tiers }
}

function nameOf(estate: Estate, person: string): string {
  return estate.get('person', person)?.name ?? person
}
