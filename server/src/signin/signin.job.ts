// What is over is cleared away: challenges and codes nobody used, sessions past their end. None of
// it counts any more, so the sweep only gives room back and may come late.
import type { Kysely } from 'kysely'
import type { SigninDependencies } from '#http/dependencies'
import type { Draft } from '#journal/journal.store'
import type { Database } from '#store/database'
import { sweepAsks } from './ask.store.ts'
import { sweepChallenges } from './challenge.store.ts'
import { sweepDeviceGrants } from './device-grant.store.ts'
import { overdueDrafts } from './factors/recovery.store.ts'
import { endedExclusions } from './cadence/exclusion.store.ts'
import { endIdleSessions } from './idle.job.ts'
import { sweepSightings } from './sighting.store.ts'
import { sweepFlows } from './federation/flow.store.ts'
import { sweepProviderSessions } from './federation/provider-sessions.store.ts'
import { sweepHandoffs } from './handoff.store.ts'
import { sweepRecords } from './openid-provider/records.store.ts'
import { endedDocuments } from './session.store.ts'
import { sweepWaiting } from './saml/waiting.store.ts'
import { sweepSpent } from './token-exchange.store.ts'
import { takeTurn } from './turn.store.ts'

/** How often to sweep, in milliseconds. */
export const signinSweepEveryMs = 60_000
/** Sessions and cookies ended in one transaction. */
const sweepMaxDocuments = 1_000

/** Sweeps once. @returns how many rows and documents went. */
export async function sweepSignin(deps: SigninDependencies): Promise<number> {
  const { store, ledger, now } = deps
  const moment = now()
  const { db } = store
  const rows =
    (await sweepChallenges(db, moment)) +
    (await sweepHandoffs(db, moment)) +
    (await sweepAsks(db, moment)) +
    (await sweepFlows(db, moment)) +
    (await sweepProviderSessions(db)) +
    (await sweepDeviceGrants(db, moment)) +
    (await sweepWaiting(db, moment)) +
    (await sweepRecords(db, moment)) +
    (await sweepSpent(db, moment)) +
    (await sweepSightings(db)) +
    (await endIdleSessions(deps))
  const overdue = async (tx: Kysely<Database>): Promise<readonly Draft[]> => [
    ...(await overdueDrafts(tx, moment, sweepMaxDocuments)),
    ...(await endedExclusions(tx, moment)),
  ]
  if ((await overdue(db)).length > 0) {
    await ledger.write('Workload::"server"', async (tx) => {
      await takeTurn(tx)
      return overdue(tx)
    })
  }
  // What has ended never begins again, so it may be read before it is the turn to write.
  const ended = await endedDocuments(db, moment, sweepMaxDocuments)
  if (ended.length === 0) return rows
  const { changed } = await ledger.write(
    'Workload::"server"',
    ended.map(({ kind, id }) => ({ event: 'identity.session.ended', kind, id, after: null })),
  )
  return rows + changed
}
