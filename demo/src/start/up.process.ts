// Runs `countersign up` as a process of its own and listens to what it says. When this process
// dies, however suddenly, the channel between them closes and `up` stops everything.
import { type ChildProcess, fork } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface Ready {
  readonly consoleUrl: string
  readonly gatewayUrl: string
  readonly controlSocket: string
}

/** What `up` says, one JSON object for each line. */
export type UpEvent =
  | { readonly event: 'progress'; readonly program: string; readonly state: string }
  | ({ readonly event: 'ready' } & Ready)
  | { readonly event: 'died'; readonly program: string }
  | { readonly event: 'failed'; readonly exitCode: number }
  | { readonly event: 'stopping' | 'stopped' }

export interface Up {
  /** Resolves with the exit code when it has ended. */
  readonly ended: Promise<number>
  /** Asks it to stop. A second time, later than a second after the first, insists. */
  readonly stop: () => void
}

/** Starts it. `tell` hears every event with its line for people. */
export function startUp(
  program: string,
  environment: Readonly<Record<string, string | undefined>>,
  tell: (event: UpEvent, text: string) => void,
): Up {
  const child = fork(program, ['up', '--json'], {
    env: { ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // A terminal's Ctrl-C is ours to pass on, once and in order.
    detached: true,
  })
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said = parseLine(line)
      if (said) tell(said.event, said.text)
    })
  }
  if (child.stderr) {
    createInterface({ input: child.stderr }).on('line', (line) => {
      // Its last words come as an event; what else it says is for whoever started us.
      if (!line.startsWith('{')) console.error(line)
    })
  }
  return { ended: endOf(child), stop: () => child.kill('SIGTERM') }
}

/** An event and its line; undefined for a line that is none. */
export function parseLine(
  line: string,
): { readonly event: UpEvent; readonly text: string } | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const members: Readonly<Record<string, unknown>> = { ...value }
  const textOf = (name: string): string => {
    const member = members[name]
    return typeof member === 'string' ? member : ''
  }
  const text = textOf('text')
  switch (members['event']) {
    case 'progress':
      return {
        event: { event: 'progress', program: textOf('program'), state: textOf('state') },
        text,
      }
    case 'ready': {
      const consoleUrl = textOf('consoleUrl')
      const gatewayUrl = textOf('gatewayUrl')
      const controlSocket = textOf('controlSocket')
      return { event: { event: 'ready', consoleUrl, gatewayUrl, controlSocket }, text }
    }
    case 'died':
      return { event: { event: 'died', program: textOf('program') }, text }
    case 'failed':
      return { event: { event: 'failed', exitCode: Number(members['exitCode'] ?? 1) }, text }
    case 'stopping':
      return { event: { event: 'stopping' }, text }
    case 'stopped':
      return { event: { event: 'stopped' }, text }
    default:
      return undefined
  }
}

function endOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('error', () => {
      resolve(1)
    })
    child.once('close', (code) => {
      resolve(code ?? 1)
    })
  })
}
