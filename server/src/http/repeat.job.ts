// Work that comes round again.
import type { Log } from '#log'

/** Does `work` every `everyMs` milliseconds, never twice at once. @returns what ends it. */
export function repeat(
  { everyMs, what, log }: { readonly everyMs: number; readonly what: string; readonly log: Log },
  work: () => Promise<unknown>,
): () => void {
  let isBusy = false
  const timer = setInterval(() => {
    if (isBusy) return
    isBusy = true
    work()
      .catch((error: unknown) => log.warn({ error: String(error), what }, 'a repeated task failed'))
      .finally(() => (isBusy = false))
  }, everyMs)
  return () => clearInterval(timer)
}
