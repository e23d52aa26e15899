// A world that writes into strings, with a clock that the test moves.
import { plain } from '#paint'
import type { World } from '#world'
import { noonMs } from './decisions.ts'

export interface TestWorld extends World {
  /** Everything written so far. */
  readonly written: { stdout: string; stderr: string }
  /** Asks the command to stop, as a signal would. */
  askToStop(): void
  /** Resolves once `text` has been written to standard output. */
  said(text: string): Promise<void>
}

export function testWorld(given: Partial<World> & { readonly input?: string } = {}): TestWorld {
  const written = { stdout: '', stderr: '' }
  const stops: (() => void)[] = []
  const waiting: { text: string; resolve: () => void }[] = []
  return {
    environment: {},
    directory: '/tmp',
    home: '/nowhere',
    stdout: {
      paint: plain,
      isTerminal: false,
      write(text) {
        written.stdout += text
        for (const it of waiting) if (written.stdout.includes(it.text)) it.resolve()
      },
    },
    stderr: {
      paint: plain,
      isTerminal: false,
      write(text) {
        written.stderr += text
      },
    },
    readInput: async () => given.input ?? '',
    readSecret: async () => given.input ?? '',
    clock: {
      now: () => noonMs + 60_000,
      // Time passes as soon as somebody waits for it.
      wait: async () => {
        await new Promise((resolve) => setImmediate(resolve))
      },
    },
    timeZone: 'UTC',
    onStop: (listener) => void stops.push(listener),
    ...given,
    written,
    askToStop() {
      for (const listener of stops) listener()
    },
    async said(text) {
      if (written.stdout.includes(text)) return
      await new Promise<void>((resolve) => waiting.push({ text, resolve }))
    },
  }
}
