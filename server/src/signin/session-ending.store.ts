// Ending sessions, whoever asks for it: with their cookies, and with the programs that were signed
// in from them, in one transaction. Gateways hear of it on the feed and cut what is open.
import type { Session, SessionEnding } from '@countersign/contract/documents'
import type { Transaction } from 'kysely'
import type { Draft } from '#journal/journal.store'
import type { Database } from '#store/database'
import { ending } from './entry.ts'
import { openSession, sessionsOf } from './session.store.ts'
import { takeTurn } from './turn.store.ts'

/** What to record to end a session; nothing where it has ended. `why` is left out of a sign-out. */
export async function endSession(
  tx: Transaction<Database>,
  id: string,
  why?: SessionEnding,
): Promise<readonly Draft[]> {
  await takeTurn(tx)
  const current = await openSession(tx, id)
  return current ? ending(current, why) : []
}

/** What to record to end sessions of a person, except these and the programs signed in from them. */
export async function endSessionsOf(
  tx: Transaction<Database>,
  person: string,
  why: SessionEnding,
  except: ReadonlySet<string> = new Set(),
): Promise<readonly Draft[]> {
  await takeTurn(tx)
  const sessions = await sessionsOf(tx, person)
  return endTogether(
    tx,
    sessions.filter((it) => !isAmong(it, except)),
    why,
  )
}

/**
 * What a sign-in does to the person's sessions that were used on two devices at once: whoever
 * could sign in goes on with a new one, and the old cookies are worth nothing anywhere.
 */
export async function endContested(
  tx: Transaction<Database>,
  person: string,
  except: ReadonlySet<string>,
): Promise<readonly Draft[]> {
  const sessions = await sessionsOf(tx, person)
  return endTogether(
    tx,
    sessions.filter((it) => it.contestedAt !== undefined && !isAmong(it, except)),
    { why: 'contested' },
  )
}

function isAmong({ id, parent }: Session, ids: ReadonlySet<string>): boolean {
  return ids.has(id) || (parent !== undefined && ids.has(parent))
}

async function endTogether(
  tx: Transaction<Database>,
  sessions: readonly Session[],
  why: SessionEnding,
): Promise<readonly Draft[]> {
  const ids = new Set(sessions.map(({ id }) => id))
  const drafts: Draft[] = []
  for (const { id, parent } of sessions) {
    // A program's session ends with the one that approved it.
    if (parent === undefined || !ids.has(parent)) drafts.push(...(await endSession(tx, id, why)))
  }
  return drafts
}

/** How many sessions these drafts end. */
export function sessionsEnded(drafts: readonly Draft[]): number {
  return drafts.filter(({ kind, after }) => kind === 'session' && after === null).length
}
