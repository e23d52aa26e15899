// What a program here sends goes into the tunnel, and what comes out goes to the program. Neither
// is read faster than the other takes.
import type { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'

/** The program's side. */
export interface Local {
  readonly input: Readable
  readonly output: Writable
  /** Ends it so that the program cannot take it for a proper end. */
  readonly tear: () => void
}

export interface Joined {
  /** Whether the far side ended it, while the program would have gone on. */
  readonly byFarSide: boolean
  /** Whether it was torn off, rather than brought to its end in both directions. */
  readonly isTorn: boolean
}

/** Ends a connection so that nobody takes it for a proper end. */
export function tearOff(socket: Socket): void {
  if (socket.destroyed) return
  // Node cannot reset a connection while its end is on the way, and would never close it.
  if (socket.writableEnded && !socket.writableFinished) socket.destroy()
  else socket.resetAndDestroy()
}

/** Joins both until they are over. Never rejects. */
export function join({ input, output, tear }: Local, remote: Socket): Promise<Joined> {
  return new Promise((resolve) => {
    let farSideFirst: boolean | undefined
    const first = (isFarSide: boolean): void => void (farSideFirst ??= isFarSide)
    input.once('end', () => first(false))
    remote.once('end', () => first(true))
    remote.on('error', () => first(true))
    const giveUp = (): void => {
      first(false)
      remote.destroy()
    }
    input.on('error', giveUp)
    output.on('error', giveUp)
    input.once('close', () => {
      // Closed without an end: the program was lost, not done.
      if (!input.readableEnded) giveUp()
    })
    output.once('close', () => {
      if (!output.writableFinished) giveUp()
    })
    remote.once('close', () => {
      const isTorn = remote.errored !== null || !remote.readableEnded
      if (isTorn) tear()
      else output.end()
      input.unpipe(remote)
      resolve({ byFarSide: farSideFirst ?? true, isTorn })
    })
    input.pipe(remote)
    remote.pipe(output)
  })
}
