// Sends the readings to everyone who watches, and rests while nobody does.
import { readingEveryMs, readingsAt } from './vitals.ts'

/** The part of a WebSocket that the stream needs. */
interface Watcher {
  readonly bufferedAmount: number
  send(text: string): void
  close(code: number, reason: string): void
}

export interface VitalsStream {
  /** Begins to send to a watcher; gives what ends it. Refuses where there are too many. */
  readonly watch: (watcher: Watcher) => () => void
  readonly stop: () => void
}

const watchersMax = 200
/** Someone whose line holds this many bytes back misses readings until it is empty again. */
const bufferedMaxBytes = 64 * 1024

/** The stream, by a clock in milliseconds since the epoch. */
export function vitalsStream(clock: () => number): VitalsStream {
  const watchers = new Set<Watcher>()
  let timer: NodeJS.Timeout | undefined
  const tick = (): void => {
    const text = JSON.stringify(readingsAt(clock()))
    for (const watcher of watchers) {
      if (watcher.bufferedAmount < bufferedMaxBytes) watcher.send(text)
    }
  }
  const rest = (): void => {
    clearInterval(timer)
    timer = undefined
  }
  return {
    watch(watcher) {
      if (watchers.size >= watchersMax) {
        watcher.close(1013, 'too many watch at once')
        return () => undefined
      }
      watchers.add(watcher)
      timer ??= setInterval(tick, readingEveryMs)
      return () => {
        watchers.delete(watcher)
        if (watchers.size === 0) rest()
      }
    },
    stop() {
      rest()
      for (const watcher of watchers) watcher.close(1001, 'the application stops')
      watchers.clear()
    },
  }
}
