// Starts a program as a process of its own that does not outlive us.
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { ProgramLog } from './log.file.ts'
import type { Exit, Running } from './program.ts'

const tie = new URL('tie.process.ts', import.meta.url).href
/** How long what a dead process wrote may take to arrive, in milliseconds. */
const drainTimeoutMs = 500

export interface SpawnRequest {
  /** Path of the program's main module. */
  readonly main: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly directory: string
  /** Where its output goes; `stderr` is our own. */
  readonly output: ProgramLog | 'stderr'
}

/** Starts it with the Node that runs us. Rejects where the process cannot be made. */
export async function spawnProgram(request: SpawnRequest): Promise<Running> {
  const { main, environment, directory, output } = request
  const stdio: StdioOptions =
    output === 'stderr' ? ['ignore', 2, 2, 'ipc'] : ['ignore', 'pipe', 'pipe', 'ipc']
  const child = spawn(process.execPath, ['--import', tie, main], {
    cwd: directory,
    env: environment,
    stdio,
    // Its own process group: a terminal's Ctrl-C is for us, and we stop the programs in order.
    detached: true,
    windowsHide: true,
  })
  const exited = exitOf(child)
  if (output !== 'stderr') {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        output.write(chunk)
      })
    }
  }
  await once(child, 'spawn')
  return {
    pid: child.pid ?? 0,
    exited,
    stop: () => void child.kill('SIGTERM'),
    kill: () => void child.kill('SIGKILL'),
    lastWords: () => (output === 'stderr' ? [] : output.lastLines()),
  }
}

async function exitOf(child: ChildProcess): Promise<Exit> {
  return await new Promise((resolve) => {
    let exit: Exit = { code: null, signal: null }
    child.on('error', () => {
      resolve(exit)
    })
    child.on('exit', (code, signal) => {
      exit = { code, signal }
      setTimeout(() => {
        resolve(exit)
      }, drainTimeoutMs).unref()
    })
    // After the exit, once everything it wrote has been read.
    child.on('close', () => {
      resolve(exit)
    })
  })
}
