// What is over is cleared away: challenges and codes nobody used, sessions past their end. None of
// it counts any more, so the sweep only gives room back and may come late.
import type { SigninDependencies } from '#http/dependencies'
import { sweepAsks } from './ask.store.ts'
import { sweepChallenges } from './challenge.store.ts'
import { sweepDeviceGrants } from './device-grant.store.ts'
import { sweepHandoffs } from './handoff.store.ts'
import { endedDocuments } from './session.store.ts'
import { sweepSpent } from './token-exchange.store.ts'

/** How often to sweep, in milliseconds. */
export const signinSweepEveryMs = 60_000
/** Sessions and cookies ended in one transaction. */
const sweepMaxDocuments = 1_000

/** Sweeps once. @returns how many rows and documents went. */
export async function sweepSignin({ store, ledger, now }: SigninDependencies): Promise<number> {
  const moment = now()
  const { db } = store
  const rows =
    (await sweepChallenges(db, moment)) +
    (await sweepHandoffs(db, moment)) +
    (await sweepAsks(db, moment)) +
    (await sweepDeviceGrants(db, moment)) +
    (await sweepSpent(db, moment))
  // What has ended never begins again, so it may be read before it is the turn to write.
  const ended = await endedDocuments(db, moment, sweepMaxDocuments)
  if (ended.length === 0) return rows
  const { changed } = await ledger.write(
    'Workload::"server"',
    ended.map(({ kind, id }) => ({ event: 'identity.session.ended', kind, id, after: null })),
  )
  return rows + changed
}
