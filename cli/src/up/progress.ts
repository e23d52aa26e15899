// What `countersign up` tells while it works: events for a program that started it, the same
// events' text for a person.
import type { Output } from '#world'

export type ProgramName = 'server' | 'gateway'

interface Ready {
  readonly event: 'ready'
  readonly consoleUrl: string
  readonly serverUrl: string
  readonly gatewayUrl: string
  readonly operateUrl: string
  readonly controlSocket: string
  readonly dataDir: string
  /** The link with which the first administrator registers; only while there is none. */
  readonly setup?: { readonly url: string; readonly expiresAt: number }
  readonly processes: Readonly<Record<ProgramName, number>>
}

export type Progress = { readonly text: string } & (
  | {
      readonly event: 'progress'
      readonly program: ProgramName | 'console'
      readonly state: 'building' | 'starting' | 'ready' | 'waiting' | 'warning'
      /** The process that is ready. */
      readonly process?: number
    }
  | Ready
  | {
      readonly event: 'died'
      readonly program: ProgramName
      readonly exitCode: number | null
      readonly signal: string | null
      readonly restartInMs: number
    }
  | { readonly event: 'stopping' | 'stopped' }
  | { readonly event: 'failed'; readonly exitCode: number }
)

export type Report = (progress: Progress) => void

/** Reports as one JSON object per line. */
export function reportJson(output: Output, now: () => number): Report {
  return ({ event, text, ...members }) => {
    output.write(`${JSON.stringify({ event, at: now(), text, ...members })}\n`)
  }
}

/** Reports to a person. The failure itself is left to the command line's own report of errors. */
export function reportText(output: Output): Report {
  const { paint } = output
  return (progress) => {
    switch (progress.event) {
      case 'progress':
        output.write(
          `  ${paint(tones[progress.state], progress.program.padEnd(8))} ${progress.text}\n`,
        )
        break
      case 'ready':
        output.write(`\n${progress.text}\n\n`)
        break
      case 'died':
        output.write(`  ${paint('bad', progress.program.padEnd(8))} ${progress.text}\n`)
        break
      case 'stopping':
      case 'stopped':
        output.write(`${paint('quiet', progress.text)}\n`)
        break
      case 'failed':
        break
    }
  }
}

const tones = {
  building: 'quiet',
  starting: 'quiet',
  waiting: 'careful',
  ready: 'good',
  warning: 'careful',
} as const
