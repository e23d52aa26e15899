// Every use of an account of the last resort is an alert, in the moment it is recorded.
import type { Ledger } from '#journal/ledger'
import type { Log } from '#log'
import { breakGlassUse } from './break-glass.ts'

/** Warns of each use, and counts it. @returns what ends the watch. */
export function watchBreakGlass(
  ledger: Pick<Ledger, 'subscribe'>,
  { log, counted }: { readonly log: Log; readonly counted: (isDrill: boolean) => void },
): () => void {
  return ledger.subscribe(({ entries }) => {
    for (const { event, after } of entries) {
      if (event !== 'identity.break-glass.used') continue
      const { id, person, session, isDrill } = breakGlassUse.parse(after)
      counted(isDrill)
      log.warn(
        { use: id, person, session, isDrill },
        isDrill
          ? 'an account of the last resort was used, in a drill that was declared'
          : 'an account of the last resort was used: find out why, then acknowledge it',
      )
    }
  })
}
