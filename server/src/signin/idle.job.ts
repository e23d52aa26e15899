// A session that nobody used for long ends by itself, before its absolute end. Uses are told by
// gateways about once a minute, so an end comes that much late at most, and never early.
import { isExemptFromSweeps } from '@countersign/contract/break-glass'
import type { SigninDependencies } from '#http/dependencies'
import type { Draft } from '#journal/journal.store'
import { readCadence } from './cadence/cadence.store.ts'
import { ending } from './entry.ts'
import { openSession } from './session.store.ts'
import { sessionsEnded } from './session-ending.store.ts'
import { idleSessions } from './sighting.store.ts'
import { takeTurn } from './turn.store.ts'

const sweepMaxSessions = 500

/** Ends idle sessions. @returns how many. */
export async function endIdleSessions({
  store,
  ledger,
  now,
}: Pick<SigninDependencies, 'store' | 'ledger' | 'now'>): Promise<number> {
  const { idleSeconds } = await readCadence(store.db)
  const since = now() - idleSeconds * 1000
  const isSwept = (person: string): boolean =>
    !isExemptFromSweeps(ledger.estate.get('person', person))
  const found = await idleSessions(store.db, since, sweepMaxSessions)
  if (!found.some(({ person }) => isSwept(person))) return 0
  let ended = 0
  await ledger.write('Workload::"server"', async (tx) => {
    await takeTurn(tx)
    const drafts: Draft[] = []
    // Read again: whoever came back meanwhile stays.
    for (const { id, person } of await idleSessions(tx, since, sweepMaxSessions)) {
      if (!isSwept(person)) continue
      const current = await openSession(tx, id)
      // Programs are in use, or idle, on their own account.
      if (current) drafts.push(...ending({ ...current, programs: [] }, { why: 'idle' }))
    }
    ended = sessionsEnded(drafts)
    return drafts
  })
  return ended
}
