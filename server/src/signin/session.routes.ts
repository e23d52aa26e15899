// My sessions, everybody's, and what gateways see of them.
import { sessionsApi, sightingsApi } from '@countersign/contract/api/sessions'
import { problem } from '@countersign/contract/problems'
import { follow, type Seen, type Sighting } from '@countersign/contract/sighting'
import type { Transaction } from 'kysely'
import type { Session } from '@countersign/contract/documents'
import { actorOf } from '#http/caller'
import type { SigninDependencies } from '#http/dependencies'
import type { Exchange } from '#http/implement'
import { type Implementation, implement } from '#http/implement'
import type { Draft } from '#journal/journal.store'
import type { Database } from '#store/database'
import { readCadence } from './cadence/cadence.store.ts'
import { requiredSession } from './entrance.ts'
import { endSession, endSessionsOf, sessionsEnded } from './session-ending.store.ts'
import { openSession, sessionsOf } from './session.store.ts'
import { isLive } from './session.ts'
import { viewOf } from './session-view.ts'
import { keepSightings, sightingsOf } from './sighting.store.ts'
import { takeTurn } from './turn.store.ts'

/** What answers `sessionsApi` but `mySignIns`, and `sightingsApi`. */
export function sessionRoutes(deps: SigninDependencies): readonly Implementation[] {
  return [...ownRoutes(deps), ...administrativeRoutes(deps), sightingsRoute(deps)]
}

function ownRoutes(deps: SigninDependencies): readonly Implementation[] {
  const { store, ledger } = deps
  return [
    implement(sessionsApi.mySessions, async (_, { caller, now }) => {
      const current = requiredSession(caller)
      const sessions = (await sessionsOf(store.db, current.person)).filter(
        ({ endsAt }) => endsAt > now,
      )
      const views = await viewsOf(deps, sessions)
      return {
        sessions: views
          .map(({ view }) => ({ ...view, isCurrent: view.id === current.id }))
          .reverse(),
      }
    }),

    implement(sessionsApi.endMySession, async ({ params }, exchange) => {
      const { person } = requiredSession(exchange.caller)
      return writeEnd(deps, exchange, async (tx) => {
        // Somebody else's session is as little there as one that has ended.
        if (ledger.estate.get('session', params.session)?.person !== person) return []
        return endSession(tx, params.session, { why: 'self' })
      })
    }),

    implement(sessionsApi.endMyOtherSessions, async (_, exchange) => {
      const { id, person, parent } = requiredSession(exchange.caller)
      const except = new Set(parent === undefined ? [id] : [id, parent])
      return writeEnd(
        deps,
        exchange,
        async (tx) => endSessionsOf(tx, person, { why: 'self' }, except),
        'none-is-fine',
      )
    }),
  ]
}

function administrativeRoutes(deps: SigninDependencies): readonly Implementation[] {
  const { ledger } = deps
  const { estate } = ledger
  return [
    implement(sessionsApi.sessions, async ({ query }, { now }) => {
      const { search, after, limit, person, contested } = query
      const wanted = search?.toLowerCase()
      const nameOf = (id: string): string => estate.get('person', id)?.name ?? id
      const matching = estate
        .all('session')
        .filter(
          (it) =>
            it.endsAt > now &&
            (person === undefined || it.person === person) &&
            (contested === undefined || it.contestedAt !== undefined) &&
            (wanted === undefined ||
              `${it.id} ${it.person} ${nameOf(it.person)}`.toLowerCase().includes(wanted)),
        )
        .toSorted((a, b) => (a.id < b.id ? -1 : 1))
      const rest = after === undefined ? matching : matching.filter(({ id }) => id > after)
      const shown = await viewsOf(deps, rest.slice(0, limit))
      const last = shown.at(-1)
      return {
        items: shown.map(({ view, session }) => ({
          ...view,
          person: session.person,
          personName: nameOf(session.person),
        })),
        total: matching.length,
        ...(last && rest.length > shown.length ? { next: last.view.id } : {}),
      }
    }),

    implement(sessionsApi.endSession, async ({ params, body }, exchange) =>
      writeEnd(deps, exchange, async (tx) =>
        endSession(tx, params.session, { why: 'administrator', reason: body.reason }),
      ),
    ),

    implement(sessionsApi.endSessionsOf, async ({ params, body }, exchange) => {
      if (!estate.get('person', params.person)) throw problem('identity.not_found')
      return writeEnd(
        deps,
        exchange,
        async (tx) =>
          endSessionsOf(tx, params.person, { why: 'administrator', reason: body.reason }),
        'none-is-fine',
      )
    }),
  ]
}

async function writeEnd(
  { ledger }: SigninDependencies,
  { caller, reply }: Exchange,
  drafts: (tx: Transaction<Database>) => Promise<readonly Draft[]>,
  none: 'none-is-fine' | 'none-is-a-mistake' = 'none-is-a-mistake',
): Promise<{ readonly ended: number }> {
  let ended = 0
  const { sequence } = await ledger.write(actorOf(caller), async (tx) => {
    const made = await drafts(tx)
    ended = sessionsEnded(made)
    if (ended === 0 && none === 'none-is-a-mistake') throw problem('identity.session_not_found')
    return made
  })
  reply.sequence(sequence)
  return { ended }
}

async function viewsOf({ store, ledger }: SigninDependencies, sessions: readonly Session[]) {
  const kept = await sightingsOf(
    store.db,
    sessions.map(({ id }) => id),
  )
  const { idleSeconds } = await readCadence(store.db)
  const means = { estate: ledger.estate, idleMs: idleSeconds * 1000 }
  return sessions.map((session) => ({
    session,
    view: viewOf(session, kept.get(session.id), means),
  }))
}

// Two gateways may each see one device only, so what they tell is also compared here.
function sightingsRoute({ store, ledger, log }: SigninDependencies): Implementation {
  return implement(sightingsApi.sightings, async ({ body }, { caller, now, reply }) => {
    const { estate } = ledger
    const sightings = body.sightings.filter(({ session }) => estate.get('session', session))
    const known = await sightingsOf(
      store.db,
      sightings.map(({ session }) => session),
    )
    const contested = sightings.filter((it) => contestOf(it, known.get(it.session)?.seen))
    await keepSightings(
      store.db,
      // A moment ahead of ours would keep a session in use for longer than it is.
      sightings.map((it) => ({ ...it, lastUsedAt: Math.min(it.lastUsedAt, now) })),
    )
    if (contested.length > 0) {
      const { sequence } = await ledger.write(actorOf(caller), async (tx) => {
        await takeTurn(tx)
        const drafts = await Promise.all(
          contested.map(async ({ session }) => contestedDrafts(tx, session, now)),
        )
        return drafts.flat()
      })
      reply.sequence(sequence)
      for (const { session, contested: how } of contested) {
        log.warn(
          { session, why: how?.why ?? 'platform' },
          'a session was seen on two devices at once: whoever it is has to sign in again',
        )
      }
    }
    return { kept: sightings.length }
  })
}

function contestOf(sighting: Sighting, before: Seen | undefined): boolean {
  if (sighting.contested) return true
  if (!before) return false
  const { network, browser, platform } = sighting
  const followed = follow(
    { last: before, lastAt: sighting.lastUsedAt },
    { network, browser, platform },
    sighting.lastUsedAt,
  )
  return followed.contested !== undefined
}

async function contestedDrafts(
  tx: Transaction<Database>,
  id: string,
  now: number,
): Promise<readonly Draft[]> {
  const current = await openSession(tx, id)
  if (!current) return []
  return [current, ...(current.programs ?? [])]
    .filter(({ session }) => isLive(session, now))
    .map(({ session }) => ({
      event: 'identity.session.contested',
      kind: 'session',
      id: session.id,
      after: { ...session, contestedAt: now },
    }))
}
