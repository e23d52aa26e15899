// The end of a session at a provider is the end of what it began here, at once and everywhere:
// sessions are documents that gateways follow.
import { entityText } from '@countersign/contract/entities'
import type { Ledger } from '#journal/ledger'
import type { Transaction } from 'kysely'
import type { Draft } from '#journal/journal.store'
import type { Database } from '#store/database'
import { endSession } from '#signin/session-ending.store'
import { type Meant, sessionsAt } from './provider-sessions.store.ts'

/** How the journal names a provider that acts. */
export function actorProvider(id: string): string {
  return entityText({ type: 'Provider', id })
}

/** What to record to end sessions because of their provider. */
export async function endingAt(
  tx: Transaction<Database>,
  provider: string,
  meant: Meant,
): Promise<readonly Draft[]> {
  const drafts: Draft[] = []
  for (const session of await sessionsAt(tx, provider, meant)) {
    drafts.push(...(await endSession(tx, session, { why: 'provider' })))
  }
  return drafts
}

/**
 * Ends sessions in the provider's name.
 * @param spend what makes the order count once, in the same transaction; it throws where it is spent.
 * @returns the position that includes the end, and how many documents went.
 */
export function endAt(
  ledger: Ledger,
  provider: string,
  meant: Meant,
  spend: (tx: Transaction<Database>) => Promise<void> = async () => {},
): Promise<{ readonly sequence: number; readonly changed: number }> {
  return ledger.write(actorProvider(provider), async (tx) => {
    await spend(tx)
    return endingAt(tx, provider, meant)
  })
}
