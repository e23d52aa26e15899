// Work that comes round again.
import type { Log } from '#log'

/** Does `work` every `everyMs` milliseconds, never twice at once. @returns what ends it. */
export function repeat(
  { everyMs, what, log }: { readonly everyMs: number; readonly what: string; readonly log: Log },
  work: () => Promise<unknown>,
): () => void {
  let isBusy = false
  let isFailing = false
  const once = async (): Promise<void> => {
    try {
      await work()
      if (isFailing) log.info({ what }, 'a repeated task succeeds again')
      isFailing = false
    } catch (error) {
      // Said once, however long it lasts.
      if (!isFailing) log.warn({ error: String(error), what }, 'a repeated task fails')
      isFailing = true
    }
    isBusy = false
  }
  const timer = setInterval(() => {
    if (isBusy) return
    isBusy = true
    void once()
  }, everyMs)
  return () => clearInterval(timer)
}
