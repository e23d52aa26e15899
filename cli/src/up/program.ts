// A program that the supervisor starts, as far as the supervisor needs to know it. The real ones are
// processes; the tests of the supervisor have their own.
import type { ProgramName } from './progress.ts'

export interface Exit {
  readonly code: number | null
  readonly signal: string | null
}

/** One life of a program. */
export interface Running {
  readonly pid: number
  readonly exited: Promise<Exit>
  /** Asks it to stop. It may take its time. */
  stop(): void
  /** Ends it at once. */
  kill(): void
  /** The last lines it wrote, for the person who must find out why it died. */
  lastWords(): readonly string[]
}

export interface Program {
  readonly name: ProgramName
  /** Starts one life. May throw a `Failure` where something it needs cannot be had. */
  start(): Promise<Running>
  /** Whether it does its work. Called again and again until it does. */
  isReady(): Promise<boolean>
}
