// Runs the demonstration's applications as a process of their own, and starts them again should
// they die.
import { type ChildProcess, fork } from 'node:child_process'

export interface ApplicationsOptions {
  /** The file of their program. */
  readonly program: string
  readonly listen: string
  readonly gatewayUrl: string
  readonly issuer: string
  /** A module that ends a process together with its parent. */
  readonly tie: string
}

export interface Applications {
  /** Stops them; resolves when they have ended. */
  readonly stop: () => Promise<void>
}

const restartsMax = 20
const restartAfterMs = 500
const stopTimeoutMs = 3_000

/** Starts the applications; resolves when they answer. Rejects with why they cannot. */
export async function startApplications(options: ApplicationsOptions): Promise<Applications> {
  let child = spawnApplications(options)
  let restarts = 0
  let isStopping = false
  const watch = (): void => {
    child.once('exit', () => {
      if (isStopping || ++restarts > restartsMax) return
      setTimeout(() => {
        if (isStopping) return
        child = spawnApplications(options)
        watch()
      }, restartAfterMs)
    })
  }
  await answering(child)
  watch()
  return {
    async stop() {
      isStopping = true
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
      await ended
      clearTimeout(late)
    },
  }
}

function spawnApplications(options: ApplicationsOptions): ChildProcess {
  const { program, listen, gatewayUrl, issuer, tie } = options
  const args = ['--listen', listen, '--gateway', gatewayUrl, '--issuer', issuer]
  return fork(program, args, {
    execArgv: ['--import', tie],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    detached: true,
  })
}

function answering(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => {
      const said: Readonly<Record<string, unknown>> =
        typeof message === 'object' && message !== null ? { ...message } : {}
      if (said['event'] === 'ready') resolve()
      else reject(new Error(String(said['why'])))
    })
    child.once('error', reject)
    child.once('exit', (code) => {
      reject(new Error(`they ended with ${code ?? 'a signal'}`))
    })
  })
}
