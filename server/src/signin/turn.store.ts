// What a sign-in reads in order to write must still be so when it writes: a link is spent once, a
// counter only grows, a session that ended stays ended. So it takes the journal's lock before it
// reads, and everyone who writes, in this process or another, waits for their turn.
import type { Transaction } from 'kysely'
import type { Database } from '#store/database'

/** Waits until no one else writes to the journal, and keeps it so for this transaction. */
export async function takeTurn(tx: Transaction<Database>): Promise<void> {
  await tx.selectFrom('journal_head').select('sequence').forUpdate().execute()
}
