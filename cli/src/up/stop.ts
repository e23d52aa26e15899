// Being asked to stop. The first time everything stops in order. Who asks again, later, is impatient.
// One Ctrl-C can arrive twice, from the terminal and from npm, so the second must be a second later.
import type { World } from '#world'

export interface Stop {
  readonly signal: AbortSignal
  /** Resolves when asked. */
  readonly asked: Promise<'stop'>
  /** Calls `listener` when asked again. */
  onSecond(listener: () => void): void
}

const impatientAfterMs = 1_000

/** Listens for being asked to stop, from now on. */
export function stopOf({ onStop, clock }: Pick<World, 'onStop' | 'clock'>): Stop {
  const first = new AbortController()
  const asked = Promise.withResolvers<'stop'>()
  const impatient: (() => void)[] = []
  let askedAt: number | undefined
  onStop(() => {
    if (askedAt === undefined) {
      askedAt = clock.now()
      first.abort()
      asked.resolve('stop')
    } else if (clock.now() - askedAt >= impatientAfterMs) {
      for (const listener of impatient) listener()
    }
  })
  return {
    signal: first.signal,
    asked: asked.promise,
    onSecond: (listener) => void impatient.push(listener),
  }
}
