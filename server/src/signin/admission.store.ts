// Letting someone in is one transaction: what proves them is spent, and their session written,
// together or not at all.
import type { Session } from '@countersign/contract/documents'
import type { IdSource } from '@countersign/contract/ids'
import type { Transaction } from 'kysely'
import type { Draft } from '#journal/journal.store'
import type { Ledger } from '#journal/ledger'
import type { Database } from '#store/database'
import { type Arrival, enter, type Entry } from './entry.ts'
import { useDrafts } from './break-glass/break-glass.store.ts'
import { endContested } from './session-ending.store.ts'
import { openSession } from './session.store.ts'
import { takeTurn } from './turn.store.ts'

export interface Admission {
  /** The journal's name for who signs in. */
  readonly actor: string
  /** The session of the browser that signs in, if it has one. */
  readonly sessionId: string | undefined
  /**
   * Checks, with nobody else writing, that what was proved still counts, and says who arrives
   * and what to record besides the session. Throws a problem where it does not.
   */
  readonly prove: (
    tx: Transaction<Database>,
  ) => Promise<{ readonly arrival: Arrival; readonly drafts: readonly Draft[] }>
  /** Keeps, in the same transaction, what belongs to the session and not into the journal. */
  readonly entered?: (tx: Transaction<Database>, session: Session) => Promise<void>
}

export type Admitted = Pick<Entry, 'secret' | 'maxAgeSeconds'> & { readonly sequence: number }

/** Writes a sign-in. */
export async function admit(
  ledger: Ledger,
  source: IdSource,
  { actor, sessionId, prove, entered }: Admission,
): Promise<Admitted> {
  let entry: Entry | undefined
  const { sequence } = await ledger.write(actor, async (tx) => {
    await takeTurn(tx)
    const { arrival, drafts } = await prove(tx)
    const current = sessionId === undefined ? undefined : await openSession(tx, sessionId)
    entry = enter(arrival, current, source)
    await entered?.(tx, entry.session)
    const own = new Set(sessionId === undefined ? [] : [sessionId])
    return [
      ...drafts,
      ...(await endContested(tx, arrival.person, own)),
      ...entry.drafts,
      ...(await useDrafts(tx, ledger.estate, entry.session, source)),
    ]
  })
  if (!entry) throw new Error('a sign-in was recorded that nobody made')
  const { secret, maxAgeSeconds } = entry
  return { secret, maxAgeSeconds, sequence }
}
