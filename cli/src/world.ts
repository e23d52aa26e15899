// Everything outside the process that a command may touch. `main.ts` gives the real one, tests give
// their own.
import type { Paint } from './paint.ts'

export interface Output {
  write(text: string): void
  readonly paint: Paint
  /** Whether a person watches, so that a line may be replaced by a newer one. */
  readonly isTerminal: boolean
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Resolves after `ms` milliseconds, or at once when `signal` aborts. Never rejects. */
  wait(ms: number, signal?: AbortSignal): Promise<void>
}

export interface World {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Where relative paths start. */
  readonly directory: string
  /** The folder that holds the programs: `server/`, `gateway/`, `console/`. */
  readonly home: string
  /** What was asked for. */
  readonly stdout: Output
  /** Everything about the doing. */
  readonly stderr: Output
  /** All of standard input, as text. */
  readInput(): Promise<string>
  /** One line, typed unseen after `prompt` where a person types; else all of standard input. */
  readSecret(prompt: string): Promise<string>
  readonly clock: Clock
  /** The IANA name of the zone that times are shown in. */
  readonly timeZone: string
  /** Calls `listener` each time someone asks this process to stop, instead of dying. */
  onStop(listener: () => void): void
}
