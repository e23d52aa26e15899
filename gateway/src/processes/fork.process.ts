// Processes of one gateway, begun with `node:cluster`: they accept connections from one queue of the
// operating system, so that the death of one takes with it only what it had accepted, and a new one
// goes on where the queue stands.
import cluster from 'node:cluster'
import type { Channel } from './line.process.ts'
import type { Forked } from './workers.process.ts'

/** In the environment of a worker: its number. Ours alone, and no setting. */
const numberName = 'GATEWAY_PROCESS'

/** Begins the worker of a number: the same program, which finds `workerNumber` then. */
export function forkWorker(number: number): Forked {
  // Connections handed from the primary to a process that then dies would be nobody's.
  cluster.schedulingPolicy = cluster.SCHED_NONE
  cluster.setupPrimary({ serialization: 'advanced' })
  const worker = cluster.fork({ [numberName]: String(number) })
  return {
    channel: {
      send: (message) => void worker.send(message, ignoreFailure),
      onMessage: (listener) => void worker.on('message', listener),
      onEnd: (listener) => void worker.once('disconnect', listener).once('exit', listener),
    },
    exited: new Promise((resolve) => {
      worker.once('exit', (code: number | null, signal: string | null) =>
        resolve(signal === null ? `code ${code}` : signal),
      )
      // It could not be begun at all: then no exit follows.
      worker.once('error', (error) => resolve(error.message))
    }),
    kill: () => void worker.process.kill('SIGKILL'),
  }
}

/** Which worker this process is; undefined where it is none. */
export function workerNumber(environment: NodeJS.ProcessEnv): number | undefined {
  const number = environment[numberName]
  return cluster.isWorker && number !== undefined ? Number(number) : undefined
}

/** The way from a worker to its primary. With its end, `node:cluster` ends the worker as well. */
export const channelToPrimary: Channel = {
  send: (message) => void process.send?.(message, undefined, undefined, ignoreFailure),
  onMessage: (listener) => void process.on('message', listener),
  onEnd: (listener) => void process.once('disconnect', listener),
}

// The end of the channel follows, and is told.
function ignoreFailure(): void {}
