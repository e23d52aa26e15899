// Standard input and output as one side of a tunnel, as `ssh -o ProxyCommand` wants it.
import { fstatSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Writable } from 'node:stream'
import type { Local } from './join.ts'

/** This process's standard input and output. Whoever takes them writes nothing else there. */
export function standardStreams(): Local {
  const output = closableOutput()
  return {
    input: process.stdin,
    output,
    tear() {
      process.stdin.destroy()
      output.destroy()
    },
  }
}

/** Lets the process end, though whoever started it keeps its input open. */
export function releaseInput(): void {
  process.stdin.destroy()
}

// Node never closes `process.stdout`, and then the program would not hear that the far side ended.
function closableOutput(): Writable {
  const kind = fstatSync(1)
  return kind.isFIFO() || kind.isSocket()
    ? new Socket({ fd: 1, readable: false, writable: true })
    : process.stdout
}
